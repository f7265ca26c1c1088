"""What customers spend, what those like them spend, and where the difference lies."""

from __future__ import annotations

import pyarrow as pa

from patron import charts
from patron.language import day, number, percent, say
from patron.models.headroom import MIN_CUSTOMERS
from patron.report.blocks import Block, Chart, Note, Section
from patron.report.sections.withheld import notes
from patron.report.source import Source


def headroom(source: Source) -> Section:
    """Return spend and capacity by fifth of customers, or that there are too few to compare."""
    blocks: list[Block] = []
    if source.fifths:
        blocks += [_chart(source), *_tested(source)]
    elif not source.withheld("fifths"):
        blocks.append(Note(text=say("report.headroom_too_few", customers=number(MIN_CUSTOMERS)), tone="none"))
    blocks += notes(source, "fifths")
    return Section(
        name="headroom", title=say("report.headroom"), lead=say("report.headroom_lead"), blocks=tuple(blocks)
    )


def _tested(source: Source) -> tuple[Note, ...]:
    """Say what the headroom of a year ago foretold."""
    found = {row["metric"]: row for row in source.rows("backtest") if row["target"] == "headroom"}
    ranked, inside = found.get("rank_correlation"), found.get("coverage")
    if ranked is None or inside is None or ranked["value"] is None or inside["value"] is None:
        return ()
    ends = {name: number(ranked[name], digits=2) for name in ("value", "low", "high")}
    shares = {"inside": percent(inside["actual"]), "wanted": percent(inside["predicted"])}
    return (Note(text=say("report.headroom_tested", day=day(ranked["origin"]), **ends, **shares)),)


def _chart(source: Source) -> Chart:
    rows = source.fifths
    total = sum(row["headroom"] for row in rows)
    most = max(rows, key=lambda row: row["headroom"])
    columns = ("fifth", "customers", "current", "capacity", "headroom")
    table = pa.Table.from_pylist([{name: row[name] for name in columns} for row in rows])
    return Chart(
        name="chart-headroom",
        title=say("report.headroom_chart"),
        figure=charts.headroom(table, currency=source.facts.currency, title=""),
        finding=say(
            "report.headroom_finding", total=source.facts.money(total), fifth=most["fifth"],
            share=percent(most["headroom"] / total if total else 0.0),
        ),
        reading=say("report.headroom_reading"),
        doing=say("report.headroom_doing"),
    )  # fmt: skip

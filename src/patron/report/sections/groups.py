"""The named groups and tiers: how many, how much, and what to do with each."""

from __future__ import annotations

from collections.abc import Callable

from patron import charts
from patron.charts.records import Record
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.titles import division_title
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source

_OWN_SECTION = ("behaviour", "rfm", "stage", "tier", "value_map")


def groups(source: Source) -> Section:
    """Return the RFM groups, the tiers, and whatever else the settings divide by."""
    blocks: list[Block] = []
    if rows := source.division("rfm"):
        blocks.append(_rfm_chart(source, rows))
    blocks += _table(source, "rfm", caption=say("report.rfm_table"), folded=False)
    if rows := source.division("tier"):
        blocks.append(_tier_chart(source, rows))
    blocks += _table(source, "tier", caption=say("report.tier_table"))
    named = {row["segmentation"] for row in (*source.segments, *source.withheld("segments"))}
    for name in sorted(named - set(_OWN_SECTION)):
        blocks += _table(source, name, caption=division_title(name))
    blocks += [
        Note(text=say("report.group_empty", title=row["title"], condition=row["meaning"]), tone="warning")
        for row in source.empty
    ]
    blocks += notes(source, "segments")
    return Section(
        name="groups",
        title=say("report.groups"),
        lead=say("report.groups_lead"),
        blocks=tuple(blocks) or (Note(text=say("charts.no_segments"), tone="none"),),
    )


def _rfm_chart(source: Source, rows: list[Record]) -> Chart:
    best = max(rows, key=lambda row: (row["predicted_share"] or 0.0, -row["position"]))
    return Chart(
        name="chart-rfm",
        title=say("report.rfm_chart"),
        figure=charts.rfm(source["segments"], currency=source.facts.currency, title=""),
        finding=say(
            "report.rfm_finding", title=best["title"], customers=percent(best["customer_share"]),
            predicted=percent(best["predicted_share"] or 0.0),
        ),
        reading=say("report.rfm_reading"),
        doing=say("report.rfm_doing"),
    )  # fmt: skip


def _tier_chart(source: Source, rows: list[Record]) -> Chart:
    two = rows[:2]
    return Chart(
        name="chart-tiers",
        title=say("report.tier_chart"),
        figure=charts.tiers(source["segments"], title=""),
        finding=say(
            "report.tier_finding", first=two[0]["title"], second=two[-1]["title"],
            customers=percent(sum(row["customer_share"] for row in two), digits=1),
            predicted=percent(sum(row["predicted_share"] or 0.0 for row in two)),
        ),
        reading=say("report.tier_reading"),
        doing=say("report.tier_doing"),
    )  # fmt: skip


def _table(source: Source, segmentation: str, *, caption: str, folded: bool = True) -> list[Table]:
    both = [*source.division(segmentation), *source.hidden(segmentation)]
    rows = sorted(both, key=lambda row: (row["position"], row["segment"]))
    return [_listing(source, rows, caption=caption, folded=folded)] if rows else []


def _listing(source: Source, rows: list[Record], *, caption: str, folded: bool) -> Table:
    return Table(
        caption=caption,
        folded=folded,
        heads=(
            Head(text=say("report.group"), wide=True),
            Head(text=say("report.head_customers"), figures=True),
            Head(text=say("report.head_order"), figures=True),
            Head(text=say("report.head_silence"), figures=True),
            Head(text=say("report.head_predicted", worth=source.facts.worth), figures=True),
            Head(text=say("report.head_advice"), wide=True),
        ),
        rows=tuple(_row(source, row) for row in rows),
    )


def _row(source: Source, row: Record) -> tuple[Cell, ...]:
    if row["withheld"]:
        return (Cell(text=row["title"], note=row["meaning"]), *(mark() for _ in range(4)), Cell(text=row["advice"]))
    facts = source.facts
    each = facts.money(row["predicted_value"] / row["customers"])
    return (
        Cell(text=row["title"], note=row["meaning"]),
        Cell(text=number(row["customers"]), note=percent(row["customer_share"])),
        Cell(text=_or_dash(row["average_order_value"], facts.money)),
        Cell(text=_or_dash(row["days_since_last"], number)),
        Cell(
            text=facts.money(row["predicted_value"]),
            note=say("report.each", amount=each),
        ),
        Cell(text=row["advice"]),
    )


def _or_dash(value: float | None, write: Callable[[float], str]) -> str:
    return "–" if value is None else write(value)

"""What customers brought, what they will bring, and what each quarter is for."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source


def value_map(source: Source) -> Section:
    """Return the four quarters with size, value and purpose."""
    rows = source.division("value_map")
    blocks: tuple[Block, ...] = (Note(text=say("charts.no_segments"), tone="none"),)
    if rows:
        blocks = (_chart(source, rows),)
    if hidden := source.hidden("value_map"):
        blocks = (
            *(blocks if rows else ()),
            _quarters(source, [*rows, *hidden]),
            *notes(source, "segments", segmentation="value_map"),
        )
    elif rows:
        blocks = (*blocks, _quarters(source, rows), *notes(source, "segments", segmentation="value_map"))
    return Section(name="value-map", title=say("report.value_map"), lead=say("report.value_map_lead"), blocks=blocks)


def _chart(source: Source, rows: list[Record]) -> Chart:
    best = max(rows, key=lambda row: row["predicted_value"])
    return Chart(
        name="chart-value-map",
        title=say("report.value_map_chart"),
        figure=charts.value_map(source["segments"], currency=source.facts.currency, title=""),
        finding=say(
            "report.value_map_finding", title=best["title"], customers=percent(best["customer_share"]),
            predicted=percent(best["predicted_share"] or 0.0), horizon=source.facts.horizon,
        ),
        reading=say("report.value_map_reading"),
        doing=say("report.value_map_doing"),
    )  # fmt: skip


def _quarters(source: Source, rows: list[Record]) -> Table:
    facts = source.facts
    return Table(
        caption=say("report.value_map_table"),
        heads=(
            Head(text=say("report.quarter"), wide=True),
            Head(text=say("report.head_customers"), figures=True),
            Head(text=say("report.head_to_date", worth=facts.worth), figures=True),
            Head(text=say("report.head_predicted", worth=facts.worth), figures=True),
            Head(text=say("report.head_advice"), wide=True),
        ),
        rows=tuple(
            (Cell(text=row["title"], note=row["meaning"]), mark(), mark(), mark(), Cell(text=row["advice"]))
            if row["withheld"]
            else (
                Cell(text=row["title"], note=row["meaning"]),
                Cell(text=number(row["customers"]), note=percent(row["customer_share"])),
                Cell(text=facts.money(row["margin"]), note=_share(row["margin_share"])),
                Cell(text=facts.money(row["predicted_value"]), note=_share(row["predicted_share"])),
                Cell(text=row["advice"]),
            )
            for row in rows
        ),
    )


def _share(share: float | None) -> str:
    return "" if share is None else percent(round(share, 2) + 0.0)

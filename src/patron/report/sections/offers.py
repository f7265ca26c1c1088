"""Which products to recommend, to how many customers, and what that is likely to bring."""

from __future__ import annotations

from patron.charts.records import Record
from patron.language import number, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.offers import FIRST
from patron.report.sections.withheld import notes
from patron.report.source import Source

MOST = 15  # rows


def offers(source: Source) -> Section:
    """Return the products that are recommended to most customers."""
    rows = source.rows("offers")
    blocks: list[Block] = [_table(source, rows)] if rows else []
    if not rows and not source.withheld("offers"):
        blocks.append(Note(text=say("offers.none"), tone="none"))
    if any(row["expected"] is None for row in rows):
        blocks.append(Note(text=say("offers.no_chance")))
    return Section(
        name="offers", title=say("offers.title"), lead=say("offers.lead"), blocks=(*blocks, *notes(source, "offers"))
    )


def _table(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("offers.caption", first=FIRST),
        heads=(
            Head(text=say("offers.product"), wide=True),
            Head(text=say("offers.customers"), figures=True),
            Head(text=say("offers.new"), figures=True),
            Head(text=say("offers.expected"), figures=True),
            Head(text=say("offers.value"), figures=True),
            Head(text=say("offers.dearer")),
        ),
        rows=tuple(
            (
                Cell(text=row["product_name"] or row["product_id"], note=row["product_id"]),
                Cell(text=number(row["customers"])),
                Cell(text=number(row["new"])),
                Cell(text="–" if row["expected"] is None else number(row["expected"], digits=1)),
                Cell(text="–" if row["value"] is None else source.facts.money(row["value"])),
                Cell(text=row["dearer_name"] or "–"),
            )
            for row in sorted(rows, key=_first)[:MOST]
        ),
    )


def _first(row: Record) -> tuple[float, int, str]:
    return -(row["value"] or 0.0), -row["customers"], row["product_id"]

"""Which products are bought together more often than chance, and what that is worth."""

from __future__ import annotations

from patron.charts.records import Record
from patron.language import number, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

MOST = 15  # rows


def bundles(source: Source) -> Section:
    """Return the bundles with the most money beyond chance, or that there are none."""
    rows = source.rows("bundles")
    blocks: list[Block] = [_table(source, rows)] if rows else []
    if rows:
        blocks.append(Note(text=say("bundle_report.doing")))
    elif not source.withheld("bundles"):
        blocks.append(Note(text=say("bundle_report.none"), tone="none"))
    blocks += notes(source, "bundles")
    lead = say("bundle_report.lead")
    return Section(name="bundles", title=say("bundle_report.title"), lead=lead, blocks=tuple(blocks))


def _table(source: Source, rows: list[Record]) -> Table:
    heads = ("bundle", "orders", "lift", "amount", "extra")
    money = source.facts.money
    ordered = sorted(rows, key=lambda row: (-row["extra_amount"], row["bundle"]))[:MOST]
    basis = "mixed" if len({row["basis"] for row in ordered}) > 1 else ordered[0]["basis"]
    return Table(
        caption=say(f"bundle_report.caption_{basis}"),
        heads=tuple(
            Head(text=say(f"bundle_report.{name}"), figures=name != "bundle", wide=name == "bundle") for name in heads
        ),
        rows=tuple(
            (
                Cell(text=row["name"], note=row["bundle"]),
                Cell(text=number(row["orders"]), note=say("bundle_report.count", customers=number(row["customers"]))),
                Cell(
                    text=_times(row["shrunk"]),
                    note=say("report.range", low=_times(row["low"]), high=_times(row["high"])),
                ),
                Cell(text=money(row["amount_per_order"])),
                Cell(text=money(row["extra_amount"])),
            )
            for row in ordered
        ),
    )


def _times(value: float) -> str:
    return f"{number(value, digits=1)} ×"

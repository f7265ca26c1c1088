"""Which products run out within the next two weeks, for how many customers."""

from __future__ import annotations

from patron.charts.records import Record
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.runs_out import SOON_DAYS
from patron.report.sections.withheld import notes
from patron.report.source import Source

MOST = 15  # rows


def runs_out(source: Source) -> Section:
    """Return the products that run out soon, and of how many products the cycle is known."""
    rows = source.rows("runs_out")
    blocks: list[Block] = [_table(source, rows)] if rows else []
    if not rows and not source.withheld("runs_out"):
        blocks.append(Note(text=say("running.none", days=SOON_DAYS), tone="none"))
    blocks += [*_known(source), *notes(source, "runs_out")]
    return Section(
        name="runs-out", title=say("running.title"), lead=say("running.lead", days=SOON_DAYS), blocks=tuple(blocks)
    )


def _table(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("running.caption", days=SOON_DAYS),
        heads=(
            Head(text=say("running.product"), wide=True),
            Head(text=say("running.customers"), figures=True),
            Head(text=say("running.purchases"), figures=True),
            Head(text=say("running.value"), figures=True),
        ),
        rows=tuple(
            (
                Cell(text=row["product_name"] or row["product_id"], note=row["product_id"]),
                Cell(text=number(row["customers"])),
                Cell(text=number(row["purchases"], digits=1)),
                Cell(text=source.facts.money(row["value"])),
            )
            for row in sorted(rows, key=lambda row: (-row["value"], row["product_id"]))[:MOST]
        ),
    )


def _known(source: Source) -> tuple[Note, ...]:
    """Say of how many products the cycle is known, and why not of the others."""
    cycles = source.tables["product_cycles"]
    counts = {
        row["verdict"]: row["n"]
        for row in cycles.group_by("verdict").aggregate(n=cycles.count()).to_pyarrow().to_pylist()
    }
    total = sum(counts.values())
    if not total:
        return ()
    told = {name: number(counts.get(name, 0)) for name in ("replenished", "no_rhythm", "few", "once")}
    share = percent(counts.get("replenished", 0) / total)
    return (Note(text=say("running.known", products=number(total), share=share, **told)),)

"""What customers keep to: brands and own labels by category, and where and when they buy."""

from __future__ import annotations

from itertools import groupby

from patron.charts.records import Record
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source
from patron.report.tastes import ENOUGH

TABLES = ("loyalties", "tastes")
KINDS = ("channel", "weekday", "hour")
MOST = 3  # values of a kind


def affinity(source: Source) -> Section:
    """Return how loyal customers are by category, and their usual channel, weekday and hour."""
    kept, usual = (source.rows(name) for name in TABLES)
    blocks: list[Block] = []
    if kept:
        blocks.append(_loyal(kept))
    if usual:
        blocks.append(_usual(usual))
    if not blocks and not any(source.withheld(name) for name in TABLES):
        blocks.append(Note(text=say("tastes.none"), tone="none"))
    blocks += notes(source, *TABLES)
    return Section(name="affinity", title=say("tastes.title"), lead=say("tastes.lead"), blocks=tuple(blocks))


def _loyal(rows: list[Record]) -> Table:
    told = [name for name in ("loyalty", "own_share") if any(row[name] is not None for row in rows)]
    heads = ("category", "customers", *told)
    ordered = sorted(rows, key=lambda row: (-row["customers"], row["category"]))
    return Table(
        caption=say("tastes.loyal"),
        heads=tuple(
            Head(text=say(f"tastes.{name}"), figures=name != "category", wide=name == "category") for name in heads
        ),
        rows=tuple(
            (
                Cell(text=row["category"]),
                Cell(text=number(row["customers"])),
                *(Cell(text=_share(row[name])) for name in told),
            )
            for row in ordered
        ),
    )  # fmt: skip


def _usual(rows: list[Record]) -> Table:
    heads = ("kind", "value", "customers", "shop_share")
    ordered = sorted(rows, key=lambda row: (KINDS.index(row["kind"]), -row["customers"], row["value"]))
    best = [row for _, alike in groupby(ordered, key=lambda row: row["kind"]) for row in list(alike)[:MOST]]
    return Table(
        caption=say("tastes.usual", purchases=ENOUGH),
        heads=tuple(Head(text=say(f"tastes.{name}"), figures=name in heads[2:], wide=name == "kind") for name in heads),
        rows=tuple(
            (
                Cell(text=say(f"tastes.kind_{row['kind']}")),
                Cell(text=_called(row)),
                Cell(text=number(row["customers"])),
                Cell(text=_share(row["shop_share"])),
            )
            for row in best
        ),
    )


def _called(row: Record) -> str:
    if row["kind"] == "weekday":
        return say(f"tastes.{row['value']}")
    return say("tastes.oclock", hour=row["value"]) if row["kind"] == "hour" else str(row["value"])


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)

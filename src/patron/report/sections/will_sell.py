"""What will sell in the next weeks, what rises and falls, and how good the last forecast was."""

from __future__ import annotations

from datetime import timedelta

from patron.charts.records import Record
from patron.language import day, number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

MOST = 12  # rows of a table
NAMES = ("demand", "trends")


def will_sell(source: Source) -> Section:
    """Return the products that will bring most, what moves, and the test of the last forecast."""
    told, moved = (source.rows(name) for name in NAMES)
    blocks: list[Block] = [_ahead(source, told)] if told else []
    if not told and not source.withheld(NAMES[0]):
        blocks.append(Note(text=say("selling.none"), tone="none"))
    blocks += [_moving(source, rows, way) for way in ("rising", "falling") if (rows := _of(moved, way))]
    if told and not moved:
        blocks.append(Note(text=say("selling.no_trend"), tone="none"))
    blocks += [*_tested(source), *notes(source, *NAMES)]
    return Section(name="will-sell", title=say("selling.title"), lead=say("selling.lead"), blocks=tuple(blocks))


def _of(rows: list[Record], direction: str) -> list[Record]:
    return [row for row in rows if row["direction"] == direction]


def _ahead(source: Source, rows: list[Record]) -> Table:
    heads = ("product", "units", "value", "customers")
    ordered = sorted(rows, key=lambda row: (-row["value"], row["product_id"]))[:MOST]
    return Table(
        caption=say("selling.ahead", first=day(ordered[0]["from_day"]), last=day(ordered[0]["to_day"])),
        heads=_heads(heads),
        rows=tuple(
            (
                Cell(text=row["product_name"] or row["product_id"], note=_note(row)),
                Cell(
                    text=number(row["units"]),
                    note=say("report.range", low=number(row["low"]), high=number(row["high"])),
                ),
                Cell(text=source.facts.money(row["value"])),
                Cell(text=number(row["customers"])),
            )
            for row in ordered
        ),
    )


def _note(row: Record) -> str:
    found: str = row["product_id"]
    return say("selling.new", product=found) if row["verdict"] == "new" else found


def _moving(source: Source, rows: list[Record], direction: str) -> Table:
    heads = ("what", "purchases", "expected", "change", "value")
    first = rows[0]["from_day"]
    return Table(
        caption=say(f"selling.{direction}", first=day(first), last=day(source.facts.as_of)),
        heads=_heads(heads),
        rows=tuple(
            (
                Cell(text=_name(row), note=say(f"selling.kind_{row['kind']}")),
                Cell(text=number(row["purchases"])),
                Cell(
                    text=number(row["expected"]),
                    note=say("report.range", low=number(row["low"]), high=number(row["high"])),
                ),
                Cell(text=percent(row["purchases"] / max(row["expected"], 1.0) - 1)),
                Cell(text=source.facts.money(row["value"])),
            )
            for row in sorted(rows, key=lambda row: (-abs(row["value"]), row["item"]))[:MOST]
        ),
    )


def _name(row: Record) -> str:
    if row["kind"] == "segment":
        return say(f"selling.segment_{row['item']}")
    found: str = row["name"] or row["item"]
    return found or say("selling.no_category")


def _heads(names: tuple[str, ...]) -> tuple[Head, ...]:
    return tuple(
        Head(text=say(f"selling.{name}"), figures=name not in names[:1], wide=name in names[:1]) for name in names
    )


def _tested(source: Source) -> tuple[Note, ...]:
    """Say how good the forecast of the last weeks was that was made before them; nobody is behind these figures."""
    tests = source.tables["demand_tests"]
    rows = {
        (row["model"], row["metric"]): row
        for row in tests.filter(tests.volume == 0).to_pyarrow().to_pylist()
    }  # fmt: skip
    if not rows:
        return ()
    ours, theirs = (rows[name, "pinball"]["value"] for name in ("demand", "past_year"))
    if not theirs:
        return ()
    row = rows["demand", "coverage"]
    last = row["origin"] + timedelta(days=row["horizon_days"])
    text = say(
        "selling.tested", origin=day(row["origin"]), last=day(last), products=number(row["products"]),
        inside=percent(row["value"]), better=percent(abs(1 - ours / theirs)),
        than=say("selling.better" if ours <= theirs else "selling.worse"),
    )  # fmt: skip
    return (Note(text=text),)

"""Messages of triggers: how many variants there are, and whom they do not fit."""

from __future__ import annotations

from patron.charts.records import Record
from patron.language import NOTHING, listing, number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

HEADS = ("message", "finding", "concerned", "advice")
GRAVITY = {"error": 0, "warning": 1, "info": 2}


def messages(source: Source) -> Section:
    """Return the messages and what was found about them; or that there are none."""
    written = source.rows("variants")
    found = [row for row in source.rows("message_checks") if row["severity"] != "info"]
    blocks: list[Block] = []
    if not written:
        blocks.append(Note(text=say("message_report.none"), tone="none"))
    else:
        blocks.append(Note(text=_counted(written)))
        blocks.append(_findings(found) if found else Note(text=say("message_report.fits")))
    blocks += notes(source, "message_checks")
    return Section(
        name="messages", title=say("message_report.title"), lead=say("message_report.lead"), blocks=tuple(blocks)
    )


def _counted(written: list[Record]) -> str:
    variants = {(row["trigger"], row["variant"]) for row in written}
    triggers = sorted({trigger for trigger, _ in variants})
    return say(
        "message_report.counted", count=len(triggers), messages=number(len(triggers)), variants=number(len(variants)),
        names=listing(triggers),
    )  # fmt: skip


def _findings(found: list[Record]) -> Table:
    ordered = sorted(
        found,
        key=lambda row: (GRAVITY[row["severity"]], -(row["share"] or 0), row["trigger"], row["place"], row["check"]),
    )
    return Table(
        caption=say("message_report.table"),
        heads=tuple(
            Head(text=say(f"message_report.{name}"), figures=name == "concerned", wide=name in ("finding", "advice"))
            for name in HEADS
        ),
        rows=tuple(_row(row) for row in ordered),
    )


def _row(row: Record) -> tuple[Cell, ...]:
    audience = say(f"message_report.of_{row['audience_of']}") if row["audience_of"] else ""
    tone = "tag warning" if row["severity"] == "error" else ""
    return (
        Cell(text=row["trigger"], note=row["place"]),
        Cell(text=row["finding"], tone=tone),
        Cell(text=NOTHING if row["share"] is None else percent(row["share"]), note=audience),
        Cell(text=row["advice"]),
    )

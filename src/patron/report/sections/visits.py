"""Who visits and how deep, and what came of messages: by segment, and message by message."""

from __future__ import annotations

from patron.charts.records import Record
from patron.contracts.visit import ALL
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source
from patron.report.visits import DIVISION

RATES = ("opened", "clicked", "unsubscribed", "ordered", "ordered_before")
RANGED = ("ordered",)  # of the others there are many more, and their ranges would fill the page


def visits(source: Source) -> Section:
    """Return the visits and responses by segment, and the messages sent most."""
    seen = {row["segment"]: row for row in source.rows("visit_rates")}
    answered = source.rows("message_responses")
    blocks: list[Block] = []
    if seen:
        blocks.append(_visits(source, seen))
    if answered:
        blocks += _messages(source, answered)
    blocks += notes(source, "visit_rates", "message_responses")
    lead = say("visit_report.lead")
    return Section(
        name="visits", title=say("visit_report.title"), lead=lead,
        blocks=tuple(blocks) or (Note(text=say("visit_report.none"), tone="none"),),
    )  # fmt: skip


def _visits(source: Source, seen: dict[str, Record]) -> Table:
    heads = ("segment", "visitors", "visits", "conversion", "engagement")
    return Table(
        caption=say("visit_report.visits_caption"),
        heads=_heads(heads),
        rows=tuple(
            (
                Cell(text=title),
                Cell(text=number(row["visitors"])),
                Cell(text=number(row["visits"])),
                Cell(text=_share(row["conversion"])),
                Cell(text=_share(row["engagement"], digits=0)),
            )
            for title, row in _titled(source, seen)
        ),
    )


def _messages(source: Source, rows: list[Record]) -> list[Block]:
    """Return the responses by segment, those of the messages sent most, and how to read them."""
    total = [row for row in rows if row["segmentation"] == ALL]
    own = {row["segment"]: row for row in rows if row["segmentation"] == DIVISION or row["channel"] == ALL}
    named = [row for row in total if row["message"] != ALL]
    blocks: list[Block] = []
    if own:
        blocks.append(_responses("segment", say("visit_report.by_segment"), _titled(source, own)))
    if named:
        sent = {(row["channel"], row["message"]): row["sent"] for row in named if row["variant"] == ALL}
        order = sorted(
            named, key=lambda row: (-sent.get(_of(row), 0), *_of(row), row["variant"] != ALL, row["variant"])
        )
        told = [(_message(row), row) for row in order]
        blocks.append(_responses("message", say("visit_report.by_message"), told, folded=True))
    days = number(rows[0]["within_days"])
    return [*blocks, Note(text=say("visit_report.association", days=days))]


def _responses(first: str, caption: str, rows: list[tuple[str, Record]], *, folded: bool = False) -> Table:
    return Table(
        caption=caption,
        heads=_heads((first, "delivered", *RATES)),
        rows=tuple(
            (
                Cell(text=title),
                Cell(text=number(row["delivered"])),
                *(_rate(row, name) for name in RATES),
            )
            for title, row in rows
        ),
        folded=folded,
    )


def _rate(row: Record, name: str) -> Cell:
    if row[name] is None:
        return Cell(text="–")
    if name not in RANGED:
        return Cell(text=percent(row[name], digits=1))
    low, high = (percent(row[f"{name}_{end}"], digits=1) for end in ("low", "high"))
    return Cell(text=percent(row[name], digits=1), note=say("report.range", low=low, high=high))


def _of(row: Record) -> tuple[str, str]:
    return row["channel"], row["message"]


def _titled(source: Source, rows: dict[str, Record]) -> list[tuple[str, Record]]:
    """Return the rows with the names of their segments, best first, and the total last."""
    titles = {**source.titles(DIVISION), ALL: say("visit_report.all")}
    return [(title, rows[segment]) for segment, title in titles.items() if segment in rows]


def _message(row: Record) -> str:
    if row["variant"] != ALL:
        return say("visit_report.variant", message=row["message"], variant=row["variant"])
    return say("visit_report.message_by", message=row["message"], channel=row["channel"])


def _heads(names: tuple[str, ...]) -> tuple[Head, ...]:
    return tuple(
        Head(text=say(f"visit_report.{name}"), figures=place > 0, wide=place == 0) for place, name in enumerate(names)
    )


def _share(value: float | None, *, digits: int = 1) -> str:
    return "–" if value is None else percent(value, digits=digits)

"""What is done when a signal fires: where each trigger stands, what it brings, and what those that are over left."""

from __future__ import annotations

from patron.charts.records import Record
from patron.decisions.opportunity.words import action_title
from patron.decisions.signals.words import signal_title
from patron.language import NOTHING, day, money, number, percent, say
from patron.report.blocks import Block, Cell, Command, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

TABLES = ("triggers", "trigger_iterations")
HEADS = ("trigger", "state", "fired", "brings", "chance", "says")
LINE = ("line", "believed", "saw", "keep")
TONES = {"pays": "tag", "does_not_pay": "tag warning", "open": ""}


def triggers(source: Source) -> Section:
    """Return how triggers stand and what ended iterations left; or how to begin."""
    rows, lines = (source.rows(name) for name in TABLES)
    blocks: list[Block] = [_table(source, rows)] if rows else []
    over = [row for row in lines if row["ended_on"] is not None]
    if over:
        blocks.append(_lines(over))
    if not rows and not source.withheld("triggers"):
        blocks += [
            Note(text=say("trigger_report.none"), tone="none"),
            Command(
                title=say("trigger_report.first"), text=say("trigger_report.first_text"),
                command="patron trigger new second_order --play nurture",
            ),
        ]  # fmt: skip
    blocks += notes(source, *TABLES)
    return Section(
        name="triggers", title=say("trigger_report.title"), lead=say("trigger_report.lead"), blocks=tuple(blocks)
    )


def _table(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("trigger_report.caption"),
        heads=tuple(
            Head(text=say(f"trigger_report.{name}"), figures=name in HEADS[2:5], wide=name == "says") for name in HEADS
        ),
        rows=tuple(_row(source, row) for row in sorted(rows, key=_first)),
    )


def _first(row: Record) -> tuple[int, float, str]:
    """Put those that fire before drafts and what is over, and what brings most first."""
    place = {"scaled": 0, "pilot": 1, "paused": 2, "draft": 3, "retired": 4}[row["state"]]
    return place, -(row["expected"] or 0.0), row["trigger"]


def _row(source: Source, row: Record) -> tuple[Cell, ...]:
    on = signal_title(row["signal"]) if row["signal"] else say(f"trigger_report.form_{row['form']}")
    cost = "" if row["cost"] is None else say("trigger_report.cost", cost=_money(source, row["cost"]))
    since = say("trigger_report.since", day=day(row["since"])) if row["since"] else ""
    return (
        Cell(text=row["trigger"], note=say("trigger_report.what", on=on, action=action_title(row["action"]))),
        Cell(
            text=say(f"trigger_cli.state.{row['state']}"),
            note=" ".join(
                part for part in (say("trigger_report.iteration", iteration=row["iteration"]), since) if part
            ),
        ),
        Cell(text=number(row["fired"])),
        _brings(source, row),
        Cell(
            text=NOTHING if row["chance_pays"] is None else percent(row["chance_pays"]), note=cost,
            tone=TONES[row["verdict"]],
        ),
        Cell(text=row["sentence"], note="" if row["finding"] == "fires" else _finding(row)),
    )  # fmt: skip


def _finding(row: Record) -> str:
    return say("trigger_report.today", finding=say(f"triggers.finding_{row['finding']}"))


def _brings(source: Source, row: Record) -> Cell:
    if row["expected"] is None:
        return Cell(text=NOTHING)
    low, high = (_money(source, row[f"expected_{end}"]) for end in ("low", "high"))
    known = say(f"ledger.evidence_{row['evidence']}")
    return Cell(text=_money(source, row["expected"]), note=say("trigger_report.range", low=low, high=high, known=known))


def _money(source: Source, value: float) -> str:
    """Write an amount of one customer, where cents count."""
    return money(value, source.facts.currency, digits=2)


def _lines(rows: list[Record]) -> Table:
    """Return the line that each iteration left which is over."""
    return Table(
        caption=say("trigger_report.over"),
        heads=tuple(Head(text=say(f"trigger_report.{name}"), wide=name != "line") for name in LINE),
        rows=tuple(
            (
                Cell(text=row["trigger"], note=say("trigger_report.iteration", iteration=row["iteration"])),
                Cell(text=row["believed"] or NOTHING, note=row["change"] or ""),
                Cell(text=row["saw"] or NOTHING),
                Cell(text=row["keep"] or NOTHING),
            )
            for row in sorted(rows, key=lambda row: (row["ended_on"], row["trigger"], row["iteration"]))
        ),
    )

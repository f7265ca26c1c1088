"""What triggers learned about the variants of their messages, and whether to go on."""

from __future__ import annotations

import json

from patron import charts
from patron.charts.learning import options_compared
from patron.charts.records import Record
from patron.language import NOTHING, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

HEADS = ("trigger", "state", "sends", "best", "rate", "had", "next")
OPTION_HEADS = ("option", "sends", "believed", "read", "chance")
TABLES = ("learning", "learning_options")


def learning(source: Source) -> Section:
    """Return how far each trigger's learning is and what its options do; or that no message has variants."""
    blocks: list[Block] = []
    rows = _latest(source.rows("learning"))
    options = [row for row in source.rows("learning_options") if row["sends"]]
    if rows:
        blocks.append(_triggers(rows))
    elif not source.withheld("learning"):
        blocks.append(Note(text=say("learning_report.none"), tone="none"))
    if options_compared(options):
        blocks.append(_chart(source, options))
    if options:
        blocks.append(_options(options))
    blocks += notes(source, *TABLES)
    return Section(
        name="learning", title=say("learning_report.title"), lead=say("learning_report.lead"), blocks=tuple(blocks)
    )


def _latest(rows: list[Record]) -> list[Record]:
    """Return the row of each trigger's standing plan, those with most to gain first."""
    last = {row["trigger"]: row for row in sorted(rows, key=lambda row: row["iteration"])}
    return sorted(last.values(), key=lambda row: (-(row["next_gain"] or 0.0), row["trigger"]))


def _triggers(rows: list[Record]) -> Table:
    return Table(
        caption=say("learning_report.triggers"),
        heads=tuple(
            Head(text=say(f"learning_report.{name}"), figures=name in HEADS[4:] or name == "sends", wide=name == "best")
            for name in HEADS
        ),
        rows=tuple(_trigger(row) for row in rows),
    )


def _trigger(row: Record) -> tuple[Cell, ...]:
    go_on = row["reason"] in ("begin", "go_on")
    sent = row["state"] == "learned"
    return (
        Cell(text=row["trigger"], note=say("learning_report.of", messages=number(row["messages"]))),
        Cell(text=say(f"learning_report.reason_{row['reason']}"), tone="tag warning" if go_on else "tag"),
        Cell(text=number(row["sends"]), note=say("learning_report.answered", responses=number(row["responses"]))),
        Cell(text=_message(row["best"]) if sent else NOTHING, note=_chance(row) if sent else ""),
        Cell(
            text=_share(row["best_rate"] if sent else None),
            note=say("learning_report.first", rate=_share(row["first_rate"])) if sent else "",
        ),
        Cell(text=percent(row["share_had"]) if sent and row["share_had"] is not None else NOTHING),
        Cell(
            text=say("learning_report.of_thousand", more=number(1000 * row["next_gain"], digits=1))
            if sent
            else NOTHING,
            note=say("learning_report.with_sends", sends=number(row["next_sends"])) if sent else "",
        ),
    )


def _message(best: str | None) -> str:
    return ", ".join(f"{part} {option}" for part, option in json.loads(best).items()) if best else NOTHING


def _chance(row: Record) -> str:
    return say("learning_report.chance_best", chance=percent(row["chance_best"]))


def _share(value: float | None) -> str:
    return NOTHING if value is None else percent(value, digits=1)


def _chart(source: Source, options: list[Record]) -> Chart:
    own = options_compared(options)
    trigger = own[0]["trigger"]
    surest = max(own, key=lambda row: (row["chance_best"] or 0.0, row["part"], row["option"]))
    return Chart(
        name="chart-learning",
        title=say("learning_report.chart", trigger=trigger),
        figure=charts.learning(source["learning_options"], trigger=trigger, title=""),
        finding=say(
            "learning_report.finding", part=surest["part"], option=surest["option"],
            chance=percent(surest["chance_best"] or 0.0), rate=percent(surest["rate"], digits=1),
        ),
        reading=say("learning_report.reading"),
        doing=say("learning_report.doing"),
    )  # fmt: skip


def _options(rows: list[Record]) -> Table:
    return Table(
        caption=say("learning_report.options"),
        heads=tuple(Head(text=say(f"learning_report.{name}"), figures=name != "option") for name in OPTION_HEADS),
        rows=tuple(
            (
                Cell(text=f"{row['part']}: {row['option']}", note=row["trigger"]),
                Cell(
                    text=number(row["sends"]), note=say("learning_report.answered", responses=number(row["responses"]))
                ),
                _range(row["rate"], row["low"], row["high"]),
                _range(row["read_rate"], row["read_low"], row["read_high"]),
                Cell(text=NOTHING if row["chance_best"] is None else percent(row["chance_best"])),
            )
            for row in sorted(rows, key=lambda row: (row["trigger"], row["part"], -(row["rate"] or 0), row["option"]))
        ),
        folded=True,
    )


def _range(value: float | None, low: float | None, high: float | None) -> Cell:
    if value is None or low is None or high is None:
        return Cell(text=NOTHING)
    ends = say("report.range", low=percent(low, digits=1), high=percent(high, digits=1))
    return Cell(text=percent(value, digits=1), note=ends)

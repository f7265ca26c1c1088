"""Teams: where their goals stand, what they brought, how fast they learn, who waits, and whom nobody speaks to."""

from __future__ import annotations

from patron.charts.records import Record
from patron.contracts.segment import STAGE_NAMES
from patron.kpis.metrics import metric
from patron.language import NOTHING, day, listing, number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source

HEADS = ("team", "goal", "brought", "expected", "pace")
STAGES = ("stage", "people", "worth", "spoken")
SECOND_ORDER = "second_order_rate"


def teams(source: Source) -> Section:
    """Return the teams; or that there are none."""
    shown, hidden = source.rows("teams"), source.withheld("teams")
    blocks: list[Block] = []
    if shown or hidden:
        blocks.append(
            _table(source, sorted([*shown, *hidden], key=lambda row: row["team"]), {row["team"] for row in hidden})
        )
    else:
        blocks.append(Note(text=say("team_report.none"), tone="none"))
    blocks += [_waiting(row) for row in source.rows("approvals") if row["state"] == "waiting"]
    stages, few = source.rows("team_stages"), source.withheld("team_stages")
    if stages or few:
        blocks += _stages(source, stages, few)
    blocks += notes(source, "teams", "team_stages")
    return Section(name="teams", title=say("team_report.title"), lead=say("team_report.lead"), blocks=tuple(blocks))


def _table(source: Source, rows: list[Record], hidden: set[str]) -> Table:
    return Table(
        caption=say("team_report.table"),
        heads=tuple(
            Head(text=say(f"team_report.{name}"), figures=name == "expected", wide=name in ("goal", "brought"))
            for name in HEADS
        ),
        rows=tuple(_hidden(row) if row["team"] in hidden else _row(source, row) for row in rows),
    )


def _hidden(row: Record) -> tuple[Cell, ...]:
    return Cell(text=row["title"]), *(mark() for _ in HEADS[1:])


def _row(source: Source, row: Record) -> tuple[Cell, ...]:
    triggers = say(
        "team_report.triggers", count=row["triggers"], triggers=number(row["triggers"]), live=number(row["live"])
    )
    return (
        Cell(text=row["title"], note=triggers),
        _goal(source, row),
        _brought(source, row),
        Cell(text=_money(source, row["expected"])),
        _pace(row),
    )


def _goal(source: Source, row: Record) -> Cell:
    if row["metric"] is None:
        return Cell(text=say("team_report.no_goal"))
    facts = {
        "metric": _metric_title(row["metric"]), "began": _figure(source, row, "began_at"),
        "now": _figure(source, row, "stands_at"), "target": _figure(source, row, "target"), "until": day(row["until"]),
    }  # fmt: skip
    note = say(f"team_report.standing_{row['standing']}", passed=percent(row["time_passed"]))
    return Cell(text=say("team_report.goal_told", **facts), note=note)


def _metric_title(name: str) -> str:
    return say("team_report.second_order_rate") if name == SECOND_ORDER else metric(name).title


def _figure(source: Source, row: Record, name: str) -> str:
    value = row[name]
    if value is None:
        return NOTHING
    unit = "share" if row["metric"] == SECOND_ORDER else metric(row["metric"]).unit
    if unit == "share":
        return percent(value, digits=1)
    return source.facts.money(value) if unit == "money" else number(value, digits=0 if abs(value) >= 100 else 2)


def _brought(source: Source, row: Record) -> Cell:
    unread = say("team_report.unread", count=row["unread"], triggers=number(row["unread"])) if row["unread"] else ""
    if row["effect"] is None:
        return Cell(text=NOTHING, note=unread)
    money = source.facts.money
    ends = say("report.range", low=money(row["effect_low"]), high=money(row["effect_high"]))
    cost = "" if row["cost"] is None else say("team_report.cost", cost=money(row["cost"]))
    return Cell(text=money(row["effect"]), note=", ".join(filter(None, (ends, cost, unread))))


def _pace(row: Record) -> Cell:
    if row["shipped_per_week"] is None:
        return Cell(text=NOTHING)
    note = say("team_report.learned", iterations=number(row["iterations_per_trigger"], digits=1))
    if row["hours_to_send"] is not None:
        note += ", " + say("team_report.hours", hours=number(row["hours_to_send"]))
    return Cell(text=say("team_report.shipped", week=number(row["shipped_per_week"], digits=1)), note=note)


def _money(source: Source, value: float | None) -> str:
    return NOTHING if value is None else source.facts.money(value)


def _waiting(row: Record) -> Note:
    facts = {name: row[name] for name in ("trigger", "asked_by", "waits_for")}
    return Note(text=say("team_report.waits", count=row["days"], days=number(row["days"]), **facts), tone="warning")


def _stages(source: Source, rows: list[Record], hidden: list[Record]) -> list[Block]:
    """Return who is spoken to by stage, the silent ones named first."""
    every = sorted([*rows, *hidden], key=lambda row: STAGE_NAMES.index(row["stage"]))
    silent = [row for row in every if not row["spoken_to"] and row["customers"] != 0]
    titles = listing(say(f"segments.stage.{row['stage']}.title") for row in silent)
    key = "silent" if silent else "all_spoken"
    small = {row["stage"] for row in hidden}
    table = Table(
        caption=say("team_report.stages"),
        heads=tuple(Head(text=say(f"team_report.{name}"), figures=name in STAGES[1:]) for name in STAGES),
        rows=tuple(_stage(source, row, small) for row in every),
        folded=True,
    )
    return [Note(text=say(f"team_report.{key}", stages=titles)), table]


def _stage(source: Source, row: Record, small: set[str]) -> tuple[Cell, ...]:
    title = Cell(text=say(f"segments.stage.{row['stage']}.title"))
    if row["stage"] in small:
        return title, mark(), mark(), mark()
    told = say(
        "team_report.spoken_by", fired=number(row["fired"]), sent=number(row["sent"]), triggers=number(row["triggers"])
    )
    spoken = Cell(text=told) if row["spoken_to"] else Cell(text=say("team_report.nobody"), tone="tag warning")
    return title, Cell(text=number(row["customers"])), Cell(text=source.facts.money(row["value"])), spoken

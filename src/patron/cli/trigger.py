"""`patron trigger`: where triggers, sequences and campaigns stand, and what moves them on."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.cli.fires import fires, fires_word, rule_facts
from patron.decisions.triggers.plays import PLAYS, play_named, play_yaml
from patron.engines.trigger_state import TriggerEvent
from patron.language import NOTHING, day, money, number, percent, say
from patron.pipeline import clock, open_project
from patron.pipeline.project import Project
from patron.pipeline.trigger_life import Lived, life, lives, move

Name = Annotated[str, typer.Argument(help=say("trigger_cli.help.name"), show_default=False)]
Why = Annotated[str | None, typer.Option("--reason", help=say("trigger_cli.help.reason"), show_default=False)]
Keep = Annotated[str | None, typer.Option("--keep", help=say("trigger_cli.help.keep"), show_default=False)]
Change = Annotated[str, typer.Option("--change", help=say("trigger_cli.help.change"))]
Believed = Annotated[str | None, typer.Option("--believed", help=say("trigger_cli.help.believed"), show_default=False)]
PlayName = Annotated[str, typer.Option("--play", help=say("trigger_cli.help.play"))]
On = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help=say("trigger_cli.help.on"), show_default=False)
]
COLUMNS = ("trigger", "fires", "state", "iteration", "fired", "effect", "chance", "finding")

trigger = typer.Typer(name="trigger", help=say("trigger_cli.help.trigger"), no_args_is_help=True)


@trigger.command("list", help=say("trigger_cli.help.list"))
@speaking
def _list(output: Output, project: ProjectDir = Path()) -> None:
    """Say how all of them stand."""
    opened = open_project(project)
    known = lives(opened, day=_today(opened))
    if not known:
        output.line(say("trigger_cli.none"))
    else:
        heads = [say(f"trigger_cli.column.{name}") for name in COLUMNS]
        output.table(heads, [_row(one, opened.settings.currency) for one in known], whole=1)
    output.result({"triggers": [_facts(one) for one in known]})


@trigger.command("show", help=say("trigger_cli.help.show"))
@speaking
def _show(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Say what one is, how it stands, and what became of it."""
    opened = open_project(project)
    known = life(opened, name, day=_today(opened))
    one = known.trigger
    output.line(
        say(f"trigger_cli.{one.form if one.rule is None else 'live'}", name=name, fires=fires(one),
            signal=one.signal or NOTHING, action=one.action,
            state=say(f"trigger_cli.state.{one.state}"), iteration=one.iteration, steps=len(one.steps))
    )  # fmt: skip
    if one.audience is not None:
        output.line(say("trigger_cli.audience", audience=one.audience))
    key = "trigger_cli.held" if one.holdout is not None else "trigger_cli.nobody_held"
    output.line(say(key, share=percent(one.holdout or 0, digits=1), days=one.goal_days))
    _history(output, known)
    output.result(_facts(known))


@trigger.command("history", help=say("trigger_cli.help.history"))
@speaking
def _past(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Say what became of one: every command and every iteration."""
    opened = open_project(project)
    known = life(opened, name, day=_today(opened))
    _history(output, known)
    output.result(_facts(known))


@trigger.command("pilot", help=say("trigger_cli.help.pilot"))
@speaking
def _pilot(output: Output, name: Name, reason: Why = None, on: On = None, project: ProjectDir = Path()) -> None:
    """Let a trigger fire for a share of the customers."""
    _moved(output, project, name, "pilot", on, note=reason)


@trigger.command("scale", help=say("trigger_cli.help.scale"))
@speaking
def _scale(output: Output, name: Name, reason: Why = None, on: On = None, project: ProjectDir = Path()) -> None:
    """Let a trigger fire for everybody."""
    _moved(output, project, name, "scale", on, note=reason)


@trigger.command("pause", help=say("trigger_cli.help.pause"))
@speaking
def _pause(output: Output, name: Name, reason: Why = None, on: On = None, project: ProjectDir = Path()) -> None:
    """Stop a trigger for a while."""
    _moved(output, project, name, "pause", on, note=reason)


@trigger.command("retire", help=say("trigger_cli.help.retire"))
@speaking
def _retire(
    output: Output, name: Name, reason: Why = None, keep: Keep = None, on: On = None, project: ProjectDir = Path()
) -> None:
    """End a trigger, with what is kept of it."""
    _moved(output, project, name, "retire", on, note=reason, keep=keep)


@trigger.command("iterate", help=say("trigger_cli.help.iterate"))
@speaking
def _iterate(
    output: Output, name: Name, change: Change, believed: Believed = None, on: On = None, project: ProjectDir = Path()
) -> None:
    """Begin a new iteration."""
    _moved(output, project, name, "iterate", on, note=change, believed=believed)


@trigger.command("plays", help=say("trigger_cli.help.plays"))
@speaking
def _plays(output: Output) -> None:
    """Name the ready plays."""
    heads = [say(f"trigger_cli.column.{name}") for name in ("play", "what", "signal")]
    output.table(heads, [[one.name, say(f"plays.{one.name}.title"), one.signal] for one in PLAYS], whole=1)
    output.result({"plays": [asdict(one) for one in PLAYS]})


@trigger.command("new", help=say("trigger_cli.help.new"))
@speaking
def _new(output: Output, name: Name, play: PlayName) -> None:
    """Write a ready play as lines for patron.yaml."""
    lines = play_yaml(play_named(play), name=name)
    output.line(lines.rstrip())
    output.note(say("trigger_cli.paste", name=name))
    output.result({"yaml": lines})


def _moved(output: Output, folder: Path, name: str, event: str, on: datetime | None, **said: Any) -> None:
    opened = open_project(folder)
    done = move(opened, name, event, day=on.date() if on is not None else _today(opened), **said)
    output.line(say(f"trigger_cli.{event}", name=name, day=day(done.day), iteration=done.iteration))
    output.result(asdict(done))


def _history(output: Output, known: Lived) -> None:
    for event in known.events:
        output.line(_event(event))
    if not known.events:
        output.line(say("trigger_cli.no_events"))
    for row in known.iterations:
        facts = {name: row[name] or NOTHING for name in ("believed", "saw", "keep")}
        output.line(say("trigger_cli.line", iteration=row["iteration"], **facts))


def _event(event: TriggerEvent) -> str:
    told = say("trigger_cli.event", day=day(event.day), event=event.event, iteration=event.iteration)
    return f"{told} {event.note}" if event.note else told


def _row(known: Lived, currency: str) -> list[str]:
    one, row = known.trigger, known.row
    state = say(f"trigger_cli.state.{one.state}")
    if row is None:
        said = say("trigger_cli.not_run")
        return [one.name, fires_word(one), state, number(one.iteration), NOTHING, NOTHING, NOTHING, said]
    effect = NOTHING if row["expected"] is None else money(row["expected"], currency, digits=2)
    chance = NOTHING if row["chance_pays"] is None else percent(row["chance_pays"])
    finding = say(f"triggers.finding_{row['finding']}")
    return [one.name, fires_word(one), state, number(one.iteration), number(row["fired"]), effect, chance, finding]


def _facts(known: Lived) -> dict[str, Any]:
    return {
        "trigger": asdict(known.trigger) | {"rule": rule_facts(known.trigger)}, "read": known.row,
        "events": [asdict(one) for one in known.events],
        "iterations": list(known.iterations),
    }  # fmt: skip


def _today(project: Project) -> date:
    """Return the day of the published run, or today before the first."""
    if project.store.last_id() is None:
        return clock.today(project.settings.timezone)
    return project.last().manifest.as_of

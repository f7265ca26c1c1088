"""`patron activate`: fill the outbox and hand over what is due, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from patron.cli.activate_state import register
from patron.cli.command_group import WithDefault
from patron.cli.console import FAILED, Folder, Output, speaking
from patron.cli.stopping import told_to_stop
from patron.cli.trying_out import Today, clock_of, tell_of_the_run
from patron.engines.state import State
from patron.errors import ArgumentError, PatronError
from patron.language import NOTHING, failure, number, say
from patron.pipeline import open_project
from patron.pipeline.activating import Activated, activate_once, rehearse
from patron.pipeline.destination_overview import DestinationNow, overview
from patron.pipeline.filling import FILLERS, Filler
from patron.pipeline.filling.lists import lists
from patron.pipeline.project import Project

Only = Annotated[str | None, typer.Option("--destination", help=say("delivery.help.only"), show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help=say("delivery.help.dry_run"))]

List = Annotated[str | None, typer.Option("--audience", help=say("filling.help.audience"), show_default=False)]
To = Annotated[str | None, typer.Option("--to", help=say("filling.help.to"), show_default=False)]
Words = Annotated[str | None, typer.Option("--message", help=say("filling.help.message"), show_default=False)]

COLUMNS = ("destination", "delivered", "rejected", "waiting", "dead", "unknown", "left_out")
MENDED = ("no_words", "lacks_value", "no_destination", "no_address", "draining", "stale")
"""Reasons why something is not put in that have a sentence of their own."""

WOULD = ("destination", "would_leave", "left_out")


class _Activate(WithDefault):
    default = "now"


activate = typer.Typer(name="activate", help=say("delivery.help.activate"), cls=_Activate)
register(activate)


@activate.command("now", help=say("delivery.help.now"))
@speaking
def _now(
    output: Output, folder: Folder = None, destination: Only = None, dry_run: DryRun = False, audience: List = None,
    to: To = None, message: Words = None, today: Today = None,
) -> None:  # fmt: skip
    """Fill the outbox and hand over what is due; or say what that would be."""
    project, fillers, only = open_project(folder or Path()), _fillers(audience, to, message), to or destination
    moment = clock_of(output, project, today)
    tell_of_the_run(output, project, moment().astimezone(ZoneInfo(project.settings.timezone)).date())
    with project.state() as state:
        if dry_run:
            done = rehearse(project, state, now=moment(), only=only, fillers=fillers)
            _would(output, done)
        else:
            with told_to_stop() as stop:
                done = activate_once(project, state, clock=moment, only=only, fillers=fillers, stop=stop)
            _told(output, done, _standing(project, state, moment()))
    _failed(output, done)


def _fillers(audience: str | None, to: str | None, message: str | None) -> tuple[Filler, ...]:
    """Return what fills: everything, or one frozen list."""
    if audience is None and to is None:
        return FILLERS
    if audience is None or to is None:
        raise failure(ArgumentError, "filling.both", argument="audience", came=audience or to)
    return (partial(lists, audience=audience, to=to, message=message),)


def _standing(project: Project, state: State, now: datetime) -> dict[str, DestinationNow]:
    with state.engine.connect() as connection:
        found = overview(connection, project.settings.destinations, now=now)
    return {one.name: one for one in found}


def _told(output: Output, done: Activated, standing: Mapping[str, DestinationNow]) -> None:
    """Say what came of it, by destination."""
    rows = []
    for name, came in done.came.items():
        now = standing[name].deliveries
        counts = [came.get("delivered", 0), came.get("rejected", 0), now["waiting"], now["dead"], now["unknown"]]
        rows.append([name, *map(number, counts), _reasons(done.left_out.get(name, {}))])
    if rows:
        output.table([say(f"delivery.column.{name}") for name in COLUMNS], rows, whole=1)
    elif not done.unopened:
        output.line(say("delivery.no_destinations"))
    _not_put_in(output, done)
    if told := sum(done.read.new.values()):
        output.line(say("delivery.told_back", count=told, things=number(told)))
    for name in done.elsewhere:
        output.note(say("delivery.elsewhere", name=name))
    for name, one in standing.items():
        if one.health in ("open", "held", "paused") and name in done.came:
            output.note(say(f"delivery.is_{one.health}", name=name, reason=one.state.reason or NOTHING))
    output.result(_facts(done) | {"standing": {name: dict(one.deliveries) for name, one in standing.items()}})


def _would(output: Output, done: Activated) -> None:
    """Say what would leave, by destination."""
    rows = [
        [name, number(came.get("waiting", 0)), _reasons(done.left_out.get(name, {}))]
        for name, came in done.came.items()
    ]
    if rows:
        output.table([say(f"delivery.column.{name}") for name in WOULD], rows, whole=1)
    else:
        output.line(say("delivery.no_destinations"))
    _not_put_in(output, done)
    output.note(say("delivery.rehearsed"))
    output.result(_facts(done) | {"dry_run": True})


def _not_put_in(output: Output, done: Activated) -> None:
    """Say what was decided and is not in the outbox, and for the reasons that somebody can do something about, what."""
    left_out = done.filled.filled.left_out
    if left_out:
        output.line(say("delivery.not_put_in", reasons=_reasons(left_out)))
    for reason in MENDED:
        if reason in left_out:
            output.note(say(f"filling.mend.{reason}"))


def _failed(output: Output, done: Activated) -> None:
    """Say what could not be done, and fail, where the rest was not kept from leaving."""
    failed: dict[str, PatronError] = {**done.read.failed, **done.unopened, **done.filled.failed}
    for name, error in failed.items():
        output.note(say("delivery.failed", name=name, problem=error.problem, remedy=error.remedy))
    if failed:
        raise typer.Exit(FAILED)


def _facts(done: Activated) -> dict[str, object]:
    return {
        "destinations": {name: dict(came) for name, came in done.came.items()},
        "left_out": {name: dict(reasons) for name, reasons in done.left_out.items()},
        "filled": asdict(done.filled.filled),
        "not_opened": {name: error.problem for name, error in done.unopened.items()},
        "not_filled": {name: error.problem for name, error in done.filled.failed.items()},
        "elsewhere": list(done.elsewhere),
        "read_back": dict(done.read.new),
        "not_read_back": {name: error.problem for name, error in done.read.failed.items()},
    }


def _reasons(reasons: Mapping[str, int]) -> str:
    """Return reasons with their numbers, the most frequent first."""
    ordered = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{name} {number(many)}" for name, many in ordered) or NOTHING


__all__ = ["activate"]

"""`patron activate status, pause, resume, drain, dead, replay`: how destinations stand, and what a person decides."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.actor import actor
from patron.cli.console import Output, ProjectDir, speaking
from patron.engines.database import writing
from patron.engines.destination_state import DestinationState, destination_state, remember_destination
from patron.engines.outbox_replay import given_up, replay
from patron.engines.outbox_state import Standing
from patron.errors import ArgumentError
from patron.language import NOTHING, failure, listing, money, number, say
from patron.pipeline import clock, open_project
from patron.pipeline.delivering import chosen
from patron.pipeline.destination_overview import DestinationNow, overview
from patron.privacy.audit import append

Name = Annotated[str, typer.Argument(help=say("delivery.help.name"), show_default=False)]
MaybeName = Annotated[str | None, typer.Argument(help=say("delivery.help.of"), show_default=False)]
Ids = Annotated[list[str] | None, typer.Argument(help=say("delivery.help.ids"), show_default=False)]
Of = Annotated[str | None, typer.Option("--destination", help=say("delivery.help.of"), show_default=False)]
Unknown = Annotated[bool, typer.Option("--unknown", help=say("delivery.help.unknown"))]
Limit = Annotated[int, typer.Option("--limit", min=1, help=say("delivery.help.limit"))]

STATUS = ("destination", "type", "health", "waiting", "delivered", "dead", "unknown", "left_out", "cost", "reason")
DEAD = ("id", "destination", "state", "reason", "attempts", "channel", "trigger", "over")
LEFT_OUT = ("rejected", "expired", "cancelled")


def register(activate: typer.Typer) -> None:
    """Add the commands to `patron activate`."""
    for name, command in (
        ("status", _status), ("pause", _pause), ("resume", _resume), ("drain", _drain), ("dead", _dead),
        ("replay", _replay),
    ):  # fmt: skip
        activate.command(name, help=say(f"delivery.help.{name}"))(speaking(command))


def _status(output: Output, project: ProjectDir = Path()) -> None:
    """Say how all destinations stand."""
    opened = open_project(project)
    with opened.state() as state, state.engine.connect() as connection:
        found = overview(connection, opened.settings.destinations, now=clock.instant(), paid=True)
    if found:
        heads = [say(f"delivery.column.{name}") for name in STATUS]
        output.table(heads, [_row(one, opened.settings.currency) for one in found], whole=1)
    else:
        output.line(say("delivery.no_destinations"))
    output.result({"destinations": [asdict(one) for one in found]})


def _pause(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Hand nothing over until it is resumed; what is put in waits."""
    _change(output, name, project, "paused", paused=True)


def _resume(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Hand over again, at once also where the breaker was open."""
    _change(
        output, name, project, "resumed", paused=False, draining=False, breaker="closed", failures=0, open_until=None,
        reason=None,
    )  # fmt: skip


def _drain(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Let what waits leave, and put nothing new in."""
    _change(output, name, project, "drains", draining=True, paused=False)


def _dead(output: Output, name: MaybeName = None, limit: Limit = 50, project: ProjectDir = Path()) -> None:
    """List what was given up and what is unknown."""
    opened = open_project(project)
    with opened.state() as state, state.engine.connect() as connection:
        found = given_up(connection, name, limit=limit)
    if found:
        output.table([say(f"delivery.column.{one}") for one in DEAD], [_dead_row(one) for one in found], whole=1)
        output.note(say("delivery.replay_hint"))
    else:
        output.line(say("delivery.none_dead"))
    output.result({"deliveries": [asdict(one) for one in found]})


def _replay(
    output: Output, ids: Ids = None, destination: Of = None, unknown: Unknown = False, project: ProjectDir = Path()
) -> None:
    """Let what was given up wait again."""
    if bool(ids) == (destination is not None):
        raise failure(ArgumentError, "delivery.which")
    opened, now = open_project(project), clock.instant()
    with opened.state() as state, writing(state.engine) as connection:
        again = replay(connection, ids=ids or [], destination=destination, unknown=unknown, now=now)
        if again:
            facts = {"deliveries": len(again), "unknown": unknown}
            append(connection, actor=actor(), action="delivery.replayed", subject=None, facts=facts, now=now)
    output.line(say("delivery.replayed", count=len(again), deliveries=number(len(again))))
    if left := sorted(set(ids or []) - set(again)):
        output.note(say("delivery.not_replayed", ids=listing(left)))
    output.result({"replayed": again, "left": left})


def _change(output: Output, name: str, project: Path, key: str, **facts: Any) -> None:
    """Change how a destination is, and write down who did."""
    opened, now = open_project(project), clock.instant()
    chosen(opened.settings.destinations, name)
    with opened.state() as state, writing(state.engine) as connection:
        changed: DestinationState = replace(destination_state(connection, name), **facts)
        remember_destination(connection, changed, now=now)
        told = {"destination": name}
        append(connection, actor=actor(), action=f"destination.{key}", subject=None, facts=told, now=now)
    output.line(say(f"delivery.{key}", name=name))
    output.result(asdict(changed))


def _row(one: DestinationNow, currency: str) -> list[str]:
    counts = one.deliveries
    return [
        one.name, one.type or NOTHING, say(f"delivery.health.{one.health}"), number(counts["waiting"]),
        number(counts["delivered"]), number(counts["dead"]), number(counts["unknown"]),
        number(sum(counts[state] for state in LEFT_OUT)), NOTHING if one.cost is None else money(one.cost, currency),
        one.state.reason or NOTHING,
    ]  # fmt: skip


def _dead_row(one: Standing) -> list[str]:
    over = NOTHING if one.done_at is None else f"{one.done_at:%Y-%m-%d %H:%M}Z"
    return [
        one.delivery_id, one.destination, say(f"delivery.state.{one.state}"), one.reason or NOTHING,
        number(one.attempts), one.channel or NOTHING, one.trigger or NOTHING, over,
    ]  # fmt: skip


__all__ = ["register"]

"""`patron intake`: what came, what could not be used, and judging it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.cli.extra import need_server
from patron.engines.database import writing
from patron.engines.inbox_dead import DeadLetter, dead_counts, dead_letters, drop_dead_letters, waiting
from patron.engines.inbox_state import moment, newest
from patron.errors import ArgumentError
from patron.language import NOTHING, did_you_mean, failure, number, say
from patron.pipeline import clock, open_project
from patron.sources.stream import REASONS

Reason = Annotated[str | None, typer.Option("--reason", help=say("intake_cli.help.reason"), show_default=False)]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help=say("intake_cli.help.limit"))]
After = Annotated[int, typer.Option("--after", min=0, help=say("intake_cli.help.after"))]
Drop = Annotated[bool, typer.Option("--drop", help=say("intake_cli.help.drop"))]

COLUMNS = ("number", "reason", "source", "kind", "received")

intake = typer.Typer(name="intake", help=say("intake_cli.help.intake"), no_args_is_help=True)


@intake.command("status", help=say("intake_cli.help.status"))
@speaking
def _status(output: Output, project: ProjectDir = Path()) -> None:
    """Say what stands in the inbox and among the dead letters."""
    with open_project(project).state() as state, state.engine.connect() as connection:
        came, there, dead = newest(connection), waiting(connection), dead_counts(connection)
    last = NOTHING if there.last_at is None else f"{there.last_at:%Y-%m-%d %H:%M:%S}"
    output.line(say("intake_cli.came", events=number(came), there=number(there.events), last=last))
    for reason, count in dead.items():
        output.line(say("intake_cli.dead", count=count, letters=number(count), reason=say(f"intake.reason_{reason}")))
    output.result({"came": came, "in_inbox": there.events, "last_at": there.last_at, "dead_letters": dead})


@intake.command("dead", help=say("intake_cli.help.dead"))
@speaking
def _dead(
    output: Output, reason: Reason = None, limit: Limit = 100, after: After = 0, drop: Drop = False,
    project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """List dead letters, without what they hold unless JSON is asked for; or throw them away."""
    _known(reason)
    with open_project(project).state() as state:
        if drop:
            with writing(state.engine) as connection:
                gone = drop_dead_letters(connection, reason=reason)
            output.line(say("intake_cli.dropped", count=gone, letters=number(gone)))
            output.result({"dropped": gone})
            return
        with state.engine.connect() as connection:
            letters = dead_letters(connection, after=after, limit=limit, reason=reason)
    if letters:
        output.table([say(f"intake_cli.column_{name}") for name in COLUMNS], [_row(one) for one in letters], whole=1)
    else:
        output.line(say("intake_cli.none"))
    output.result({"dead_letters": [_facts(one) for one in letters]})


@intake.command("replay", help=say("intake_cli.help.replay"))
@speaking
def _replay(output: Output, reason: Reason = None, project: ProjectDir = Path()) -> None:
    """Judge dead letters again."""
    need_server()
    from patron.server.intake.replay import replay

    _known(reason)
    with open_project(project).state() as state:
        done = replay(state, clock=clock.instant, reason=reason)
    output.line(say("intake_cli.replayed", used=number(done.used), left=number(done.left)))
    output.result({"used": done.used, "left": done.left})


def _known(reason: str | None) -> None:
    if reason is not None and reason not in REASONS:
        raise failure(
            ArgumentError, "intake_cli.reason", argument="reason", came=reason, hint=did_you_mean(reason, REASONS)
        )


def _row(letter: DeadLetter) -> list[str]:
    return [
        str(letter.number),
        letter.reason,
        letter.source,
        letter.kind,
        f"{moment(letter.received_at):%Y-%m-%d %H:%M}",
    ]


def _facts(letter: DeadLetter) -> dict[str, Any]:
    return {
        "number": letter.number, "reason": letter.reason, "source": letter.source, "kind": letter.kind,
        "received_at": moment(letter.received_at).isoformat(),
        "payload": bytes(letter.payload).decode("utf-8", "replace"),
    }  # fmt: skip

"""`patron suppression`: addresses that get nothing more, because they do not work or somebody said so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from patron.cli.actor import actor
from patron.cli.console import Output, ProjectDir, speaking
from patron.engines.database import writing
from patron.engines.suppression_state import Suppression, lift, suppress, suppression_counts, suppressions
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, number, say
from patron.pipeline import clock, open_project
from patron.pipeline.destinations.section import Channel
from patron.privacy.audit import append
from patron.privacy.closed_address import address_hash

Which = Annotated[str, typer.Argument(help=say("email_cli.help.address"), show_default=False)]
By = Annotated[str, typer.Option("--channel", help=say("email_cli.help.channel"))]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help=say("email_cli.help.limit"))]

CHANNELS = get_args(Channel)
REASON = "closed"
COLUMNS = ("channel", "reason", "addresses")

suppression = typer.Typer(name="suppression", help=say("email_cli.help.suppression"), no_args_is_help=True)


@suppression.command("list", help=say("email_cli.help.list"))
@speaking
def _list(output: Output, limit: Limit = 1000, project: ProjectDir = Path()) -> None:
    """Count them; with JSON also list hashes, for nobody's address is kept."""
    with open_project(project).state() as state, state.engine.connect() as connection:
        counts, rows = suppression_counts(connection), suppressions(connection, limit=limit)
    if counts:
        output.table(
            [say(f"email_cli.column.{name}") for name in COLUMNS],
            [
                [channel, say(f"email_cli.reason.{reason}"), number(count)]
                for (channel, reason), count in counts.items()
            ],
        )
    else:
        output.line(say("email_cli.none"))
    output.result(
        {
            "counts": [{"channel": c, "reason": reason, "addresses": n} for (c, reason), n in counts.items()],
            "suppressions": [
                {"address_hash": one.address_hash, "channel": one.channel, "reason": one.reason, "since": one.since}
                for one in rows
            ],
        }
    )


@suppression.command("add", help=say("email_cli.help.add"))
@speaking
def _add(output: Output, address: Which, channel: By = "email", project: ProjectDir = Path()) -> None:
    """Close one."""
    now, known = clock.now(), _hash(channel, address)
    with open_project(project).state() as state, writing(state.engine) as connection:
        one = Suppression(address_hash=known, channel=channel, reason=REASON, since=now)
        added = suppress(connection, [one])
        if added:
            append(
                connection, actor=actor(), action="suppression.added", subject=None, facts={"channel": channel}, now=now
            )
    output.line(say("email_cli.added" if added else "email_cli.was_closed"))
    output.result({"added": bool(added), "address_hash": known, "channel": channel})


@suppression.command("lift", help=say("email_cli.help.lift"))
@speaking
def _lift(output: Output, address: Which, channel: By = "email", project: ProjectDir = Path()) -> None:
    """Open one again."""
    now, known = clock.now(), _hash(channel, address)
    with open_project(project).state() as state, writing(state.engine) as connection:
        lifted = lift(connection, known, channel=channel)
        if lifted:
            append(
                connection,
                actor=actor(),
                action="suppression.lifted",
                subject=None,
                facts={"channel": channel},
                now=now,
            )
    output.line(say("email_cli.lifted" if lifted else "email_cli.was_open"))
    output.result({"lifted": lifted, "address_hash": known, "channel": channel})


def _hash(channel: str, address: str) -> str:
    if channel not in CHANNELS:
        raise failure(
            ArgumentError,
            "email_cli.no_channel",
            argument="--channel",
            came=channel,
            hint=did_you_mean(channel, CHANNELS),
        )
    return address_hash(channel, address)

"""`patron token`: make, list and end what programs show to be let in."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from patron.cli.actor import actor
from patron.cli.console import Output, ProjectDir, speaking
from patron.cli.rows import Rows, checked_rows
from patron.errors import ArgumentError
from patron.language import NOTHING, day, failure, listing, say
from patron.pipeline import clock, open_project
from patron.privacy.tokens import Token, create_token, revoke_token, tokens

Scope = Annotated[list[str], typer.Option("--scope", help=say("token_cli.help.scope"), show_default=False)]
Name = Annotated[str | None, typer.Option("--name", help=say("token_cli.help.name"), show_default=False)]
Expires = Annotated[str | None, typer.Option("--expires", help=say("token_cli.help.expires"), show_default=False)]
Which = Annotated[str, typer.Argument(help=say("token_cli.help.which"), show_default=False)]

COLUMNS = ("name", "id", "scopes", "rows", "state", "made", "expires", "used")

_SPAN = re.compile(r"(\d{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}

token = typer.Typer(name="token", help=say("token_cli.help.token"), no_args_is_help=True)


@token.command("create", help=say("token_cli.help.create"))
@speaking
def _create(
    output: Output, scope: Scope, name: Name = None, expires: Expires = None, rows: Rows = None,
    project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """Make a token; its text is the last line, and the only one on standard output."""
    opened, now = open_project(project), clock.now()
    ends, rule = _end(expires, now), checked_rows(rows, opened.settings)
    with opened.state() as state:
        chosen = name or _free("-".join(scope), {one.name for one in tokens(state)})
        made, text = create_token(state, name=chosen, scopes=scope, now=now, actor=actor(), expires_at=ends, rows=rule)
    if output.as_json:
        output.result({**_facts(made, now), "token": text})
        return
    key = "made" if made.expires_at is None else "made_until"
    output.note(say(f"token_cli.{key}", name=made.name, scopes=listing(made.scopes), day=_day(made.expires_at)))
    typer.echo(text)


@token.command("list", help=say("token_cli.help.list"))
@speaking
def _list(output: Output, project: ProjectDir = Path()) -> None:
    """Say which there are, and when each was last used."""
    now = clock.now()
    with open_project(project).state() as state:
        known = tokens(state)
    if known:
        output.table([say(f"token_cli.column.{name}") for name in COLUMNS], [_row(one, now) for one in known], whole=2)
    else:
        output.line(say("token_cli.none"))
    output.result({"tokens": [_facts(one, now) for one in known]})


@token.command("revoke", help=say("token_cli.help.revoke"))
@speaking
def _revoke(output: Output, which: Which, project: ProjectDir = Path()) -> None:
    """End one for good."""
    now = clock.now()
    with open_project(project).state() as state:
        ended = revoke_token(state, which, now=now, actor=actor())
    output.line(say("token_cli.revoked", name=ended.name))
    output.result(_facts(ended, now))


def _end(expires: str | None, now: datetime) -> datetime | None:
    """Read ``90d``, ``12h``, ``2w`` or a day, at whose beginning the token ends.

    Raises
    ------
    ArgumentError
        It is none of these.
    """
    if expires is None:
        return None
    span = _SPAN.fullmatch(expires)
    try:
        if span is not None:
            return now + timedelta(hours=int(span[1]) * _HOURS[span[2]])
        return datetime.combine(date.fromisoformat(expires), datetime.min.time(), UTC)
    except (ValueError, OverflowError) as error:
        raise failure(ArgumentError, "token_cli.expires", argument="expires", came=expires) from error


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number where it is taken."""
    return next(one for one in (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))) if one not in taken)


def _facts(one: Token, now: datetime) -> dict[str, object]:
    return {
        "id": one.token_id, "name": one.name, "scopes": list(one.scopes), "rows": one.rows, "state": one.state(now),
        "made_at": one.made_at, "expires_at": one.expires_at, "used_at": one.used_at,
    }  # fmt: skip


def _row(one: Token, now: datetime) -> list[str]:
    return [
        one.name, one.token_id, listing(one.scopes), one.rows or NOTHING, say(f"token_cli.state.{one.state(now)}"),
        _day(one.made_at), _day(one.expires_at), _day(one.used_at),
    ]  # fmt: skip


def _day(moment: datetime | None) -> str:
    return NOTHING if moment is None else day(moment.date())

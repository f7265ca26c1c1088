"""`patron user`: who may sign in, and what each may do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.actor import actor
from patron.cli.console import Output, ProjectDir, speaking
from patron.cli.extra import need_server
from patron.cli.rows import Rows, checked_rows
from patron.engines.state import State
from patron.errors import ArgumentError
from patron.language import NOTHING, day, failure, say
from patron.pipeline import clock, open_project
from patron.privacy.users import Change, User, add_user, change_user, remove_user, user, users

Name = Annotated[str, typer.Argument(help=say("user_cli.help.name"), show_default=False)]
Role = Annotated[str, typer.Option("--role", help=say("user_cli.help.role"), show_default=False)]
NewRole = Annotated[str | None, typer.Argument(help=say("user_cli.help.role"), show_default=False)]
AllRows = Annotated[bool, typer.Option("--all-rows", help=say("user_cli.help.all_rows"))]
Stdin = Annotated[bool, typer.Option("--password-stdin", help=say("user_cli.help.stdin"))]
NoPassword = Annotated[bool, typer.Option("--no-password", help=say("user_cli.help.no_password"))]
Address = Annotated[str, typer.Option("--address", help=say("user_cli.help.address"))]

COLUMNS = ("name", "role", "rows", "state", "signed_in")

people = typer.Typer(name="user", help=say("user_cli.help.user"), no_args_is_help=True)


@people.command("add", help=say("user_cli.help.add"))
@speaking
def _add(
    output: Output, name: Name, role: Role, rows: Rows = None, stdin: Stdin = False, no_password: NoPassword = False,
    project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """Add a user."""
    opened = open_project(project)
    rule = checked_rows(rows, opened.settings)
    password_hash = None if no_password else _password_hash(stdin=stdin)
    with opened.state() as state:
        made = add_user(
            state, name=name, role=role, password_hash=password_hash, now=clock.now(), actor=actor(), rows=rule
        )
    output.line(say("user_cli.added" if password_hash else "user_cli.added_linkless", name=name, role=made.role))
    output.result(_facts(made))


@people.command("list", help=say("user_cli.help.list"))
@speaking
def _list(output: Output, project: ProjectDir = Path()) -> None:
    """Say who there is."""
    with open_project(project).state() as state:
        known = users(state)
    if known:
        output.table([say(f"user_cli.column.{name}") for name in COLUMNS], [_row(one) for one in known], whole=1)
    else:
        output.line(say("user_cli.none"))
    output.result({"users": [_facts(one) for one in known]})


@people.command("role", help=say("user_cli.help.change"))
@speaking
def _role(
    output: Output, name: Name, role: NewRole = None, rows: Rows = None, all_rows: AllRows = False,
    project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """Change what a user may do, or whom she may see."""
    if role is None and rows is None and not all_rows:
        raise failure(ArgumentError, "user_cli.nothing", argument="role", came="")
    if rows is not None and all_rows:
        raise failure(ArgumentError, "user_cli.either", argument="rows", came=rows)
    rule = checked_rows(rows, open_project(project).settings)
    _changed(output, name, Change(role=role, rows=rule, all_rows=all_rows), project, "user_cli.changed")


@people.command("lock", help=say("user_cli.help.lock"))
@speaking
def _lock(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Let a user in no more."""
    _changed(output, name, Change(locked=True), project, "user_cli.locked")


@people.command("unlock", help=say("user_cli.help.unlock"))
@speaking
def _unlock(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Let a user in again."""
    _changed(output, name, Change(locked=False), project, "user_cli.unlocked")


@people.command("password", help=say("user_cli.help.password"))
@speaking
def _password(output: Output, name: Name, stdin: Stdin = False, project: ProjectDir = Path()) -> None:
    """Give a user a new password."""
    with _state(project) as state:
        user(state, name)  # before anybody types two passwords in vain
    change = Change(password_hash=_password_hash(stdin=stdin))
    _changed(output, name, change, project, "user_cli.password_kept")


@people.command("link", help=say("user_cli.help.link"))
@speaking
def _link(output: Output, name: Name, address: Address = "http://127.0.0.1:8000", project: ProjectDir = Path()) -> None:
    """Print a link that signs a user in once."""
    need_server()
    from patron.server.access.links import make_link

    with _state(project) as state:
        known = user(state, name)
        path = make_link(state, known.name, now=clock.now(), actor=actor())
    link = f"{address.rstrip('/')}{path}"
    output.note(say("user_cli.link", name=name))
    if output.as_json:
        output.result({"name": name, "link": link})
    else:
        typer.echo(link)


@people.command("remove", help=say("user_cli.help.remove"))
@speaking
def _remove(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Remove a user."""
    with _state(project) as state:
        remove_user(state, name, now=clock.now(), actor=actor())
    output.line(say("user_cli.removed", name=name))
    output.result({"name": name})


@contextmanager
def _state(project: Path) -> Iterator[State]:
    with open_project(project).state() as state:
        yield state


def _changed(output: Output, name: str, change: Change, project: Path, key: str) -> None:
    with _state(project) as state:
        made = change_user(state, name, change, now=clock.now(), actor=actor())
    output.line(say(key, name=name, role=made.role))
    output.result(_facts(made))


def _password_hash(*, stdin: bool) -> str:
    """Ask for a new password, or read it from standard input, and return its hash."""
    need_server()
    from patron.server.access.passwords import Passwords

    if stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt(say("user_cli.ask"), hide_input=True, confirmation_prompt=True, err=True)
    return Passwords().hash(password)


def _facts(one: User) -> dict[str, Any]:
    return {
        "name": one.name, "role": one.role, "rows": one.rows, "locked": one.locked,
        "password": one.password_hash is not None, "made_at": one.made_at, "signed_in_at": one.signed_in_at,
    }  # fmt: skip


def _row(one: User) -> list[str]:
    state = "locked" if one.locked else "open" if one.password_hash else "link"
    seen = NOTHING if one.signed_in_at is None else day(one.signed_in_at.date())
    return [one.name, say(f"user_cli.role.{one.role}"), one.rows or NOTHING, say(f"user_cli.state.{state}"), seen]

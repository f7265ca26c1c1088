"""`patron privacy requests`: what people asked for, until when it must be answered, and how it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.errors import ArgumentError
from patron.language import NOTHING, day, failure, say
from patron.pipeline import clock, open_project
from patron.pipeline.erased_whom import whom
from patron.pipeline.erasure import found
from patron.privacy.requests import Register, Request

Kind = Annotated[str, typer.Argument(help=say("privacy_cli.help.kind"), show_default=False)]
Customer = Annotated[str, typer.Argument(help=say("privacy_cli.help.customer"), show_default=False)]
RequestId = Annotated[str, typer.Argument(help=say("privacy_cli.help.request"), show_default=False)]
Attribute = Annotated[str, typer.Argument(help=say("privacy_cli.help.attribute"), show_default=False)]
Value = Annotated[str, typer.Argument(help=say("privacy_cli.help.value"), show_default=False)]
Law = Annotated[str, typer.Option("--law", help=say("privacy_cli.help.law"))]
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help=say("privacy_cli.help.on"))]
ReceivedOn = Annotated[
    datetime | None, typer.Option("--received-on", formats=["%Y-%m-%d"], help=say("privacy_cli.help.received_on"))
]
Note = Annotated[str | None, typer.Option("--note", help=say("privacy_cli.help.note"))]
Reason = Annotated[str, typer.Option("--reason", help=say("privacy_cli.help.reason"))]
All = Annotated[bool, typer.Option("--all", help=say("privacy_cli.help.all"))]

requests = typer.Typer(name="requests", help=say("privacy_cli.help.requests"), invoke_without_command=True)


@requests.callback()
@speaking
def _list(output: Output, context: typer.Context, everything: All = False, project: ProjectDir = Path()) -> None:
    """List the requests."""
    if context.invoked_subcommand:
        if project != Path():
            raise failure(ArgumentError, "privacy_cli.project_after", command=context.invoked_subcommand)
        return
    opened = open_project(project)
    today = clock.today(opened.settings.timezone)
    with opened.state() as state:
        known = Register(state, "patron").all()
    listed = [one for one in known if everything or not one.answered]
    columns = ("request", "kind", "subject", "law", "received_on", "due_on", "status")
    if listed:
        rows = [_row(one, today) for one in sorted(listed, key=lambda one: (one.due_on, one.request_id))]
        output.table([say(f"privacy_cli.column.{name}") for name in columns], rows, whole=1)
    else:
        output.line(say("privacy_cli.requests_none", count=len(known)))
    late = [one for one in listed if one.late(today)]
    if late:
        output.line(say("privacy_cli.requests_late", count=len(late)))
    output.result({"requests": [_facts(one, today) for one in listed]})


def _row(one: Request, today: date) -> list[str]:
    status = (
        say("privacy_cli.late") if one.late(today) and not one.answered else say(f"privacy_cli.status.{one.status}")
    )
    return [one.request_id, one.kind, one.subject, one.law, str(one.received_on), str(one.due_on), status]


def _facts(one: Request, today: date) -> dict[str, object]:
    left_out = ("plan", "certificate")
    return {name: value for name, value in vars(one).items() if name not in left_out} | {"late": one.late(today)}


@requests.command(name="open", help=say("privacy_cli.help.open"))
@speaking
def _open(
    output: Output, kind: Kind, customer: Customer, law: Law = "gdpr", received_on: ReceivedOn = None,
    project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """Take in a request."""
    opened = open_project(project)
    known = any(one.total for one in found(opened, customer).values())
    subject = whom(opened.store, customer).customer_id

    def act(register: Register, today: date) -> Request:
        came = _day(received_on, today)
        return register.open(kind, subject, known=known, law=law, received_on=came, now=clock.now())

    _act(output, project, act)


@requests.command(name="close", help=say("privacy_cli.help.close"))
@speaking
def _close(
    output: Output, request: RequestId, note: Note = None, on: On = None, project: ProjectDir = Path()
) -> None:  # fmt: skip
    """Note that a request was answered."""

    def act(register: Register, today: date) -> Request:
        if register.find(request).kind == "erasure":  # words do not erase anybody
            raise failure(ArgumentError, "privacy_cli.close_erasure", request=request)
        return register.close(request, on=_day(on, today), now=clock.now(), note=note)

    _act(output, project, act)


@requests.command(name="refuse", help=say("privacy_cli.help.refuse"))
@speaking
def _refuse(
    output: Output, request: RequestId, reason: Reason, note: Note = None, on: On = None, project: ProjectDir = Path()
) -> None:
    """Note that a request is refused, and why."""
    _act(
        output, project,
        lambda register, today: register.refuse(
            request, reason=reason, on=_day(on, today), now=clock.now(), note=note  # type: ignore[arg-type]
        ),
    )  # fmt: skip


@requests.command(name="extend", help=say("privacy_cli.help.extend"))
@speaking
def _extend(output: Output, request: RequestId, on: On = None, project: ProjectDir = Path()) -> None:
    """Give a request the longer period of its law."""
    _act(output, project, lambda register, today: register.extend(request, on=_day(on, today), now=clock.now()))


@requests.command(name="correct", help=say("privacy_cli.help.correct"))
@speaking
def _correct(
    output: Output, request: RequestId, attribute: Attribute, value: Value, on: On = None,
    project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """Note what is right."""
    _act(
        output, project,
        lambda register, today: register.correct(request, attribute, value, on=_day(on, today), now=clock.now()),
    )  # fmt: skip


def _act(output: Output, project: Path, act: Callable[[Register, date], Request]) -> None:
    opened = open_project(project)
    today = clock.today(opened.settings.timezone)
    with opened.state() as state:
        done = act(Register(state, "patron"), today)
    closed = day(done.closed_on) if done.closed_on else NOTHING
    output.line(say(f"privacy_cli.now.{done.status}", request=done.request_id, due=day(done.due_on), closed=closed))
    if done.confirm_by and not done.answered:
        output.line(say("privacy_cli.confirm_by", day=day(done.confirm_by)))
    output.result(_facts(done, today))


def _day(given: datetime | None, today: date) -> date:
    return given.date() if given else today

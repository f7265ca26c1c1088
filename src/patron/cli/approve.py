"""`patron approve`: who waits for whom, ask, say yes or no."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.engines.approval_state import Approval, approvals
from patron.errors import ArgumentError
from patron.language import NOTHING, day, failure, listing, number, say
from patron.pipeline import open_project
from patron.pipeline.approved import approval_rows, unapproved
from patron.pipeline.approving import answer, ask, day_of
from patron.pipeline.project import Project

Trigger = Annotated[str | None, typer.Argument(help=say("approve_cli.help.trigger"), show_default=False)]
By = Annotated[str | None, typer.Option("--by", help=say("approve_cli.help.by"))]
Ask = Annotated[bool, typer.Option("--ask", help=say("approve_cli.help.ask"))]
Refuse = Annotated[bool, typer.Option("--refuse", help=say("approve_cli.help.refuse"))]
Note = Annotated[str | None, typer.Option("--note", help=say("approve_cli.help.note"))]

COLUMNS = ("trigger", "team", "state", "asked_by", "waits_for", "days", "note")


@speaking
def approve(
    output: Output, trigger: Trigger = None, by: By = None, ask_for: Ask = False, refuse: Refuse = False,
    note: Note = None, project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """List what waits; or ask for an approval, give or refuse one."""
    opened = open_project(project)
    if trigger is None:
        _list(output, opened)
        return
    if by is None:
        raise failure(ArgumentError, "approvals.who", argument="by", came="")
    if ask_for and refuse:
        raise failure(ArgumentError, "approve_cli.either", argument="refuse", came="--ask --refuse")
    made = (
        ask(opened, trigger, by=by, note=note) if ask_for else answer(opened, trigger, by=by, yes=not refuse, note=note)
    )
    output.line(_said(made))
    output.result(asdict(made))


def _said(made: Approval) -> str:
    key = "asked" if made.approved is None else "approved" if made.approved else "refused"
    return say(f"approve_cli.{key}", trigger=made.trigger_name, who=made.waits_for, by=made.decided_by or made.asked_by)


def _list(output: Output, opened: Project) -> None:
    settings, today = opened.settings, day_of(opened)
    with opened.state() as state:
        known = approvals(state)
    rows = approval_rows(settings, known, as_of=today)
    needed = unapproved(settings, known, as_of=today)
    waiting = {row["trigger"] for row in rows if row["state"] == "waiting"}
    if rows:
        heads = [say(f"approve_cli.column_{name}") for name in COLUMNS]
        output.table(heads, [_row(row) for row in rows], whole=1)
    for name, who in needed.items():
        if name not in waiting:
            output.line(say("approve_cli.unasked", trigger=name, who=listing(who)))
    if not rows and not needed:
        output.line(say("approve_cli.nothing"))
    output.result({"approvals": rows, "needed": {name: list(who) for name, who in needed.items()}})


def _row(row: dict[str, Any]) -> list[str]:
    told = {
        **row, "state": say(f"approve_cli.state_{row['state']}"), "days": number(row["days"]),
        "asked_by": f"{row['asked_by']}, {day(row['asked_on'])}",
    }  # fmt: skip
    return [str(told[name] or NOTHING) for name in COLUMNS]

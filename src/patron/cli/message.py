"""`patron message`: what a customer would read, and whether the words are without fault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.console import FAILED, Output, ProjectDir, speaking
from patron.contracts.message import MESSAGE_CHECKS
from patron.decisions.messages.content import Finding
from patron.decisions.messages.render import Rendered
from patron.decisions.messages.words_of_checks import advice, said
from patron.errors import MissingTable
from patron.language import NOTHING, listing, number, percent, say
from patron.pipeline import open_project
from patron.pipeline.check_messages import all_findings, key_of
from patron.pipeline.previewing import preview
from patron.pipeline.project import Project
from patron.pipeline.settings_file import read_settings

Trigger = Annotated[str, typer.Argument(help=say("message_cli.help.trigger"), show_default=False)]
Customer = Annotated[str, typer.Option("--customer", help=say("message_cli.help.customer"))]
Variant = Annotated[str | None, typer.Option("--variant", help=say("message_cli.help.variant"))]
Language = Annotated[str | None, typer.Option("--language", help=say("message_cli.help.language"))]

message = typer.Typer(name="message", help=say("message_cli.help.message"), no_args_is_help=True)

SHOWN = ("channel", "time", "language", "image", "subject", "text", "offer", "footer")


@message.command("preview", help=say("message_cli.help.preview"))
@speaking
def _preview(
    output: Output, trigger: Trigger, customer: Customer, variant: Variant = None, language: Language = None,
    project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """Show a message as one customer would read it."""
    made = preview(open_project(project), trigger, customer=customer, variant=variant, language=language)
    output.line(say("message_cli.preview", trigger=trigger, customer=customer, variant=made.variant))
    for name in SHOWN:
        if (value := getattr(made, name)) is not None:
            output.line(say(f"message_cli.{name}", value=value))
    if made.direction == "rtl":
        output.line(say("message_cli.right_to_left"))
    output.line(_verdict(made))
    output.result(made.facts())


def _verdict(made: Rendered) -> str:
    if made.lacking:
        return say("message_cli.lacking", names=listing(made.lacking))
    return say("message_cli.whole")


@message.command("check", help=say("message_cli.help.check"))
@speaking
def _check(output: Output, project: ProjectDir = Path()) -> None:
    """List all that is wrong with the words of all messages, and how each fits its audience."""
    settings = read_settings(project.resolve())
    found = all_findings(settings)
    for one in found:
        output.line(say(f"message_cli.{one.severity}", place=key_of(one), finding=said(one), advice=advice(one)))
    faulty = any(one.severity == "error" for one in found)
    fits = [] if faulty else _fits(Project(project.resolve()))
    if fits:
        heads = [say(f"message_cli.column_{name}") for name in ("message", "severity", "share", "finding")]
        output.table(heads, [_row(row) for row in fits], whole=1)
    if not found and not fits:
        output.line(say("message_cli.sound", count=len(settings.messages), messages=number(len(settings.messages))))
    output.result({"words": [_facts(one) for one in found], "fit": fits})
    if faulty:
        raise typer.Exit(FAILED)


def _fits(opened: Project) -> list[dict[str, Any]]:
    """Return how messages fit their audience, as the published run found; nothing before the first run."""
    run = opened.store.last()
    if run is None:
        return []
    try:
        rows = run.table(MESSAGE_CHECKS.name, opened.connection).to_pyarrow().to_pylist()
    except MissingTable:  # a run of an earlier version
        return []
    return [row for row in rows if row["audience"] is not None]


def _row(row: dict[str, Any]) -> list[str]:
    place = ".".join(filter(None, (row["trigger"], row["place"])))
    share = NOTHING if row["share"] is None else percent(row["share"])
    return [place, say(f"message_cli.severity_{row['severity']}"), share, row["finding"]]


def _facts(one: Finding) -> dict[str, Any]:
    return {
        "key": key_of(one), "check": one.check, "detail": one.detail, "severity": one.severity, "finding": said(one),
        "advice": advice(one),
    }  # fmt: skip

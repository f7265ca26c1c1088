"""`patron check`: what the data allows, what is wrong with it, and what stays open without more of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from patron.cli.console import FAILED, Folder, Output, ProjectDir, speaking
from patron.language import day, number, say
from patron.pipeline import open_project
from patron.pipeline.check import Checked
from patron.pipeline.check import check as check_project

_OUTCOMES = ("read", "kept", "rejected", "later", "removed")


@speaking
def check(
    output: Output,
    folder: Folder = None,
    project: ProjectDir = Path(),
) -> None:
    """Hold the sources to their contracts and look for faults; nothing is computed, published or written."""
    opened = open_project(folder or project)
    checked = check_project(opened)
    _show(checked, output)
    for name, section in opened.settings.destinations.items():
        for note in section.notes():
            output.note(say("email.note", name=name, note=note))
    output.result(asdict(checked))
    if not checked.sound:
        raise typer.Exit(FAILED)


def _show(checked: Checked, output: Output) -> None:
    output.line(say("cli.check.as_of", day=day(checked.as_of)))
    for source in dict.fromkeys(row["source"] for row in checked.quality):
        output.line(_account(source, checked.quality))
    if checked.waiting:
        output.line(say("check.waiting", events=number(checked.waiting)))
    for row in checked.quality:
        if row["check"] not in ("read", "kept") or row["severity"] != "info":
            output.line("")
            output.line(say(f"check.severity.{row['severity']}", source=row["source"], finding=row["message"]))
            if row["advice"]:
                output.line(say("check.advice", advice=row["advice"]))
    output.line("")
    output.table(
        [say("cli.check.question"), say("cli.check.needs"), say("cli.check.found_in")],
        [[one.question, one.needs, one.found_in] for one in checked.unanswered],
        title=say("cli.check.unanswered"),
    )
    output.line(say("cli.check.next") if checked.sound else say("check.mend"))


def _account(source: str, rows: list[dict[str, Any]]) -> str:
    """Say what became of a source's rows."""
    own = [row for row in rows if row["source"] == source]
    sums = {outcome: number(sum(row["rows"] for row in own if row["outcome"] == outcome)) for outcome in _OUTCOMES}
    return say("check.account", source=source, **sums)

"""`patron check`: what the data allows, and what stays open without more of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.language import day, say
from patron.pipeline import open_project
from patron.pipeline.check import Checked
from patron.pipeline.check import check as check_project


@speaking
def check(
    output: Output,
    folder: Folder = None,
    project: ProjectDir = Path(),
) -> None:
    """Hold the sources to their contracts; nothing is computed."""
    checked = check_project(open_project(folder or project))
    _show(checked, output)
    output.result(asdict(checked))


def _show(checked: Checked, output: Output) -> None:
    output.line(say("cli.check.as_of", day=day(checked.as_of)))
    output.table(
        [say("cli.check.source"), say("cli.check.severity"), say("cli.check.finding"), say("cli.check.advice")],
        [[row["source"], row["severity"], row["message"], row["advice"] or ""] for row in checked.quality],
        title=say("cli.check.quality"),
    )
    output.table(
        [say("cli.check.question"), say("cli.check.needs"), say("cli.check.found_in")],
        [[one.question, one.needs, one.found_in] for one in checked.unanswered],
        title=say("cli.check.unanswered"),
    )
    output.line(say("cli.check.next"))

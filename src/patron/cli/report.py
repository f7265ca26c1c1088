"""`patron report`: one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.contracts import TABLES
from patron.language import say
from patron.pipeline import Project, open_project
from patron.report import report as write_report
from patron.report.of_run import facts_of, memory_of

Target = Annotated[Path | None, typer.Option("--to", help=say("cli.help.report_to"))]


@speaking
def report(
    output: Output,
    folder: Folder = None,
    project: ProjectDir = Path(),
    to: Target = None,
) -> None:
    """Write the report of the published run."""
    path = report_project(open_project(folder or project), to=to)
    output.line(say("cli.report.done", path=path))
    output.result({"report": str(path)})


def report_project(project: Project, *, to: Path | None = None) -> Path:
    """Write the report of the published run beside `patron.yaml`, or where it is wanted."""
    run, settings = project.last(), project.settings
    # All from one run, also when another is published meanwhile.
    tables = {name: run.table(name, project.connection) for name in TABLES}
    target = (to or project.folder / "report.html").resolve()
    return write_report(
        tables, facts_of(settings, run.manifest, tables), to=target, least=settings.privacy.smallest_cell,
        memory=memory_of(project, run.manifest),
    )  # fmt: skip

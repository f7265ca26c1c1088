"""`patron report`: one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.contracts import TABLES
from patron.language import say
from patron.pipeline import Project, open_project
from patron.pipeline.fingerprint import code_version
from patron.report import Facts
from patron.report import report as write_report

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
    # All from one run, also when another is published meanwhile; and money in the currency it was counted in.
    tables = {name: run.table(name, project.connection) for name in TABLES}
    profiles = tables["profiles"]
    revenue = profiles.filter(profiles.basis == "revenue").count().to_pyarrow().as_py()
    facts = Facts(
        name=settings.name,
        currency=run.manifest.currency,
        as_of=run.manifest.as_of,
        horizon_days=run.manifest.horizon_days,
        run_id=run.manifest.run_id,
        basis="revenue" if revenue else "margin",
        version=code_version(),
        simulated=settings.simulated,
        notes=run.manifest.notes,
        spend=run.manifest.models.get("spend_independence"),
    )
    # Where money means something else, figures are others: they are not compared with those shown before.
    memory = project.own / "shared" / f"{run.manifest.terms[:16]}.json"
    target = (to or project.folder / "report.html").resolve()
    return write_report(tables, facts, to=target, least=settings.privacy.smallest_cell, memory=memory)

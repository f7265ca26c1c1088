"""`patron run`: the whole loop, then publish."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.engines import Run
from patron.engines.lock import Holder
from patron.language import day, number, say
from patron.pipeline import Project, open_project

AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=say("cli.help.as_of"))]
Wait = Annotated[bool, typer.Option("--wait", help=say("runs.help.wait"))]
Only = Annotated[str | None, typer.Option("--only", metavar="STEP", help=say("runs.help.only"))]


@speaking
def run(
    output: Output,
    folder: Folder = None,
    project: ProjectDir = Path(),
    as_of: AsOf = None,
    wait: Wait = False,
    only: Only = None,
) -> None:
    """Make a run and publish it."""
    made = run_project(open_project(folder or project), output, as_of=as_of, wait=wait, only=only)
    output.result(facts(made))


def run_project(
    project: Project, output: Output, *, as_of: datetime | None = None, wait: bool = False, only: str | None = None
) -> Run:
    """Make a run, telling what happens."""

    def waiting(holder: Holder) -> None:
        output.note(say("runs.waiting", holder=holder.process, since=holder.clock))

    made = project.run(
        as_of.date() if as_of else None, only=only, waiting=waiting if wait else None, tell=output.progress()
    )
    rows = {
        name: number(getattr(made.manifest, f"rows_{name}")) for name in ("in", "kept", "rejected", "later", "removed")
    }
    output.line(
        say("cli.run.done", run=made.manifest.run_id, day=day(made.manifest.as_of), read=rows.pop("in"), **rows)
    )
    for note in made.manifest.notes:
        output.line(note)
    output.line(say("cli.run.next") if only is None else say("runs.only_made", step=only, run=made.manifest.run_id))
    return made


def facts(made: Run) -> dict[str, object]:
    """Return a run's facts, for `--json`."""
    manifest = made.manifest.model_dump(mode="json", exclude={"inputs", "tables", "settings"})
    return {**manifest, "folder": str(made.folder), "tables": sorted(made.manifest.tables)}

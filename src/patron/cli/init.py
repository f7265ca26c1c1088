"""`patron init`: look at the files, propose a mapping."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.language import listing, say
from patron.pipeline.propose import propose
from patron.pipeline.settings import FILE

From = Annotated[str | None, typer.Option("--from", help=say("cli.help.from"))]


@speaking
def init(
    output: Output,
    folder: Folder = None,
    project: ProjectDir = Path(),
    files: From = None,
) -> None:
    """Write a first patron.yaml."""
    where = folder or project
    proposal = propose(where, files=files)
    output.line(say("cli.init.done", path=where / FILE))
    for field, column in proposal.columns.items():
        output.line(say("cli.init.mapped", field=field, column=column))
    if proposal.missing:
        output.line(say("cli.init.missing", fields=listing(proposal.missing)))
    output.line(say("cli.init.next", folder=where))
    output.result({"file": str(where / FILE), **asdict(proposal), "missing": proposal.missing})

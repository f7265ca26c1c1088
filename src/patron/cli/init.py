"""`patron init`: look at the files, say what they are, propose a mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.language import listing, say
from patron.pipeline.propose import Proposed, propose
from patron.pipeline.proposed_settings import about, why
from patron.sources.recognition.proposal import SourceProposal

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
    proposed = propose(where, files=files)
    recognised = proposed.recognised
    output.line(say("cli.init.done", path=proposed.file))
    for source in recognised.sources:
        _tell(output, source)
    left = [*((one.name, one.why) for one in recognised.left_out), *proposed.unread]
    for file, reason in left:
        output.line(say("init.told.left_out", file=file, why=reason))
    if recognised.missing:
        output.line(say("cli.init.missing", fields=listing(recognised.missing)))
    output.line(say("init.asks", names=listing(("name", *recognised.asked))))
    output.line(say("cli.init.next", folder=where))
    output.result(_facts(proposed))


def _tell(output: Output, source: SourceProposal) -> None:
    output.line(say("init.told.source", source=source.source, file=source.table.name, facts=about(source)))
    for field, mapped in source.columns.items():
        output.line("  " + say("init.told.mapped", field=field, column=mapped.column, why=why(mapped)))
    for hint in source.hints:
        output.line("  " + say("init.told.hint", setting=hint.setting, condition=hint.condition, why=hint.reason))
    for note in source.notes:
        output.line(f"  {note}")


def _facts(proposed: Proposed) -> dict[str, Any]:
    """Return the same as an object."""
    recognised = proposed.recognised
    return {
        "file": str(proposed.file),
        "sources": {one.source: _of_source(one, proposed.paths[one.source]) for one in recognised.sources},
        "left_out": [
            *({"file": one.name, "why": one.why} for one in recognised.left_out),
            *({"file": file, "why": reason} for file, reason in proposed.unread),
        ],
        "answers": {
            one.name: {"value": one.value, "why": one.reason, "known": one.known} for one in recognised.answers
        },
        "asked": ["name", *recognised.asked],
        "missing": list(recognised.missing),
    }


def _of_source(source: SourceProposal, paths: list[str]) -> dict[str, Any]:
    return {
        "path": paths,
        "rows": source.table.rows,
        "whole": source.table.whole,
        "system": source.system.name if source.system else None,
        "format": source.format,
        "columns": {
            name: {"column": one.column, "why": list(one.reasons), "or": list(one.others)}
            for name, one in source.columns.items()
        },
        "hints": [
            {"setting": one.setting, "condition": one.condition, "why": one.reason, "written": one.sure}
            for one in source.hints
        ],
        "notes": list(source.notes),
        "missing": list(source.missing),
        "unused": list(source.unused),
    }

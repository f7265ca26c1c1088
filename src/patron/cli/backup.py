"""`patron backup` and `patron restore`: all of a project that could not be made again, in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patron.cli.actor import actor
from patron.cli.console import Output, ProjectDir, speaking
from patron.errors import ArgumentError
from patron.language import NOTHING, failure, listing, number, say
from patron.pipeline import clock, open_project
from patron.pipeline.backup import backup as write
from patron.pipeline.restore import restore as put_back

To = Annotated[Path | None, typer.Argument(help=say("operations.help.to"), show_default=False)]
Keys = Annotated[bool, typer.Option("--keys", help=say("operations.help.keys"))]
Keep = Annotated[int | None, typer.Option("--keep", min=1, help=say("operations.help.keep"), show_default=False)]
From = Annotated[Path, typer.Argument(help=say("operations.help.from"), show_default=False)]
Into = Annotated[Path, typer.Argument(help=say("operations.help.into"), show_default=False)]
Erased = Annotated[Path | None, typer.Option("--erased", help=say("operations.help.erased"), show_default=False)]
Nobody = Annotated[bool, typer.Option("--nobody-erased-since", help=say("operations.help.nobody"))]
Force = Annotated[bool, typer.Option("--force", help=say("operations.help.force"))]


@speaking
def backup(
    output: Output, to: To = None, project: ProjectDir = Path(), keys: Keys = False, keep: Keep = None
) -> None:  # fmt: skip
    """Write an archive of the project."""
    opened = open_project(project)
    settings = opened.settings.backup
    if to is None and settings.to is None:
        raise failure(ArgumentError, "operations.no_place", argument="to")
    made = write(
        opened,
        to or opened.folder / str(settings.to),
        now=clock.now(),
        keys=keys or settings.keys,
        keep=keep or (settings.keep if to is None else None),
        waiting=lambda holder: output.note(say("operations.waits", process=holder.process, since=holder.clock)),
    )
    output.line(
        say("operations.made", file=str(made.file), size=number(made.bytes // 1024), rows=number(made.rows),
            count=made.tables, run=made.run or NOTHING)
    )  # fmt: skip
    if made.left_out:
        output.note(say("operations.keys_left_out", files=listing(made.left_out)))
    for file in made.removed:
        output.note(say("operations.removed", file=file.name))
    output.result({
        "file": made.file, "bytes": made.bytes, "rows": made.rows, "tables": made.tables, "run": made.run,
        "left_out": made.left_out, "removed": [str(file) for file in made.removed],
    })  # fmt: skip


@speaking
def restore(
    output: Output, archive: From, folder: Into, erased: Erased = None, nobody_since: Nobody = False,
    force: Force = False,
) -> None:  # fmt: skip
    """Put back what an archive holds."""
    done = put_back(
        archive, folder, now=clock.now(), erased=erased, nobody_since=nobody_since, force=force, actor=actor()
    )
    output.line(
        say("operations.restored", folder=str(done.folder), made_at=done.made_at.isoformat(" ", "minutes"),
            rows=number(done.rows), run=done.run or NOTHING, database=done.database)
    )  # fmt: skip
    if done.erased:
        output.line(say("operations.erased_again", count=done.erased, erasures=number(done.erased)))
    for name, count in done.left_behind.items():
        if count:
            output.line(say(f"operations.left_{name}", count=count, number=number(count)))
    if done.carried:
        output.line(say("operations.carried", rows=number(sum(done.carried.values()))))
    output.result({
        "folder": done.folder, "made_at": done.made_at, "rows": done.rows, "run": done.run, "erasures": done.erased,
        "left_behind": dict(done.left_behind), "carried": dict(done.carried),
    })  # fmt: skip

"""What every command shares: its options, what it prints, and how it fails."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from patron.errors import ArgumentError, ConditionError, PatronError, SettingsError
from patron.language import number, say
from patron.pipeline import Progress

DONE, FAILED, USAGE = 0, 1, 2
_THE_CALLERS = (SettingsError, ConditionError, ArgumentError)
"""Errors that the caller or the settings made."""

Folder = Annotated[Path | None, typer.Argument(help=say("cli.help.folder"), show_default=False)]
ProjectDir = Annotated[Path, typer.Option("--project", help=say("cli.help.project"))]
Json = Annotated[bool, typer.Option("--json", help=say("cli.help.json"))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=say("cli.help.quiet"))]
Debug = Annotated[bool, typer.Option("--debug", help=say("cli.help.debug"))]


@dataclass(frozen=True)
class Output:
    """Where a command speaks: results to standard output, progress and errors to standard error."""

    as_json: bool = False
    quiet: bool = False
    debug: bool = False

    @property
    def out(self) -> Console:
        """Standard output."""
        return Console(soft_wrap=True, highlight=False)

    @property
    def err(self) -> Console:
        """Standard error."""
        return Console(stderr=True, soft_wrap=True, highlight=False)

    def line(self, text: str) -> None:
        """Print a sentence, unless only JSON or nothing is wanted."""
        if not self.quiet and not self.as_json:
            self.out.print(escape(text))

    def note(self, text: str) -> None:
        """Print a sentence beside the result."""
        if not self.quiet:
            self.err.print(escape(text), style="dim")

    def table(self, columns: list[str], rows: list[list[str]], *, title: str = "", whole: int = 0) -> None:
        """Print a small table; the first `whole` columns are never broken, for they are there to be copied."""
        if self.quiet or self.as_json:
            return
        table = Table(title=escape(title) or None, title_justify="left", show_edge=False, pad_edge=False)
        for place, name in enumerate(columns):
            table.add_column(escape(name), overflow="fold", no_wrap=place < whole)
        for row in rows:
            table.add_row(*map(escape, row))
        self.out.print(table)

    def result(self, facts: dict[str, Any]) -> None:
        """Print the result as JSON, when that is wanted."""
        if self.as_json:
            sys.stdout.write(json.dumps(facts, default=str, ensure_ascii=False) + "\n")

    def progress(self) -> Callable[[Progress], None]:
        """Return what to tell of every step: a line with rows and seconds as it ends."""

        def tell(step: Progress) -> None:
            if self.quiet:
                return
            name = say(f"cli.step.{step.step}")
            if step.seconds is None:
                if self.err.is_terminal:
                    self.err.print(f"[dim]{step.number:>2}/{step.steps} {name} ...[/dim]", end="\r")
                return
            key = "cli.progress.reused" if step.reused else "cli.progress.done"
            key = "runs.progress.resumed" if step.resumed else key
            facts = {"number": f"{step.number:>2}", "steps": step.steps, "name": f"{name:<44}"}
            self.err.print(say(key, **facts, rows=number(step.rows).rjust(11), seconds=f"{step.seconds:6.1f}"))

        return tell


def speaking(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command what all commands have: `--json`, `--quiet`, `--debug`, and errors in two lines.

    The command's first parameter is its `Output`; the other parameters are its own options.
    """
    own = list(inspect.signature(command).parameters.values())[1:]
    hints = get_type_hints(command, include_extras=True)
    shared = {"as_json": Json, "quiet": Quiet, "debug": Debug}

    @wraps(command)
    def spoken(*, as_json: bool, quiet: bool, debug: bool, **options: Any) -> None:
        output = Output(as_json, quiet, debug)
        with _failing(output):
            command(output, **options)

    kept = [one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in shared.items()
    ]
    spoken.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]
    spoken.__annotations__ = {one.name: one.annotation for one in [*kept, *added]}
    return spoken


@contextmanager
def _failing(output: Output) -> Iterator[None]:
    """Turn what went wrong into two lines and an exit code: what is wrong, and what to do."""
    try:
        yield
    except typer.Exit:  # a command that has said what there is to say
        raise
    except PatronError as error:
        if output.debug:
            raise
        _tell(output, error.problem, error.remedy)
        raise typer.Exit(USAGE if isinstance(error, _THE_CALLERS) else FAILED) from error
    except KeyboardInterrupt as error:
        _tell(output, say("cli.interrupted"), say("cli.interrupted_remedy"))
        raise typer.Exit(FAILED) from error
    except Exception as error:
        if output.debug:
            raise
        first = str(error).partition("\n")[0]
        _tell(output, say("cli.unexpected", kind=type(error).__name__, text=first), say("cli.unexpected_remedy"))
        raise typer.Exit(FAILED) from error


def _tell(output: Output, problem: str, remedy: str) -> None:
    if output.as_json:
        sys.stderr.write(json.dumps({"error": problem, "remedy": remedy}, ensure_ascii=False) + "\n")
        return
    output.err.print(escape(problem), style="bold red")
    if remedy:
        output.err.print(escape(remedy))

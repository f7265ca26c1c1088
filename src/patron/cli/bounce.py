"""`patron bounce`: read e-mails that came back, from files or a mail server's pipe."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.exc import SQLAlchemyError

from patron.activation.email.told import LARGEST, told_by
from patron.cli.console import Output, ProjectDir, speaking
from patron.errors import PatronError, SourceError
from patron.language import failure, number, say
from patron.pipeline import clock, open_project
from patron.pipeline.told_back import tell_back

TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: a mail server keeps what it pipes, and comes again
PIPE = "-"

Files = Annotated[list[str] | None, typer.Argument(help=say("email_cli.help.files"), show_default=False)]
CameTo = Annotated[
    str,
    typer.Option("--recipient", envvar=["ORIGINAL_RECIPIENT", "RECIPIENT"], help=say("email_cli.help.recipient")),
]


@speaking
def bounce(output: Output, files: Files = None, recipient: CameTo = "", project: ProjectDir = Path()) -> None:
    """Read each, and write down what it tells of deliveries of ours."""
    named, now = files or [PIPE], clock.now()
    told = [one for name in named for one in told_by(_read(name), now=now, came_to=recipient)]
    if told:
        with _may_come_again(output), (opened := open_project(project)).state() as state:
            new = tell_back(state, told, zone=ZoneInfo(opened.settings.timezone), now=now)
    else:
        new = 0
    happened = Counter(one.happened for one in told)
    output.line(
        say("email_cli.read", count=len(named), mails=number(len(named)), told=number(len(told)), new=number(new))
    )
    output.result({"read": len(named), "told": len(told), "new": new, "happened": dict(happened)})


@contextmanager
def _may_come_again(output: Output) -> Iterator[None]:
    """Let a mail server keep what could not be written down: a bounce that is lost is never told again."""
    try:
        yield
    except (PatronError, SQLAlchemyError) as error:
        if output.debug:
            raise
        output.note(error.problem if isinstance(error, PatronError) else say("email_cli.not_written"))
        raise typer.Exit(TRY_AGAIN) from error


def _read(name: str) -> bytes:
    """Return one e-mail, up to what is looked at.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    try:
        if name == PIPE:
            raw = sys.stdin.buffer.read(LARGEST)
            while sys.stdin.buffer.read(LARGEST):  # to its end, or the mail server sees a pipe that broke
                pass
            return raw
        with Path(name).open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise failure(SourceError, "email_cli.unreadable", file=name, kind=type(error).__name__) from error

"""A clock that says another day, to try out a run whose decisions have expired; and a word where they have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from patron.cli.console import Output
from patron.language import number, say
from patron.pipeline import clock
from patron.pipeline.project import Project

Today = Annotated[
    datetime | None, typer.Option("--today", formats=["%Y-%m-%d"], help=say("serve.help.today"), show_default=False)
]

FRESH = timedelta(days=2)
"""A run of the day before yesterday is as good as they come where runs are made every night."""


def clock_of(output: Output, project: Project, today: datetime | None) -> Callable[[], datetime]:
    """Return the clock by which it is `today`, and say so; without a day, the true one."""
    if today is not None:
        output.note(say("serve.today", day=today.date().isoformat()))
    return clock.shifted_to(today and today.date(), timezone=project.settings.timezone)


def tell_of_the_run(output: Output, project: Project, today: date) -> None:
    """Say what is wrong with the published run: that there is none, or that much of it has expired."""
    last = project.store.last()
    if last is None:
        output.note(say("serve.no_run"))
    elif today - last.manifest.as_of > FRESH:
        day = last.manifest.as_of.isoformat()
        output.note(say("serve.old_run", day=day, days=number((today - last.manifest.as_of).days)))

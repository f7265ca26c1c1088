"""`patron serve`: take events, answer questions, decide."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.cli.extra import need_server
from patron.language import number, say
from patron.pipeline import clock, open_project
from patron.pipeline.project import Project

Host = Annotated[str, typer.Option("--host", help=say("serve.help.host"))]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help=say("serve.help.port"))]
Link = Annotated[bool, typer.Option("--link", help=say("serve.help.link"))]
Today = Annotated[
    datetime | None, typer.Option("--today", formats=["%Y-%m-%d"], help=say("serve.help.today"), show_default=False)
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help=say("serve.help.workers"))]

FRESH = timedelta(days=2)
"""A run of the day before yesterday is as good as they come where runs are made every night."""


@speaking
def serve(
    output: Output,
    folder: Folder = None,
    project: ProjectDir = Path(),
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    link: Link = False,
    today: Today = None,
) -> None:
    """Serve until told to stop."""
    need_server()
    from patron.server.access.links import first_sign_in
    from patron.server.serve import Listening
    from patron.server.serve import serve as listen

    opened = open_project(folder or project)
    zone = ZoneInfo(opened.settings.timezone)
    now = clock.shifted_to(today and today.date(), timezone=opened.settings.timezone)
    if today is not None:
        output.note(say("serve.today", day=today.date().isoformat()))
    if workers > 1 and not _many(opened):
        output.note(say("serve.one_file", workers=number(workers)))

    def told(listening: Listening) -> None:
        output.line(say("serve.listening", name=opened.settings.name, address=listening.address))
        _tell_of_the_run(output, opened, now().astimezone(zone).date())
        path = first_sign_in(opened, host=listening.host, now=now(), wanted=link)
        if path is not None:
            output.line(say("serve.sign_in", link=f"{listening.address}{path}"))
        facts: dict[str, object] = {
            "address": listening.address,
            "host": listening.host,
            "port": listening.port,
            "workers": workers,
        }
        facts["sign_in"] = path and f"{listening.address}{path}"
        output.result(facts)
        output.out.file.flush()

    listen(opened, host=host, port=port, workers=workers, told=told, clock=now)
    output.line(say("serve.stopped"))


def _tell_of_the_run(output: Output, project: Project, today: date) -> None:
    """Say what is wrong with the published run: that there is none, or that much of it has expired."""
    last = project.store.last()
    if last is None:
        output.note(say("serve.no_run"))
    elif today - last.manifest.as_of > FRESH:
        day = last.manifest.as_of.isoformat()
        output.note(say("serve.old_run", day=day, days=number((today - last.manifest.as_of).days)))


def _many(project: Project) -> bool:
    """Tell whether several processes may write to the database at once."""
    url = project.settings.state
    return url is not None and "://" in url and not url.startswith("sqlite")

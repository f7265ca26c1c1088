"""`patron serve`: take events, answer questions, decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.cli.extra import need_server
from patron.cli.trying_out import Today, clock_of, tell_of_the_run
from patron.language import number, say
from patron.pipeline import open_project
from patron.pipeline.project import Project

Host = Annotated[str, typer.Option("--host", help=say("serve.help.host"))]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help=say("serve.help.port"))]
Link = Annotated[bool, typer.Option("--link", help=say("serve.help.link"))]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help=say("serve.help.workers"))]


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
    from patron.dashboard import dashboard
    from patron.server.access.links import first_sign_in
    from patron.server.serve import Listening
    from patron.server.serve import serve as listen

    opened = open_project(folder or project)
    zone = ZoneInfo(opened.settings.timezone)
    now = clock_of(output, opened, today)
    if workers > 1 and not _many(opened):
        output.note(say("serve.one_file", workers=number(workers)))

    def told(listening: Listening) -> None:
        output.line(say("serve.listening", name=opened.settings.name, address=listening.address))
        tell_of_the_run(output, opened, now().astimezone(zone).date())
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

    listen(opened, host=host, port=port, workers=workers, told=told, clock=now, front=dashboard)
    output.line(say("serve.stopped"))


def _many(project: Project) -> bool:
    """Tell whether several processes may write to the database at once."""
    url = project.settings.state
    return url is not None and "://" in url and not url.startswith("sqlite")

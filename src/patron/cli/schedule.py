"""`patron schedule`: what is done by the clock, by the server or by the system's own means."""

from __future__ import annotations

import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from patron.cli.console import FAILED, Output, ProjectDir, speaking
from patron.engines.database import writing
from patron.engines.job_state import Job, begun, ended, jobs
from patron.errors import ArgumentError
from patron.language import NOTHING, did_you_mean, failure, number, say
from patron.pipeline import clock, open_project
from patron.pipeline.project import Project
from patron.pipeline.schedule_settings import moments
from patron.pipeline.scheduled import LOG_FILE, WORDS, free_lock, start

Which = Annotated[str, typer.Argument(help=say("operations.help.job"), show_default=False)]

COLUMNS = ("job", "when", "next", "last", "outcome", "missed")

schedule = typer.Typer(name="schedule", help=say("operations.help.schedule"), no_args_is_help=True)


@schedule.command("status", help=say("operations.help.status"))
@speaking
def _status(output: Output, project: ProjectDir = Path()) -> None:
    """Say what is planned, when it is due, and how it last went."""
    opened, now = open_project(project), clock.now()
    zone = ZoneInfo(opened.settings.timezone)
    with opened.state() as state, state.engine.connect() as connection:
        known = jobs(connection)
    planned = opened.settings.schedule.jobs
    facts = {name: _facts(name, cron, known.get(name), now, zone) for name, cron in planned.items()}
    if facts:
        titles = [say(f"operations.column_{name}") for name in COLUMNS]
        output.table(titles, [[str(one[name] or NOTHING) for name in COLUMNS] for one in facts.values()])
    else:
        output.line(say("operations.nothing_planned"))
    output.result({"jobs": list(facts.values())})


@schedule.command("run", help=say("operations.help.run_job"))
@speaking
def _run(output: Output, which: Which, project: ProjectDir = Path()) -> None:
    """Do one job now, unless one is under way."""
    if which not in WORDS:
        raise failure(ArgumentError, "operations.no_job", argument="name", came=which, hint=did_you_mean(which, WORDS))
    opened = open_project(project)
    lock = free_lock(opened)
    if lock is None:
        raise failure(ArgumentError, "operations.job_under_way")
    with opened.state() as state:
        with writing(state.engine) as connection:
            begun(connection, which, now=clock.now())
        try:
            child = start(opened, WORDS[which](opened.folder), lock)
        finally:
            lock.release()
        code = child.wait()
        with writing(state.engine) as connection:
            ended(connection, which, outcome="failed" if code else "done", exit_code=code, now=clock.now())
    log = opened.own / LOG_FILE
    output.line(say("operations.job_failed" if code else "operations.job_done", job=which, code=code, log=str(log)))
    output.result({"job": which, "exit_code": code, "log": log})
    if code:
        raise typer.Exit(FAILED)


@schedule.command("cron", help=say("operations.help.cron"))
@speaking
def _cron(output: Output, project: ProjectDir = Path()) -> None:
    """Print the lines of a crontab that do what is planned without a server's doing it."""
    opened = open_project(project)
    lines = [f"CRON_TZ={opened.settings.timezone}"]
    for name, cron in _planned(opened).items():
        words = ["schedule", "run", name, "--quiet", "--project", str(opened.folder)]
        lines.append(f"{cron}  {shlex.join([sys.executable, '-m', 'patron', *words])}")
    for line in lines:
        output.line(line)
    output.result({"crontab": lines})


@schedule.command("systemd", help=say("operations.help.systemd"))
@speaking
def _systemd(output: Output, which: Which, project: ProjectDir = Path()) -> None:
    """Print a service and a timer of systemd for one job, by the moments at which it is due in the next days."""
    opened, now = open_project(project), clock.now()
    planned = _planned(opened)
    if which not in planned:
        raise failure(
            ArgumentError, "operations.no_job", argument="name", came=which, hint=did_you_mean(which, planned)
        )
    zone = opened.settings.timezone
    minute, hour, *rest = planned[which].split()
    if rest != ["*", "*", "*"] or not (minute.isdigit() and hour.isdigit()):
        raise failure(ArgumentError, "operations.only_daily", argument="name", came=planned[which])
    words = shlex.join([sys.executable, "-m", "patron", "schedule", "run", which, "--project", str(opened.folder)])
    text = SERVICE.format(name=which, words=words)
    text += TIMER.format(name=which, when=f"*-*-* {int(hour):02}:{int(minute):02}:00 {zone}")
    output.line(text)
    output.result({"units": text, "next": next(moments(planned[which], after=now, zone=ZoneInfo(zone)))})


SERVICE = """\
# /etc/systemd/system/patron-{name}.service
[Unit]
Description=Patron: {name}

[Service]
Type=oneshot
User=patron
ExecStart={words}

"""

TIMER = """\
# /etc/systemd/system/patron-{name}.timer
[Unit]
Description=Patron: {name}

[Timer]
OnCalendar={when}
Persistent=true

[Install]
WantedBy=timers.target
"""


def _planned(project: Project) -> dict[str, str]:
    planned = project.settings.schedule.jobs
    if not planned:
        raise failure(ArgumentError, "operations.no_schedule")
    return planned


def _facts(name: str, cron: str, job: Job | None, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    due = next(moments(cron, after=now, zone=zone)) if job is None else job.planned_at
    last = None if job is None else job.ended_at or job.began_at
    outcome = job.outcome if job else None
    return {
        "job": name, "when": cron, "next": f"{due.astimezone(zone):%Y-%m-%d %H:%M}",
        "last": last and f"{last.astimezone(zone):%Y-%m-%d %H:%M}",
        "outcome": outcome and say(f"operations.outcome_{outcome}"), "missed": number(job.missed if job else 0),
    }  # fmt: skip

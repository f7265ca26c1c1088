"""Do what is planned by the clock: each job in a process of its own, one at a time over all servers of a project.

Who does it holds a lease in the database; and a job holds a lock on a file for as long as its process lives, whatever
becomes of the server that began it: the lock goes over to the child. So no job begins while another one is under way,
also where a server was killed and left one behind. A moment that passed while nobody could begin is made up for once,
however many they were. A job that was stopped with the server, or killed, is due again at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from patron.engines.atomic import PRIVATE_FOLDER
from patron.engines.database import writing
from patron.engines.job_state import Job, begun, ended, jobs, plan, unplan
from patron.engines.lease_state import give_back, take
from patron.engines.lock import Lock, hold
from patron.engines.state import State
from patron.errors import RunError
from patron.pipeline.project import Project
from patron.pipeline.schedule_settings import moments

LEASE = "schedule"
LOCK_FILE = "schedule.lock"
LOG_FILE = "schedule.log"

WORDS: Mapping[str, Callable[[Path], list[str]]] = {
    "run": lambda folder: ["run", str(folder)],
    "activate": lambda folder: ["activate", str(folder)],
    "backup": lambda folder: ["backup", "--project", str(folder)],
}
"""What each job is, as words of the command line."""


@dataclass
class Schedule:
    """The planned jobs of one project, as one process sees them.

    Parameters
    ----------
    project, state
        The project and its open database.
    holder : str
        Who this is; no other process has the same name.
    words : mapping
        From a job's name to its command; `WORDS` unless a test says otherwise.
    """

    project: Project
    state: State
    holder: str
    words: Mapping[str, Callable[[Path], list[str]]] = field(default_factory=lambda: WORDS)
    _child: subprocess.Popen[bytes] | None = None
    _doing: str | None = None

    def turn(self, now: datetime) -> str | None:
        """Note what has ended, and begin what is due; return the name of what was begun."""
        settings = self.project.settings
        planned, zone = settings.schedule.jobs, ZoneInfo(settings.timezone)
        self._collect(now)
        with writing(self.state.engine) as connection:
            if take(connection, LEASE, holder=self.holder, now=now) is None:
                return None
            known = self._planned(connection, planned, zone, now)
            due = sorted((job.planned_at, name) for name, job in known.items() if job.planned_at <= now)
            if not due or self._child is not None:
                return None
            lock = free_lock(self.project)
            if lock is None:  # what another server began, or a person, is still under way
                return None
            name = due[0][1]
            passed = _passed(planned[name], known[name].planned_at, now, zone)
            plan(connection, name, at=_next(planned[name], now, zone), missed=passed)
            begun(connection, name, now=now)
        self._begin(name, lock)
        return name

    def stop(self, now: datetime, *, seconds: float) -> None:
        """Tell what is under way to end, wait for it so long, and let another process take over."""
        if self._child is not None:
            self._child.terminate()
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._collect(now, stopped=True)
        with writing(self.state.engine) as connection:
            give_back(connection, LEASE, holder=self.holder, now=now)

    def _begin(self, name: str, lock: Lock) -> None:
        """Start a job's process, which inherits the lock; ours is given back, and it holds on."""
        try:
            self._child = start(self.project, self.words[name](self.project.folder), lock)
            self._doing = name
        finally:
            lock.release()

    def _collect(self, now: datetime, *, stopped: bool = False) -> None:
        """Note how a job went that has ended."""
        if self._child is None or self._doing is None or (code := self._child.poll()) is None:
            return
        name, self._child, self._doing = self._doing, None, None
        with writing(self.state.engine) as connection:
            if stopped and code != 0:
                ended(connection, name, outcome="stopped", exit_code=code, now=now)
                plan(connection, name, at=now)
            else:
                ended(connection, name, outcome="done" if code == 0 else "failed", exit_code=code, now=now)

    def _planned(
        self, connection: Connection, planned: Mapping[str, str], zone: ZoneInfo, now: datetime
    ) -> dict[str, Job]:  # fmt: skip
        """Return what is planned, after what the settings say anew was taken up and what they leave out forgotten."""
        known = jobs(connection)
        unplan(connection, known.keys() - planned.keys())
        for name, cron in planned.items():
            job, first = known.get(name), _next(cron, now, zone)
            orphan = job is not None and job.outcome == "running" and self._doing != name
            if job is None:
                plan(connection, name, at=first)
            elif orphan and (lock := free_lock(self.project)) is not None:  # its server was killed, and so was it
                lock.release()
                ended(connection, name, outcome="stopped", exit_code=None, now=now)
                plan(connection, name, at=now)
            elif job.planned_at > now and job.planned_at != first:  # the settings say otherwise than before
                plan(connection, name, at=first)
        return {name: job for name, job in jobs(connection).items() if name in planned}


def free_lock(project: Project) -> Lock | None:
    """Take the lock of planned jobs; none while one is under way."""
    project.own.mkdir(PRIVATE_FOLDER, exist_ok=True)
    try:
        return hold(project.own / LOCK_FILE)
    except RunError:
        return None


def start(project: Project, words: list[str], lock: Lock) -> subprocess.Popen[bytes]:
    """Start a command in a process of its own that holds the lock as long as it lives, and writes to a log."""
    assert lock.handle is not None  # it was just taken
    log = os.open(project.own / LOG_FILE, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "patron", *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=(lock.handle,), start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(log)


def _next(cron: str, now: datetime, zone: ZoneInfo) -> datetime:
    return next(moments(cron, after=now, zone=zone))


def _passed(cron: str, planned_at: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Count the moments after the one that is made up for that have passed, too; a hundred are enough to know."""
    count = 0
    for moment in moments(cron, after=planned_at - timedelta(seconds=1), zone=zone):
        if moment > now or count > 100:
            break
        count += 1
    return max(count - 1, 0)


__all__ = ["LEASE", "LOG_FILE", "WORDS", "Schedule", "free_lock", "start"]

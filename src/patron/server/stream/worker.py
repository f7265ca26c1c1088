"""The one who works the stream: live state, then timers, then what is due; each event once, whatever dies.

Of several processes one holds the lease (`engines.lease_state`). It reads the inbox from where it stands, and in one
transaction folds a batch of events into the live state, lets them arm and cancel timers, decides what fires at once,
and moves on. What is due is decided in transactions of its own, under the same lease. A process that is killed leaves
nothing half done, and another takes over when the lease has ended.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.inbox_state import InboxRow, events_after
from patron.engines.lease_state import Lease, give_back, move, take, worked_to
from patron.engines.schedule_state import next_planned
from patron.engines.state import driver_reason
from patron.engines.timer_state import due, next_due
from patron.engines.timer_tables import STREAM
from patron.errors import PatronError, RunError
from patron.pipeline.serving import Published
from patron.server.decisions.feedback import note_feedback
from patron.server.intake.committer import Committer
from patron.server.live import fold
from patron.server.services import Services
from patron.server.stream.desk import Desks
from patron.server.stream.fire import fire
from patron.server.stream.react import People, react
from patron.server.stream.schedule import schedule
from patron.sources.stream import StreamEvent, read_event

NAME = STREAM
BATCH = 250  # events worked in one transaction: on SQLite nobody else writes in the meantime
TOGETHER = 100  # timers decided in one transaction
POLL_S = 0.5  # at the longest until something is looked for that another process wrote

log = logging.getLogger("patron.stream")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one turn did: `more` says that there is more to do at once."""

    holds: bool = False
    events: int = 0
    decided: int = 0
    more: bool = False


class StreamWorker:
    """Work the stream in a thread of this process, as far as no other process does.

    Parameters
    ----------
    services : Services
        The process's.
    """

    def __init__(self, services: Services) -> None:
        self.services, self._desks = services, Desks(services)
        self.holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.listeners: list[Callable[[], None]] = []  # called after a turn that decided something
        self._woken, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0

    def start(self) -> None:
        """Begin to work; where this process takes events in, each commit of theirs wakes the worker."""
        self._over.clear()
        committer = self.services.parts.get(Committer)
        if isinstance(committer, Committer) and self.wake not in committer.listeners:
            committer.listeners.append(self.wake)
        self._thread = threading.Thread(target=self._work, name="stream", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the turn that is under way, and let another process take over at once."""
        self._over.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        try:
            with writing(self.services.state.engine) as connection:
                give_back(connection, NAME, holder=self.holder, now=self.services.clock())
        except SQLAlchemyError as error:  # the lease ends by itself
            log.warning("lease not given back: %s", type(error).__name__)

    def alive(self) -> bool:
        """Tell whether it works, or would if there were something to do."""
        return self._thread is not None and self._thread.is_alive() and self._failures < 3

    def wake(self) -> None:
        """Say that something has come in."""
        self._woken.set()

    def turn(self) -> Turn:
        """Do what there is to do now, up to one batch of events and of timers.

        Raises
        ------
        SQLAlchemyError
            The database refused; nothing of the turn was done.
        """
        try:
            published = self.services.published()
        except RunError:  # nothing is published yet: events wait in the inbox
            return Turn()
        now = self.services.clock()
        rows, waits = self._waiting(now)
        if not rows and not waits and self._idle(now):
            return Turn(holds=True)
        return self._transact(rows, published, now)

    def _waiting(self, now: datetime) -> tuple[list[InboxRow], bool]:
        """Return the events that wait, and whether timers do."""
        with self.services.state.engine.connect() as connection:
            rows = events_after(connection, worked_to(connection, NAME), limit=BATCH)
            moments = (next_due(connection), next_planned(connection))
        return rows, any(one is not None and one <= now for one in moments)

    def _idle(self, now: datetime) -> bool:
        """Tell whether nothing is to be planned by the clock either; looked at once a day and change."""
        with self.services.state.engine.connect() as connection:
            desk = self._desks.at(connection, self.services.published(), now)
            return desk.is_planned(connection)

    def _transact(self, rows: Sequence[InboxRow], published: Published, now: datetime) -> Turn:
        """Work events in a transaction; where one of them cannot be worked, find it and leave it behind."""
        events = _read(rows)
        try:
            with writing(self.services.state.engine) as connection:
                return self._worked(connection, rows, events, published, now)
        except SQLAlchemyError:
            raise
        except Exception as error:
            if not rows:
                raise
            if len(rows) > 1:
                return self._transact(rows[: len(rows) // 2], published, now)
            log.error("event %d left behind: %s", rows[0].number, type(error).__name__)  # noqa: TRY400 - what it holds is personal
            with writing(self.services.state.engine) as connection:
                return self._worked(connection, rows, [], published, now)

    def _worked(
        self, connection: Connection, rows: Sequence[InboxRow], events: Sequence[StreamEvent], published: Published,
        now: datetime,
    ) -> Turn:  # fmt: skip
        """Do one turn inside a transaction that begins with the lease."""
        lease = take(connection, NAME, holder=self.holder, now=now)
        if lease is None:
            return Turn()
        if rows and rows[0].number <= lease.number:  # another process has worked them since they were read
            return Turn(holds=True, more=True)
        decided = self._react(connection, lease, rows, events, published, now)
        desk = self._desks.at(connection, published, now)
        more = schedule(connection, desk, now=now)
        ready = due(connection, now, limit=TOGETHER)
        if ready:
            people = People(connection, published, now)
            decided += len(fire(connection, ready, desk, people, now=now))
        more = more or len(rows) == BATCH or len(ready) == TOGETHER
        return Turn(holds=True, events=len(rows), decided=decided, more=more)

    def _react(
        self, connection: Connection, lease: Lease, rows: Sequence[InboxRow], events: Sequence[StreamEvent],
        published: Published, now: datetime,
    ) -> int:  # fmt: skip
        if not rows:
            return 0
        decided = 0
        if events:
            fold(connection, events, published=published)
            note_feedback(connection, events, published=published)
            desk = self._desks.at(connection, published, now)
            people = People(connection, published, now)
            at_once = react(connection, events, desk.triggers, people, now=now)
            decided = len(fire(connection, at_once, desk, people, now=now, armed=False)) if at_once else 0
        move(connection, lease, rows[-1].number)
        return decided

    def _work(self) -> None:
        while not self._over.is_set():
            self._woken.clear()
            try:
                done = self.turn()
                self._failures = 0
                if done.decided:
                    for listener in self.listeners:
                        listener()
            except (SQLAlchemyError, PatronError, OSError) as error:
                self._failures += 1
                said = driver_reason(error) if isinstance(error, SQLAlchemyError) else type(error).__name__
                log.error("turn failed: %s", said)  # noqa: TRY400 - a trace would show rows
                done = Turn()
            if not done.more:
                self._woken.wait(POLL_S)


def _read(rows: Sequence[InboxRow]) -> list[StreamEvent]:
    """Read events; one that cannot be read was accepted by mistake, and is left behind."""
    events = []
    for row in rows:
        try:
            events.append(read_event(row))
        except (PatronError, ValueError, KeyError, TypeError) as error:
            log.error("event %d cannot be read: %s", row.number, type(error).__name__)  # noqa: TRY400
    return events


__all__ = ["StreamWorker", "Turn"]

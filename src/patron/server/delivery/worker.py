"""Fills the outbox every few seconds, or when something was decided, and hands over what is due.

In every process a thread a destination waits for its turn; one process at a time works a destination (its lease), and
one fills. A destination that cannot be opened is written down as such, for a person to see, and keeps no other back.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.destination_state import destination_state, remember_destination
from patron.engines.lease_state import give_back, take
from patron.engines.outbox_replay import forget
from patron.engines.state import driver_reason
from patron.errors import PatronError
from patron.pipeline.delivering import Delivering, delivering, fill
from patron.server.services import Services
from patron.server.stream import StreamWorker

FILLING = "filling"
"""The lease of whoever fills."""

EVERY_S = 5.0
"""At the longest until the outbox is filled again."""

FILLED_S = 2.0
"""So long one who fills is waited for when all else has stopped; what is not committed is put in another time."""

FORGETS = timedelta(hours=1)
"""So often what was given up long ago is emptied."""

NOT_OPENED = "not_opened"

log = logging.getLogger("patron.delivery")


class DeliveryWorker:
    """Works the destinations of the settings in threads of this process.

    Parameters
    ----------
    services : Services
        The process's.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._woken, self._over = threading.Event(), threading.Event()
        self._delivering: Delivering | None = None
        self._thread: threading.Thread | None = None
        self._failures = 0
        self._forgot: datetime | None = None

    def start(self) -> None:
        """Begin, where the settings name a destination; whatever the stream decides wakes the one who fills."""
        if not self.services.settings.destinations:
            return
        self._over.clear()
        services = self.services
        self._delivering = delivering(
            services.project, services.state, services.settings.destinations, clock=services.clock,
            published=services.published,
        )  # fmt: skip
        self._note_unopened(self._delivering)
        stream = services.parts.get(StreamWorker)
        if isinstance(stream, StreamWorker) and self.wake not in stream.listeners:
            stream.listeners.append(self.wake)
        self._delivering.couriers.start()
        self._thread = threading.Thread(target=self._work, name="filling", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, for as long as the server may take to stop; the rest the next one takes up."""
        self._over.set()
        self._woken.set()
        if self._delivering is not None and not self._delivering.couriers.stop(
            wait_s=self.services.limits.stop_seconds
        ):
            log.warning("stopped while a destination had not answered")
        if self._thread is not None:
            self._thread.join(FILLED_S)
            self._thread = None

    def alive(self) -> bool:
        """Tell whether it works, or would if there were something to do."""
        if self._delivering is None:
            return True
        filling = self._thread is not None and self._thread.is_alive() and self._failures < 3
        return filling and self._delivering.couriers.alive()

    def wake(self) -> None:
        """Say that something was decided."""
        self._woken.set()

    def fill(self) -> bool:
        """Fill the outbox once, unless another process does; return whether it did.

        Raises
        ------
        SQLAlchemyError
            The database refused.
        """
        services, now = self.services, self.services.clock()
        if services.project.store.last_id() is None:  # before the first run nobody is decided about
            return False
        with writing(services.state.engine) as connection:
            if take(connection, FILLING, holder=self._holder, now=now) is None:
                return False
        filled = fill(services.project, services.state, now=now)
        self._forget(now)
        self._failures = self._failures + 1 if filled.failed else 0
        for name, error in filled.failed.items():
            log.error("filling %s failed: %s", name, type(error).__name__)
        if self._delivering is not None and filled.filled.made:
            self._delivering.couriers.wake()
        return True

    def _forget(self, now: datetime) -> None:
        if self._forgot is None or now - self._forgot >= FORGETS:
            with writing(self.services.state.engine) as connection:
                forget(connection, now=now)
            self._forgot = now

    def _work(self) -> None:
        while not self._over.is_set():
            self._woken.clear()
            try:
                self.fill()
            except (SQLAlchemyError, PatronError, OSError) as error:
                self._failures += 1
                said = driver_reason(error) if isinstance(error, SQLAlchemyError) else type(error).__name__
                log.error("filling failed: %s", said)  # noqa: TRY400 - a trace would show rows
            self._woken.wait(EVERY_S)
        self._end()

    def _end(self) -> None:
        try:
            with writing(self.services.state.engine) as connection:
                give_back(connection, FILLING, holder=self._holder, now=self.services.clock())
        except SQLAlchemyError as error:  # the lease ends by itself
            log.warning("lease not given back: %s", type(error).__name__)

    def _note_unopened(self, opened: Delivering) -> None:
        now = self.services.clock()
        for name, error in opened.unopened.items():
            log.error("%s cannot be opened: %s", name, type(error).__name__)
            with writing(self.services.state.engine) as connection:
                state = replace(destination_state(connection, name), breaker="open", reason=NOT_OPENED)
                remember_destination(connection, state, now=now)


__all__ = ["DeliveryWorker"]

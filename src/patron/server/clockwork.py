"""What the settings plan by the clock, begun by whichever process of the server holds the lease."""

from __future__ import annotations

import logging
import os
import secrets
import threading

from sqlalchemy.exc import SQLAlchemyError

from patron.engines.state import driver_reason
from patron.errors import PatronError
from patron.pipeline.scheduled import Schedule
from patron.server.services import Services

LOOK_S = 2.0
ENDS_IN_S = 10.0  # what a job gets to end tidily when the server is told to stop

log = logging.getLogger("patron.schedule")


class Clockwork:
    """Looks every few seconds what is due, in a thread of its own; none where nothing is planned.

    Parameters
    ----------
    services : Services
        The process's.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._schedule = Schedule(services.project, services.state, f"{os.getpid()}-{secrets.token_hex(4)}")
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look, where anything is planned."""
        if self._services.settings.schedule.jobs:
            self._over.clear()
            self._thread = threading.Thread(target=self._look, name="schedule", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, and what is under way with it: it is due again at the next start."""
        if self._thread is None:
            return
        self._over.set()
        self._thread.join()
        self._thread = None
        seconds = min(ENDS_IN_S, self._services.limits.stop_seconds)
        try:
            self._schedule.stop(self._services.clock(), seconds=seconds)
        except SQLAlchemyError as error:  # the next start finds the job without an end, and makes it due
            log.warning("not noted: %s", type(error).__name__)

    def alive(self) -> bool:
        """Tell whether it looks, or has nothing to look for."""
        return not self._services.settings.schedule.jobs or (self._thread is not None and self._thread.is_alive())

    def _look(self) -> None:
        while not self._over.is_set():
            try:
                begun = self._schedule.turn(self._services.clock())
                if begun is not None:
                    log.info("%s begun", begun)
            except (SQLAlchemyError, PatronError, OSError) as error:
                said = driver_reason(error) if isinstance(error, SQLAlchemyError) else type(error).__name__
                log.error("not looked: %s", said)  # noqa: TRY400 - a trace would show rows
            self._over.wait(LOOK_S)


__all__ = ["Clockwork"]

"""Asks the destinations that can be asked what happened to messages, every minute, in one process at a time."""

from __future__ import annotations

import logging
import os
import secrets
import threading

from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.lease_state import give_back, take
from patron.engines.state import driver_reason
from patron.errors import PatronError
from patron.pipeline.reading_back import read_back
from patron.server.services import Services

READING = "reading_back"
"""The lease of whoever reads."""

EVERY_S = 60.0

log = logging.getLogger("patron.delivery")


class ReadingBack:
    """A thread that reads back. Where the settings name no destination there is none.

    Parameters
    ----------
    services : Services
        The process's.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, where there is somebody to ask."""
        if not self.services.settings.destinations:
            return
        self._over.clear()
        self._thread = threading.Thread(target=self._work, name="reading back", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, for as long as the server may take to stop; what was not written is told again."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(self.services.limits.stop_seconds)
            self._thread = None

    def read(self) -> bool:
        """Ask once, unless another process does; return whether it did.

        Raises
        ------
        SQLAlchemyError
            The database refused.
        """
        services = self.services
        with writing(services.state.engine) as connection:
            if take(connection, READING, holder=self._holder, now=services.clock()) is None:
                return False
        done = read_back(services.project, services.state, now=services.clock())
        for name, error in done.failed.items():
            log.error("%s was not read back: %s", name, type(error).__name__)
        return True

    def _work(self) -> None:
        while not self._over.is_set():
            try:
                self.read()
            except (SQLAlchemyError, PatronError, OSError) as error:
                said = driver_reason(error) if isinstance(error, SQLAlchemyError) else type(error).__name__
                log.error("reading back failed: %s", said)  # noqa: TRY400 - a trace would show rows
            self._over.wait(EVERY_S)
        try:
            with writing(self.services.state.engine) as connection:
                give_back(connection, READING, holder=self._holder, now=self.services.clock())
        except SQLAlchemyError as error:  # the lease ends by itself
            log.warning("lease not given back: %s", type(error).__name__)


__all__ = ["ReadingBack"]

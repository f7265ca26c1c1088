"""What was given, written down behind the answers: in batches, by one thread a process.

An answer does not wait for the disk. A process that is killed loses the decisions of the last moment: what is later
told of them finds nothing, so that no rate is wrong by it. A process that is told to stop writes all of them. Where the
database refuses for so long that the queue is full, no decision is made: one that is not written down teaches nothing.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from patron.engines.database import writing
from patron.engines.decision_log_state import Logged, forget_decisions, log_decisions
from patron.engines.moments import stored
from patron.server.refused import refused
from patron.server.services import Services

BATCH = 500
MOST_WAITING = 20_000
PAUSE_S = 0.1  # between two batches: the fewer, the less others wait for the database
RETRY_S = 1.0

log = logging.getLogger("patron.decisions")


class DecisionLog:
    """The queue of decisions that are to be written down, and the thread that does it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: deque[Logged] = deque()
        self._writing = threading.Lock()
        self._forgot_on: date | None = None
        self._came, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._over.clear()
        self._thread = threading.Thread(target=self._work, name="decision-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        self._over.set()
        self._came.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._try()

    def alive(self) -> bool:
        """Tell whether decisions are written down."""
        return self._thread is not None and self._thread.is_alive() and len(self._waiting) < MOST_WAITING

    def put(self, decisions: Sequence[Logged]) -> None:
        """Take decisions over.

        Raises
        ------
        Refused
            503: too many wait.
        """
        if len(self._waiting) + len(decisions) > MOST_WAITING:
            raise refused(503, "on_request.log_full", headers={"Retry-After": "5"})
        self._waiting.extend(decisions)
        self._came.set()

    def flush(self) -> None:
        """Write all that waits.

        Raises
        ------
        OperationalError
            The database refused; what was not written waits on.
        """
        with self._writing:
            while self._waiting:
                batch = [self._waiting[place] for place in range(min(BATCH, len(self._waiting)))]
                self._write(batch)
                for _ in batch:
                    self._waiting.popleft()
            self._forget()

    def _forget(self) -> None:
        """Remove what is older than it may be, once a day."""
        now = self._services.clock()
        if self._forgot_on != now.date():
            forget_decisions(
                self._services.state, before=stored(now - timedelta(days=self._services.limits.decisions_kept))
            )
            self._forgot_on = now.date()

    def _write(self, batch: Sequence[Logged]) -> None:
        """Write a batch; where one decision cannot be kept, all but it."""
        try:
            with writing(self._services.state.engine) as connection:
                log_decisions(connection, batch)
        except OperationalError:
            raise
        except SQLAlchemyError as error:
            if len(batch) == 1:
                log.warning("one left out: %s", type(error).__name__)
                return
            for one in batch:
                self._write([one])

    def _work(self) -> None:
        while not self._over.is_set():
            self._came.wait()
            self._came.clear()
            self._over.wait(PAUSE_S if self._try() else RETRY_S)
            if self._waiting:
                self._came.set()

    def _try(self) -> bool:
        try:
            self.flush()
        except OperationalError as error:
            log.warning("not written: %s", type(error).__name__)
            return False
        return True

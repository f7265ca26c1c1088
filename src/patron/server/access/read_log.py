"""Every read of a person stands in the audit before it is answered.

The audit is a chain, so only one entry can be written at a time; but a commit can hold many. Reads that come while one
commit is under way wait for the next one together, so that they wait for two commits at most, however many they are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition, Thread

from patron.engines.database import writing
from patron.engines.state import State
from patron.privacy.audit import Entry, append_all
from patron.privacy.pseudonyms import pseudonyms
from patron.server.access.token_book import TokenBook
from patron.server.refused import refused

LOG = logging.getLogger("patron.server")

READ = "customer.read"

MOST = 5_000  # reads in one commit

PATIENCE_S = 30.0  # how long a read waits to be written down

EVERY_S = 30.0  # how often the last use of tokens is written down


@dataclass(frozen=True)
class Read:
    """Somebody read something of somebody."""

    actor: str
    customer_id: str
    what: str  # one word, such as profile
    at: datetime


@dataclass
class ReadLog:
    """Writes reads down, in a thread of its own once it was started, else at once."""

    state: State
    book: TokenBook
    _waiting: list[tuple[Sequence[Read], Future[None]]] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)
    _thread: Thread | None = None
    _stopping: bool = False

    def start(self) -> None:
        """Begin to write."""
        self._stopping = False
        self._thread = Thread(target=self._work, name="patron-read-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        thread, self._thread = self._thread, None
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if thread is not None:
            thread.join()

    def alive(self) -> bool:
        """Tell whether reads can be written."""
        return self._thread is not None and self._thread.is_alive()

    def note(self, reads: Sequence[Read]) -> None:
        """Write reads down, and return when they are on the disk.

        Raises
        ------
        SQLAlchemyError
            The database refused: what was read must not be shown.
        Refused
            503: it takes too long, as while another process keeps the database to itself.
        """
        if not reads:
            return
        done: Future[None] = Future()
        with self._changed:
            waits = self.alive() and not self._stopping
            if waits:
                self._waiting.append((reads, done))
                self._changed.notify()
        if waits:
            try:
                done.result(PATIENCE_S)
            except TimeoutError as error:
                raise refused(503, "access.slow", headers={"Retry-After": "5"}) from error
        else:
            self._write(reads)

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._waiting and not self._stopping:
                    self._changed.wait(EVERY_S)
                taken = self._taken()
                last = self._stopping and not self._waiting
            if taken:
                self._commit(taken)
            self._write_uses()
            if last:
                return

    def _write_uses(self) -> None:
        """Write down when tokens were used; whatever hinders that must not end the thread on which reads wait."""
        try:
            self.book.write_uses()
        except Exception as error:  # noqa: BLE001 - the next round can do it as well
            LOG.warning("the last use of tokens was not written down: %s", type(error).__name__)

    def _taken(self) -> list[tuple[Sequence[Read], Future[None]]]:
        """Take what one commit shall hold: at least one call's reads, and no more than `MOST` beyond them."""
        taken: list[tuple[Sequence[Read], Future[None]]] = []
        size = 0
        while self._waiting and size < MOST:
            taken.append(self._waiting.pop(0))
            size += len(taken[-1][0])
        return taken

    def _commit(self, taken: list[tuple[Sequence[Read], Future[None]]]) -> None:
        try:
            self._write([read for reads, _done in taken for read in reads])
        except Exception as error:  # noqa: BLE001 - each of those who wait has to hear of it
            for _reads, done in taken:
                done.set_exception(error)
            return
        for _reads, done in taken:
            done.set_result(None)

    def _write(self, reads: Sequence[Read]) -> None:
        with writing(self.state.engine) as connection:
            names = pseudonyms(connection, {read.customer_id for read in reads})
            entries = [Entry(read.actor, READ, names[read.customer_id], {"what": read.what}, read.at) for read in reads]
            append_all(connection, entries)

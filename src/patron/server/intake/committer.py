"""Group commit: one thread writes what came while it wrote before, in one transaction; then all who wait are told.

A transaction costs a flush of the disk, which takes about as long for one event as for a thousand. So nobody waits for
a timer: the first request of an idle server is written at once, those that come meanwhile together after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from patron.engines.inbox_state import micros
from patron.engines.inbox_write import Group, InboxWriter
from patron.server.services import Services

log = logging.getLogger("patron.intake")

MOST_EVENTS = 1_500  # of one transaction, beyond the request that goes over it
MOST_WAITING = 64 * 1024 * 1024  # bytes that wait to be written; beyond it nobody is let in


@dataclass(slots=True)
class _Waiting:
    group: Group
    told: asyncio.Future[None]


class Committer:
    """The one writer of a process: `commit` returns when a request's events are on the disk.

    The loop's thread collects what comes and hands it over whole whenever the writer is idle, so that the two threads
    meet once a transaction and not once a request. `listeners` are called in the writer's thread after each
    transaction, as ``listener()``: they only set an event.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.listeners: list[Callable[[], None]] = []
        self._collected: list[_Waiting] = []
        self._size = 0  # bytes that wait
        self._busy = False  # the writer has something to do, or will have before the loop turns
        self._queue: SimpleQueue[list[_Waiting] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the writer."""
        self._thread = Thread(target=self._work, name="patron-committer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what was handed over, and end."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def alive(self) -> bool:
        """Tell whether the writer works."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def full(self) -> bool:
        """Whether so much waits that nothing more is taken in."""
        return self._size > MOST_WAITING

    async def commit(self, group: Group, size: int) -> None:
        """Return when `group`, made of `size` bytes, is on the disk.

        Raises
        ------
        Exception
            The driver's own: nothing of it counts as accepted, and it may be sent again.
        """
        loop = asyncio.get_running_loop()
        told = loop.create_future()
        self._collected.append(_Waiting(group, told))
        self._size += size
        if not self._busy:
            self._busy = True
            loop.call_soon(self._hand_over)
        try:
            await told
        finally:
            self._size -= size

    def _hand_over(self) -> None:
        """Give the writer what was collected, up to about `MOST_EVENTS`."""
        events, place = 0, 0
        while place < len(self._collected) and events < MOST_EVENTS:
            group = self._collected[place].group
            events += len(group.keys) + len(group.dead_keys)
            place += 1
        taken, self._collected = self._collected[:place], self._collected[place:]
        self._queue.put(taken)

    def _written(self, taken: list[_Waiting], error: BaseException | None) -> None:
        """Tell those who wait, and go on with what came meanwhile."""
        for one in taken:
            if one.told.done():  # whoever waited has gone
                continue
            if error is None:
                one.told.set_result(None)
            else:
                one.told.set_exception(error)
        if self._collected:
            self._hand_over()
        else:
            self._busy = False

    def _work(self) -> None:
        """Write what is handed over, until told to stop."""
        writer = InboxWriter(self.services.state.engine)
        try:
            while (taken := self._queue.get()) is not None:
                self._write(writer, taken)
                _settle(writer)
        finally:
            writer.close()

    def _write(self, writer: InboxWriter, taken: list[_Waiting]) -> None:
        error: BaseException | None = None
        try:
            writer.write(_joined(taken), now=micros(self.services.clock()))
        except BaseException as raised:  # noqa: BLE001 - whoever waits is told, whatever it was
            error = raised
        try:
            taken[0].told.get_loop().call_soon_threadsafe(self._written, taken, error)
        except RuntimeError:  # the loop has ended, and with it whoever waited
            return
        if error is None:
            for listener in self.listeners:
                listener()


def _settle(writer: InboxWriter) -> None:
    """Let the writer put keys away now that everybody is answered."""
    try:
        writer.settle()
    except Exception as error:  # noqa: BLE001 - it keeps them, and tries again after the next transaction
        log.warning("keys not put away: %s", type(error).__name__)


def _joined(taken: list[_Waiting]) -> Group:
    """Return the groups of several requests as one."""
    if len(taken) == 1:
        return taken[0].group
    joined = Group()
    for one in taken:
        joined.keys += one.group.keys
        joined.events += one.group.events
        joined.dead_keys += one.group.dead_keys
        joined.dead += one.group.dead
    return joined

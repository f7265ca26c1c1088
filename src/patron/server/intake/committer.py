"""Group commit: one thread writes what came while it wrote before, in one transaction; then all who wait are told.

A transaction costs a flush of the disk, which takes about as long for one event as for a thousand. So nobody waits for
a timer: the first request of an idle server is written at once, those that come meanwhile together after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
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

    The loop's thread lays down what comes; the writer takes all that lies there as soon as it has written what came
    before, and is woken once for all of it, so that neither waits for the other. `listeners` are called in the
    writer's thread after each transaction, as ``listener()``: they only set an event.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.listeners: list[Callable[[], None]] = []
        self._laid: deque[_Waiting] = deque()
        self._size = 0  # bytes that wait
        self._woken = False  # the writer will look at what lies there
        self._queue: SimpleQueue[bool] = SimpleQueue()  # wakes the writer; False ends it
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the writer."""
        self._thread = Thread(target=self._work, name="patron-committer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what was handed over, and end."""
        if self._thread is not None:
            self._queue.put(False)
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
        told = asyncio.get_running_loop().create_future()
        self._laid.append(_Waiting(group, told))
        self._size += size
        if not self._woken:
            self._woken = True
            self._queue.put(True)
        try:
            await told
        finally:
            self._size -= size

    def _work(self) -> None:
        """Write what is laid down, until told to stop."""
        writer = InboxWriter(self.services.state.engine)
        try:
            while self._queue.get():
                self._woken = False  # before it looks: what is laid down from now on wakes it again
                while taken := self._taken():
                    self._write(writer, taken)
                    _settle(writer)
        finally:
            writer.close()

    def _taken(self) -> list[_Waiting]:
        """Take what lies there, up to about `MOST_EVENTS`."""
        taken: list[_Waiting] = []
        events = 0
        while self._laid and events < MOST_EVENTS:
            taken.append(self._laid.popleft())
            events += len(taken[-1].group.keys) + len(taken[-1].group.dead_keys)
        return taken

    def _write(self, writer: InboxWriter, taken: list[_Waiting]) -> None:
        error: BaseException | None = None
        try:
            writer.write(_joined(taken), now=micros(self.services.clock()))
        except BaseException as raised:  # noqa: BLE001 - whoever waits is told, whatever it was
            error = raised
        try:
            taken[0].told.get_loop().call_soon_threadsafe(_tell, taken, error)
        except RuntimeError:  # the loop has ended, and with it whoever waited
            return
        if error is None:
            for listener in self.listeners:
                listener()


def _tell(taken: list[_Waiting], error: BaseException | None) -> None:
    """Tell those who wait."""
    for one in taken:
        if one.told.done():  # whoever waited has gone
            continue
        if error is None:
            one.told.set_result(None)
        else:
            one.told.set_exception(error)


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

"""Events on their way: kept in order until the server has them, and sent several at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from patron.errors import ServerError
from patron.language import failure

MOST_BYTES = 450_000
"""Of one sending; a server takes 500 KB."""

LOST_CAUSE = frozenset({400, 413, 415, 422})
"""The server will never take these events, however often they are sent."""

Failed = Callable[[ServerError, int], None]
"""Told of what could not be sent, and how many events were given up: none where they are kept for later."""


class Outbox:
    """A queue with one thread that empties it.

    Parameters
    ----------
    send : callable
        Sends events, each as JSON; raises `ServerError`.
    failed : callable
        Told when the thread could not send.
    batch : int
        So many events are sent at a time, and as soon as they wait.
    every_s : float
        So often what waits is sent, in seconds.
    most : int
        So many events may wait.
    """

    def __init__(
        self, send: Callable[[Sequence[bytes]], None], *, failed: Failed, batch: int, every_s: float, most: int
    ) -> None:
        self._send, self._failed = send, failed
        self._batch, self._every_s, self._most = batch, every_s, most
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._closed = False
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: bytes) -> None:
        """Let an event wait for its turn.

        Raises
        ------
        ServerError
            Too many wait already, or the outbox is closed.
        """
        with self._changed:
            if self._closed:
                raise failure(ServerError, "client.closed")
            if len(self._waiting) >= self._most:
                raise failure(ServerError, "client.full", waiting=len(self._waiting))
            self._waiting.append(event)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="patron-client", daemon=True)
                self._thread.start()
            if len(self._waiting) >= self._batch:
                self._changed.notify()

    def flush(self) -> None:
        """Send all that waits now.

        Raises
        ------
        ServerError
            The server cannot be reached, or refuses. What it may take later goes on waiting.
        """
        for _ in range(len(self._waiting)):  # what is put meanwhile is another flush's
            if not self._send_some():
                return

    def close(self) -> None:
        """Send all that waits, and take no more.

        Raises
        ------
        ServerError
            As `flush`; what could not be sent is lost with the process, and the error says how many events that are.
        """
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        try:
            self.flush()
        except ServerError as error:
            if not self._waiting:
                raise
            raise failure(ServerError, "client.unsent", count=len(self._waiting), reason=error.problem) from error

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or len(self._waiting) >= self._batch, self._every_s)
                if self._closed:
                    return
            try:
                self.flush()
            except ServerError as error:
                given_up = error.data.get("given_up", 0)
                self._failed(error, given_up if isinstance(given_up, int) else 0)
                with self._changed:  # the server is in trouble: do not come back before the interval is over
                    self._changed.wait_for(lambda: self._closed, self._every_s)

    def _send_some(self) -> bool:
        """Send the oldest events; tell whether there were any. They leave the queue when the server has them."""
        with self._sending:
            some = self._oldest()
            if not some:
                return False
            try:
                self._send(some)
            except ServerError as error:
                if error.data.get("status") not in LOST_CAUSE:
                    raise
                self._forget(len(some))
                raise failure(
                    ServerError, "client.given_up", count=len(some), given_up=len(some), reason=str(error),
                    status=error.data["status"],
                ) from error  # fmt: skip
            self._forget(len(some))
            return True

    def _oldest(self) -> list[bytes]:
        with self._changed:
            some: list[bytes] = []
            size = 0
            for event in self._waiting:
                size += len(event) + 1
                if some and (size > MOST_BYTES or len(some) == self._batch):
                    break
                some.append(event)
            return some

    def _forget(self, count: int) -> None:
        with self._changed:
            for _ in range(count):
                self._waiting.popleft()

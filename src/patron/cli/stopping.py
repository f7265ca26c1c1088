"""Ctrl+C and SIGTERM as a wish: what is under way is finished, and nothing is begun."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """Yield an event that is set when the process is told to end; told twice, it ends as usual."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only there signals can be listened to
        yield told
        return
    before = {one: signal.getsignal(one) for one in ENDS}

    def tell(number: int, _frame: FrameType | None) -> None:
        told.set()
        signal.signal(number, before[signal.Signals(number)])

    for one in ENDS:
        signal.signal(one, tell)
    try:
        yield told
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


__all__ = ["told_to_stop"]

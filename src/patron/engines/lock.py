"""One maker at a time: a lock on a file, freed by the operating system however its holder ends."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from patron.errors import RunError
from patron.language import failure

try:
    import fcntl
except ImportError:  # Windows: no advisory locks of this kind; its own file sharing rules protect an open draft
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, and since when."""

    process: str
    since: datetime

    @property
    def clock(self) -> str:
        """The time since which it is held, on this machine's clock."""
        return f"{self.since.astimezone():%Y-%m-%d %H:%M:%S}"


@dataclass
class Lock:
    """A held lock. `release` gives it back; so does the end of the process, a kill included."""

    handle: int | None

    def release(self) -> None:
        """Give the lock back; once is enough, twice does no harm."""
        # Forgotten before it is closed: the number may belong to another file by the second time.
        handle, self.handle = self.handle, None
        if handle is not None:
            os.close(handle)


Waiting = Callable[[Holder], None]
"""Told once who holds the lock, before the wait begins."""


def hold(path: Path, *, waiting: Waiting | None = None) -> Lock:
    """Take the lock on `path`, which is made when it is not there.

    Parameters
    ----------
    path : Path
        The file.
    waiting : callable, optional
        With it, a lock that is held is waited for: asleep in the operating system, which wakes us when it is free.

    Raises
    ------
    RunError
        Another process holds it, and we do not wait; its number and since when are in the text.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            _take(handle, path, waiting)
        os.truncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"{os.getpid()} {platform.node()}".encode("ascii", "replace"))
    except BaseException:
        os.close(handle)
        raise
    return Lock(handle)


def _take(handle: int, path: Path, waiting: Waiting | None) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = _holder(handle)
        if waiting is None:
            raise failure(
                RunError, "errors.run_locked", folder=str(path.parent), holder=holder.process, since=holder.clock
            ) from error
        waiting(holder)
        fcntl.flock(handle, fcntl.LOCK_EX)


def _holder(handle: int) -> Holder:
    """Read who wrote itself into the file, and when: the file is written only by who has just taken the lock."""
    number, _, machine = os.read(handle, 256).decode("ascii", "replace").strip().partition(" ")
    process = number if machine in {"", platform.node()} else f"{number} on {machine}"
    return Holder(process or "?", datetime.fromtimestamp(os.fstat(handle).st_mtime, tz=UTC))

"""One maker at a time: a lock on a file, freed by the operating system however its holder ends."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from patron.errors import RunError
from patron.language import failure

try:
    import fcntl
except ImportError:  # Windows: no advisory locks of this kind; its own file sharing rules protect an open draft
    fcntl = None  # type: ignore[assignment]


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


def hold(path: Path) -> Lock:
    """Take the lock on `path`, which is made when it is not there.

    Raises
    ------
    RunError
        Another process holds it; its number is in the text.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(handle, 32).decode("ascii", "replace").strip()
        os.close(handle)
        raise failure(RunError, "errors.run_locked", folder=str(path.parent), holder=holder or "?") from error
    os.truncate(handle, 0)
    os.write(handle, str(os.getpid()).encode("ascii"))
    return Lock(handle)

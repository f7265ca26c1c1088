"""Disk and memory that ran out: whoever noticed first, said in one way, with what to set."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from patron.errors import RunError
from patron.language import failure

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# DuckDB passes on what the system said, in the system's words, and says by itself when its spill folder is full.
_NO_ROOM_SAID = ("No space left on device", "Disk quota exceeded", "File too large", "max_temp_directory_size")


@contextmanager
def telling_what_ran_out(folder: Path, *, memory: str | None) -> Iterator[None]:
    """Turn an error behind which disk or memory ran out into one that says so; others pass as they are.

    Parameters
    ----------
    folder : Path
        Where runs are written, for the text.
    memory : str, optional
        The setting of that name, for the text.

    Raises
    ------
    RunError
        Disk or memory ran out.
    """
    try:
        yield
    except Exception as error:
        causes = list(_chain(error))
        if any(map(no_room, causes)):
            raise failure(RunError, "runs.disk_full", folder=str(folder)) from error
        if any(isinstance(cause, MemoryError | duckdb.OutOfMemoryException) for cause in causes):
            key = "runs.memory_out" if memory else "runs.machine_memory_out"
            raise failure(RunError, key, memory=memory, folder=str(folder)) from error
        raise


def no_room(error: BaseException) -> bool:
    """Tell whether an error says that the disk, a quota or the largest file size is reached."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return True
    return isinstance(error, duckdb.Error | OSError) and any(words in str(error) for words in _NO_ROOM_SAID)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and everything that it was raised from, or while."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__

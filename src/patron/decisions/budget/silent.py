"""Keep a library's own lines out of what a person or a program reads."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent() -> Iterator[None]:
    """Let nothing be written to standard output meanwhile.

    HiGHS writes a line of its own past Python's streams, whatever its options say, which would spoil what is piped on
    as JSON. Where the process has no standard output there is nothing to keep clean.
    """
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    _written_out()
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a number of the system's own is needed
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        _written_out()
        os.dup2(kept, 1)
        os.close(kept)


def _written_out() -> None:
    """Write out what Python and the C library still hold back."""
    if sys.stdout is not None:
        sys.stdout.flush()
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)

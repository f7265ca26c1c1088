"""Disk and memory that ran out are said, however deep the error lies; others pass as they are."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import pytest

from patron.engines.exhausted import telling_what_ran_out
from patron.errors import RunError, SourceError


def _wrapped(cause):
    try:
        raise cause
    except Exception as error:
        raise SourceError("The file cannot be read.") from error


@pytest.mark.parametrize(
    ("error", "memory", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), None, "no room left on the disk for runs"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), None, "no room"),
        (OSError(errno.EFBIG, "File too large"), None, "no room"),
        (duckdb.IOException('Could not write file "x": No space left on device'), None, "no room"),
        (duckdb.OutOfMemoryException("max_temp_directory_size exceeded"), "1GB", "no room"),
        (duckdb.OutOfMemoryException("could not allocate block of size 256.0 KiB"), "1GB", "limits to 1GB"),
        (duckdb.OutOfMemoryException("could not allocate"), None, "this machine's memory"),
        (MemoryError(), None, "this machine's memory"),
    ],
)
def test_what_ran_out_is_said(error, memory, words):
    for act in (_raise, _wrapped):
        with pytest.raises(RunError, match=words) as caught, telling_what_ran_out(Path("runs"), memory=memory):
            act(error)
        assert caught.value.remedy


def _raise(error):
    raise error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("No space left on device"),
        OSError(errno.EACCES, "denied"),
        duckdb.IOException("no such file"),
        SourceError("a"),
        KeyboardInterrupt(),
    ],
)
def test_other_errors_pass(error):
    with pytest.raises(type(error)) as caught, telling_what_ran_out(Path("runs"), memory=None):
        raise error
    assert caught.value is error

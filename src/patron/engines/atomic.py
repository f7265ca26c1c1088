"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def aside(path: Path, *, owned: bool = False) -> Iterator[Path]:
    """Yield a file beside `path` to write to; it takes `path`'s place in one step when the block ends well.

    With `owned` only its owner may read it, from the beginning.

    When the block fails, the file beside is removed and `path` stays as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if owned:
            os.close(os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE_FILE))
        yield beside
        sync(beside)
        beside.replace(path)
        sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
"""What lies in a project's own folder is about customers: for the owner's eyes only."""


def private(path: Path) -> Path:
    """Take a file's or folder's rights from everybody but its owner, and return it."""
    path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
    return path


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all(folder: Path) -> None:
    """Wait until a folder and everything in it is on the disk, for its owner alone."""
    for path in (*folder.rglob("*"), folder):
        sync(private(path))

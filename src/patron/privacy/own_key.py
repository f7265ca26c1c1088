"""A secret of the project: made once, kept in its own folder for its owner alone, never shown."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from patron.errors import RunError
from patron.language import failure

KEY_BYTES = 32


def own_key(folder: Path, name: str, *, unreadable: str) -> bytes:
    """Return a key of the project, which is made the first time and never leaves the project.

    Parameters
    ----------
    folder : Path
        The project's own folder (``.patron``).
    name : str
        Of the key's file.
    unreadable : str
        The sentence that says that it cannot be read or made, with the fact ``file``.

    Returns
    -------
    bytes
        `KEY_BYTES` of them.

    Raises
    ------
    RunError
        The key cannot be read or made, or is cut off.
    """
    file = folder / name
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            _make(file)
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise failure(RunError, unreadable, file=str(file)) from error
    if len(key) != KEY_BYTES:
        raise failure(RunError, unreadable, file=str(file))
    return key


def _make(file: Path) -> None:
    """Make the key beside its place, and link it there: of two processes one wins, and no half key is ever seen."""
    if file.exists():
        return
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    handle = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as part:
            part.write(os.urandom(KEY_BYTES).hex())
            part.flush()
            os.fsync(part.fileno())
        os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)

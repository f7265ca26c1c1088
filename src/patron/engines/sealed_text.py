"""Single texts of the operational database at rest: sealed where there is a key, readable with or without.

What is sealed says so and with which key, as the columns of a run do (`engines.cipher`); a text that was written
before there was a key is read as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from patron.engines.cipher import SealedColumn, current

_SEALED = re.compile(r"sealed_(?P<key>[0-9a-f]{8}):(?P<text>[A-Za-z0-9+/=]+)")


def seal_texts(texts: Sequence[str | None], column: str) -> list[str | None]:
    """Return texts as they are kept in `column`: sealed with the key of the environment, or as they are without one.

    Raises
    ------
    SettingsError
        The environment's key is none.
    """
    cipher = current()
    if cipher is None:
        return list(texts)
    sealed = cipher.seal(pa.array(texts, pa.string()), column).to_pylist()
    return [None if text is None else f"sealed_{cipher.name}:{text}" for text in sealed]


def open_text(kept: str | None, column: str) -> str | None:
    """Return a text that was kept in `column`.

    Raises
    ------
    RunError
        It is sealed, and there is no key, or another one.
    """
    match = None if kept is None else _SEALED.fullmatch(kept)
    if match is None:
        return kept
    return str(SealedColumn(column, "string", match["key"]).open(match["text"]))


__all__ = ["open_text", "seal_texts"]

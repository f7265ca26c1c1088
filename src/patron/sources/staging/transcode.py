"""Bring a text file into the one form that the engine reads: UTF-8, columns between single characters."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

WHITESPACE = "whitespace"
_LOST = "\ufffd"  # what a byte that is no letter becomes
_SHOWN = 2000  # letters of a line that is refused


def transcode(
    stream: BinaryIO, target: Path, *, encoding: str, separator: str, header: bool, refuse: Callable[[int, str], None]
) -> None:
    """Write a text file as UTF-8; columns between blanks are written between commas.

    Parameters
    ----------
    stream : BinaryIO
        The file, unzipped.
    target : Path
        Where it is written to.
    encoding, separator, header : str, str, bool
        As in its `Format`.
    refuse : callable
        Told of each line that cannot be decoded: its number among the rows, and its text as far as it goes.
    """
    first = 0 if header else 1
    text = io.TextIOWrapper(cast(Any, stream), encoding=encoding, errors="replace", newline="\n")
    with target.open("w", encoding="utf-8", newline="") as written, _left_open(text):
        rows = csv.writer(written, lineterminator="\n")
        for number, line in enumerate(text, start=first):
            clean = line.removeprefix("\ufeff") if number == first else line
            if _LOST in clean and (number > 0 or not header):
                refuse(number, clean.rstrip("\r\n").replace(_LOST, "?")[:_SHOWN])
            elif separator != WHITESPACE:
                written.write(clean)
            elif clean.strip():
                rows.writerow(columns_of(clean))


@contextmanager
def _left_open(text: io.TextIOWrapper) -> Iterator[None]:
    """Leave the stream below to whoever opened it."""
    try:
        yield
    finally:
        text.detach()


def columns_of(line: str) -> list[str]:
    """Return the columns of a line that are separated by blanks; a text in quotes may hold some.

    Examples
    --------
    >>> columns_of(' 00001 19970101  1   11.77'), columns_of('7 "red mug" 2')
    (['00001', '19970101', '1', '11.77'], ['7', 'red mug', '2'])
    """
    if '"' not in line:
        return line.split()
    spaced = " ".join(line.split())
    return next(csv.reader([spaced], delimiter=" "), [])

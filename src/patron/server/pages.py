"""A page of rows, and the way to the next one: a cursor that names the last row's place in the order of its key.

A cursor stays good when another run is published meanwhile: the next page then begins at the same place of the new one.
"""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, Query

from patron.server.refused import refused

Row = Mapping[str, Any]
Place = tuple[Any, ...]

MOST = 1000
"""Rows of a page."""


@dataclass(frozen=True)
class Paged:
    """Which page is asked for."""

    limit: int
    cursor: str | None

    @property
    def after(self) -> Place | None:
        """The place after which the page begins; none for the first.

        Raises
        ------
        Refused
            The cursor is none of ours.
        """
        return None if self.cursor is None else _read(self.cursor)


def paged(
    limit: Annotated[int, Query(ge=1, le=MOST, description="Rows of a page.")] = 100,
    cursor: Annotated[
        str | None, Query(max_length=4000, description="`next` of the page before; without it the first page.")
    ] = None,
) -> Paged:
    """Read from a request which page it asks for."""
    return Paged(limit, cursor)


AskedPage = Annotated[Paged, Depends(paged)]


def cut(rows: Sequence[Row], place: Callable[[Row], Place], asked: Paged) -> tuple[list[Row], str | None]:
    """Return the rows of a page, and the cursor of the next; none where there is none.

    Parameters
    ----------
    rows : sequence of mapping
        All rows, in the order of their places.
    place : callable
        From a row to its place, which no other row has.
    asked : Paged
        Which page.

    Raises
    ------
    Refused
        The cursor is none of ours.
    """
    after = asked.after
    try:
        start = 0 if after is None else bisect_right(rows, after, key=place)
    except TypeError as error:  # a cursor of another table
        raise refused(422, "read.cursor") from error
    page = list(rows[start : start + asked.limit])
    more = start + asked.limit < len(rows)
    return page, cursor_after(place(page[-1])) if more and page else None


def cursor_after(place: Place) -> str:
    """Return the cursor of the page that begins after a place.

    Examples
    --------
    >>> Paged(10, cursor_after(("rfm", 3))).after
    ('rfm', 3)
    """
    written = json.dumps(place, default=_tagged, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _read(cursor: str) -> Place:
    try:
        written = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found = json.loads(written, object_hook=_typed)
    except (binascii.Error, ValueError, ArithmeticError, RecursionError) as error:
        raise refused(422, "read.cursor") from error
    if not isinstance(found, list):
        raise refused(422, "read.cursor")
    return _tuples(found)


def _tuples(found: list[Any]) -> Place:
    return tuple(_tuples(one) if isinstance(one, list) else one for one in found)


def _tagged(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else {"amount": str(value)}


_TYPES: Mapping[str, Callable[[str], object]] = {
    "at": datetime.fromisoformat, "day": date.fromisoformat, "amount": Decimal,
}  # fmt: skip


def _typed(found: dict[str, Any]) -> object:
    name, value = next(iter(found.items()), ("", None))
    if name not in _TYPES or not isinstance(value, str):
        raise ValueError
    return _TYPES[name](value)

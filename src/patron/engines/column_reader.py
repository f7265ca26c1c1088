"""One value of an Arrow column at a time, read where it lies: what `column[at].as_py()` gives, several times as fast.

A point read asks for one row of many columns. Arrow makes an object of its own for each value first; here the bytes are
read directly, for the types that the tables have, and every other type goes the way of Arrow.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

Reader = Callable[[int], Any]
"""Gives the value of a row; none where it is missing."""

EPOCH = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)
EPOCH_DAY = EPOCH.toordinal()
WIDE = 16  # bytes of an exact number
EXACT = 28  # digits that the decimal module keeps when it moves the point

PLAIN = {
    pa.int8(): "b", pa.int16(): "h", pa.int32(): "i", pa.int64(): "q", pa.uint8(): "B", pa.uint16(): "H",
    pa.uint32(): "I", pa.uint64(): "Q", pa.float32(): "f", pa.float64(): "d",
}  # fmt: skip
"""Types whose values lie one after the other as the machine has them, and how Python calls them."""


def reader_of(column: pa.Array) -> Reader:
    """Return the function that reads one value of a column.

    Examples
    --------
    >>> read = reader_of(pa.array(["a", None]))
    >>> read(0), read(1)
    ('a', None)
    """
    made = _reader(column)
    if made is None:
        return lambda at: column[at].as_py()
    there = column.buffers()[0]
    return made if there is None else _unless_missing(made, memoryview(there), column.offset)


def _reader(column: pa.Array) -> Reader | None:
    """Return what reads a value that is not missing; none for types that Arrow itself has to read."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _texts(column)
    fixed = _fixed(kind)
    if fixed is None or column.offset or column.buffers()[1] is None:  # cut out of another column: never in a file
        return None
    return fixed(column)


def _fixed(kind: pa.DataType) -> Callable[[pa.Array], Reader] | None:
    """Return how values of a fixed width are read."""
    if kind in PLAIN:
        return lambda column: _numbers(column, PLAIN[kind]).__getitem__
    if pa.types.is_boolean(kind):
        return _truths
    if pa.types.is_date32(kind):
        return _days
    if kind == pa.timestamp("us"):
        return _moments
    return _exact if pa.types.is_decimal128(kind) and kind.precision <= EXACT else None


def _unless_missing(read: Reader, there: memoryview, start: int) -> Reader:
    def known(at: int) -> Any:
        place = at + start
        return read(at) if there[place >> 3] >> (place & 7) & 1 else None

    return known


def _texts(column: pa.Array) -> Reader:
    _, offsets, texts = column.buffers()
    ends = memoryview(offsets).cast("q" if pa.types.is_large_string(column.type) else "i")
    letters, start = memoryview(texts) if texts is not None else memoryview(b""), column.offset

    def text(at: int) -> str:
        place = at + start
        return str(letters[ends[place] : ends[place + 1]], "utf-8")

    return text


def _numbers(column: pa.Array, code: str) -> memoryview:
    return memoryview(column.buffers()[1]).cast("B").cast(code)  # type: ignore[call-overload, no-any-return]


def _truths(column: pa.Array) -> Reader:
    bits = memoryview(column.buffers()[1])
    return lambda at: bool(bits[at >> 3] >> (at & 7) & 1)


def _days(column: pa.Array) -> Reader:
    days = _numbers(column, "i")
    return lambda at: date.fromordinal(EPOCH_DAY + days[at])


def _moments(column: pa.Array) -> Reader:
    ticks = _numbers(column, "q")
    return lambda at: EPOCH + timedelta(microseconds=ticks[at])


def _exact(column: pa.Array) -> Reader:
    digits, scale = memoryview(column.buffers()[1]), -column.type.scale

    def number(at: int) -> Decimal:
        units = int.from_bytes(digits[at * WIDE : (at + 1) * WIDE], "little", signed=True)
        return Decimal(units).scaleb(scale)

    return number

"""From arrays of whole numbers to the Arrow columns of the contracts, exact and without a loop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def money_column(units: NDArray[np.int64], *, digits: int) -> pa.Array:
    """Return the column ``units / 10**digits`` as decimal(18, digits), without a float between.

    Examples
    --------
    >>> money_column(np.array([1999, -5]), digits=2).to_pylist()
    [Decimal('19.99'), Decimal('-0.05')]
    """
    words = np.empty((len(units), 2), dtype="<i8")  # Arrow's decimal: low word, then the sign carried up
    words[:, 0] = units
    words[:, 1] = units >> 63
    return pa.Array.from_buffers(pa.decimal128(18, digits), len(units), [None, pa.py_buffer(words)])


def days_column(first_day: date, days: NDArray[np.int64]) -> pa.Array:
    """Return days counted from the first as dates."""
    return pa.array(np.datetime64(first_day, "D") + days, pa.date32())


def moments_column(first_day: date, seconds: NDArray[np.int64]) -> pa.Array:
    """Return seconds counted from the start of the first day as timestamps."""
    start = np.datetime64(first_day, "us")
    return pa.array(start + seconds * np.timedelta64(1_000_000, "us"), pa.timestamp("us"))


def names_column(names: Sequence[str], places: NDArray[np.int64]) -> pa.Array:
    """Return the name at each place; null at a place below zero."""
    return pa.array(names, pa.string()).take(pa.array(places, mask=places < 0))


def ids_column(letter: str, numbers: NDArray[np.int64], *, digits: int) -> pa.Array:
    """Return ids such as C000042.

    Examples
    --------
    >>> ids_column("C", np.array([42]), digits=6).to_pylist()
    ['C000042']
    """
    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=digits, padding="0")
    return pc.binary_join_element_wise(letter, padded, "")

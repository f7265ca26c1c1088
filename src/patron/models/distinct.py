"""Which rows of some columns are alike?

Sorting millions of rows to find the few thousand different ones takes longer than all that is then done with these.
Days and counts are whole and not many, so each row is one whole number, and the numbers that occur are ticked off on a
list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIDEST = 1 << 20  # whole numbers of a wider range are counted by hashing
ROOM = 4  # places of the list for each row


def distinct_rows(columns: Sequence[Floats]) -> tuple[Ints, Ints]:
    """Give the different rows of some columns of one length ascending numbers.

    Returns
    -------
    array of shape (rows,), array of shape (different rows,)
        The number of each row, and for each number a row that shows it.

    Examples
    --------
    >>> number, shown_by = distinct_rows([np.array([7.0, 5.0, 7.0]), np.array([0.5, 0.5, 0.5])])
    >>> number.tolist(), [7.0, 5.0, 7.0][shown_by[0]]
    ([1, 0, 1], 5.0)
    """
    number, size = _whole(columns[0])
    for column in columns[1:]:
        more, width = _whole(column)
        if size * width >= 1 << 62:
            number, size = _ranks(number, size)
        number, size = number * width + more, size * width
    number, size = _ranks(number, size)
    shown_by = np.zeros(size, dtype=np.int64)
    shown_by[number] = np.arange(len(number))
    return number, shown_by


def _whole(values: Floats) -> tuple[Ints, int]:
    """Return whole numbers from 0 in the order of the values, and a bound that they stay below."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if math.isfinite(low) and math.isfinite(high) and high - low < WIDEST:
        whole = (values - low).astype(np.int64)
        if low == math.floor(low) and (whole + low == values).all():
            return whole, int(high - low) + 1
    return _hashed(values)


def _ranks(number: Ints, size: int) -> tuple[Ints, int]:
    """Close the gaps between whole numbers below `size`; return them and how many different ones there are."""
    if size > ROOM * len(number):
        return _hashed(number)
    seen = np.zeros(size, dtype=np.bool_)
    seen[number] = True
    rank = np.cumsum(seen, dtype=np.int64) - 1
    return rank[number], int(rank[-1]) + 1 if size else 0


def _hashed(values: NDArray[np.float64] | Ints) -> tuple[Ints, int]:
    """Return each value's rank, by hashing: only the different ones are sorted."""
    coded = pc.dictionary_encode(pa.array(values))
    different = coded.dictionary.to_numpy(zero_copy_only=False)
    rank = np.empty(len(different), dtype=np.int64)
    rank[np.argsort(different, kind="stable")] = np.arange(len(different))
    return rank[coded.indices.to_numpy(zero_copy_only=False)], len(different)

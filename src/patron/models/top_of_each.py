"""Which are the largest values of each row of a sparse table?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Places = NDArray[np.int64]

CELLS = 2_000_000  # rows x their length that are looked at together
LONGER = 1.3  # times as long as the shortest of them


def top_of_each(ends: Places, values: NDArray[np.float32], most: int) -> Places:
    """Return the places of the largest values of each row, in order.

    Parameters
    ----------
    ends : array, one more than rows
        Where each row begins, and the end of the last one.
    values : array
        The values, row by row.
    most : int
        How many places of a row at most; all of a shorter one.

    Examples
    --------
    >>> top_of_each(np.array([0, 3, 4]), np.array([0.1, 0.3, 0.2, 0.0], dtype=np.float32), 2).tolist()
    [1, 2, 3]
    """
    length = np.diff(ends)
    long = np.flatnonzero(length > most)
    long = long[np.argsort(length[long], kind="stable")]  # rows of like length side by side: little is filled up
    kept = np.ones(len(values), dtype=bool)
    kept[_places(ends[:-1][long], length[long])] = False
    start = 0
    while start < len(long):
        rows = long[start : start + max(1, CELLS // int(length[long[start]]))]
        rows = rows[length[rows] <= LONGER * length[rows[0]]]
        kept[_of_long(ends[:-1][rows], length[rows], values, most)] = True
        start += len(rows)
    return np.flatnonzero(kept)


def strongest(table: Any, most: int) -> Any:
    """Return a sparse table of which each row keeps its largest values, in order of the columns."""
    kept = top_of_each(table.indptr.astype(np.int64), table.data, most)
    ends = np.searchsorted(kept, table.indptr)
    found = sparse.csr_array((table.data[kept], table.indices[kept], ends), shape=table.shape)
    found.sort_indices()
    return found


def _of_long(starts: Places, length: Places, values: NDArray[np.float32], most: int) -> Places:
    """Return the places of rows that all have more than `most` values: side by side, and filled up to the longest."""
    width = int(length.max())
    filled = np.full((len(starts), width), -np.inf, dtype=np.float32)
    filled[np.arange(width) < length[:, None]] = values[_places(starts, length)]
    top = np.argpartition(filled, width - most, axis=1)[:, width - most :]
    return np.asarray((starts[:, None] + top).ravel())


def _places(starts: Places, length: Places) -> Places:
    """Return the places of all values of some rows."""
    before = np.cumsum(length) - length
    return np.asarray(np.repeat(starts - before, length) + np.arange(int(length.sum())))

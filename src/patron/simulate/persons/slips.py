"""Slips of the finger in many texts at once: two letters swapped, one left out, one doubled, one of the next key."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_ROWS = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
_NEXT = {ord(row[at]): ord(row[at + 1 if at + 1 < len(row) else at - 1]) for row in _ROWS for at in range(len(row))}


def slips(rng: np.random.Generator, texts: pa.Array) -> pa.Array:
    """Return the texts with one slip in each, after the first letter; those of less than four letters stay.

    Examples
    --------
    >>> slips(np.random.default_rng(1), pa.array(["schneider", "schneider", "li"])).to_pylist()
    ['schnrider', 'schneidrr', 'li']
    """
    count = len(texts)
    if not count:
        return texts
    words = np.array(texts.to_pylist(), dtype=np.str_)
    longest = words.dtype.itemsize // 4
    wide = max(longest, 2) + 1  # room for a letter doubled
    signs = np.zeros((count, wide), np.uint32)
    signs[:, :longest] = words.view(np.uint32).reshape(count, longest)
    length = (signs != 0).sum(axis=1)
    at = 1 + (rng.random(count) * np.maximum(length - 2, 1)).astype(np.int64)
    slip = rng.integers(0, 4, count)
    slip = np.where((slip == 0) & (signs[np.arange(count), at] == signs[np.arange(count), at + 1]), 1, slip)
    for number, change in enumerate((_swapped, _left_out, _doubled, _next_key)):
        mine = np.flatnonzero((slip == number) & (length >= 4))
        signs[mine] = change(signs[mine], at[mine])
    return pa.array(np.ascontiguousarray(signs).view(f"<U{wide}").ravel(), pa.string())


def _swapped(signs: NDArray[np.uint32], at: NDArray[np.int64]) -> NDArray[np.uint32]:
    row = np.arange(len(signs))
    signs[row, at], signs[row, at + 1] = signs[row, at + 1].copy(), signs[row, at].copy()
    return signs


def _left_out(signs: NDArray[np.uint32], at: NDArray[np.int64]) -> NDArray[np.uint32]:
    columns = np.arange(signs.shape[1])
    source = np.minimum(columns + (columns >= at[:, None]), signs.shape[1] - 1)
    return np.take_along_axis(signs, source, axis=1)


def _doubled(signs: NDArray[np.uint32], at: NDArray[np.int64]) -> NDArray[np.uint32]:
    columns = np.arange(signs.shape[1])
    return np.take_along_axis(signs, columns - (columns > at[:, None]), axis=1)


def _next_key(signs: NDArray[np.uint32], at: NDArray[np.int64]) -> NDArray[np.uint32]:
    row = np.arange(len(signs))
    letters, place = np.unique(signs[row, at], return_inverse=True)
    other = np.array([_NEXT.get(int(letter), ord("e")) for letter in letters], np.uint32)
    signs[row, at] = np.where(other[place] == letters[place], ord("a"), other[place])
    return signs

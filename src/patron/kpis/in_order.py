"""The order of rows by several whole numbers, in the time of a few passes over them.

Touches mostly come in the order in which they happened, or path by path. What is in order already is left alone; the
rest is sorted digit by digit of 16 bits, from the last key to the first (radix sort), and digits that all rows have in
common are skipped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DIGIT = 16


def in_order(keys: Sequence[Ints]) -> Ints | None:
    """Return the places of rows in ascending order of their keys, the first of which counts most; none if so already.

    Examples
    --------
    >>> in_order([np.array([1, 0, 1, 0]), np.array([5, 9, 3, 9])]).tolist()
    [1, 3, 2, 0]
    >>> in_order([np.array([0, 1]), np.array([7, 3])]) is None
    True
    """
    if _ascending(keys):
        return None
    order: Ints | None = None
    for key in reversed(keys):
        whole = _shortened(key)
        for shift in range(0, max(int(whole.max()).bit_length(), 1), DIGIT):
            digit = ((whole if order is None else whole[order]) >> shift).astype(np.uint16)
            then = np.argsort(digit, kind="stable")
            order = then if order is None else order[then]
    return order


def _ascending(keys: Sequence[Ints]) -> bool:
    """Tell whether each row stands at or after the one before it."""
    equal: NDArray[np.bool_] | None = None
    for key in keys:
        step = np.diff(key)
        if (step < 0 if equal is None else equal & (step < 0)).any():
            return False
        equal = step == 0 if equal is None else equal & (step == 0)
    return True


def _shortened(key: Ints) -> Ints:
    """Return a key from 0 on; moments of whole seconds in seconds, so that fewer digits are left."""
    whole = key - key.min()
    seconds, rest = np.divmod(whole, 1_000_000)
    return np.asarray(whole if rest.any() else seconds)

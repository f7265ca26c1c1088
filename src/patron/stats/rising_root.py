"""Where does a rising function reach a value? Many of them at once, each between 1 and a common end.

Ref  Dowell & Jarratt (1971), A modified regula falsi method for computing the root of an equation, BIT 11, 168-174
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Value = Callable[[Floats, Rows], Floats]

STRIDE = np.log(4.0)  # by which the far end goes on until it is beyond the value
STEPS = 60
CLOSE = 1e-9  # relative
NOTHING = 1e-300


def rising_root(value: Value, wanted: Floats, *, high: float) -> Floats:
    """Return, case by case, the x between 1 and `high` at which a function reaches `wanted`.

    Parameters
    ----------
    value : callable
        From x and the numbers of the cases that are asked for to the values.
    wanted : array of float
        Not negative. Where even `high` does not reach it the answer is `high`, where 1 does already it is 1.

    Examples
    --------
    >>> scale = np.array([1.0, 2.0, 1.0])
    >>> rising_root(lambda x, case: scale[case] * x**2, np.array([9.0, 1.0, 400.0]), high=10.0).round(6).tolist()
    [3.0, 1.0, 10.0]
    """

    def miss(log_x: Floats, rows: Rows) -> Floats:
        reached = np.maximum(value(np.exp(log_x), rows), NOTHING)
        return np.asarray(np.log(reached / np.maximum(wanted[rows], NOTHING)))

    found = np.zeros(len(wanted))
    below = miss(found, np.arange(len(wanted)))
    rows = np.flatnonzero(below < 0)
    left, below = found[rows], below[rows]
    right = np.full(len(rows), min(STRIDE, np.log(high)))
    above = miss(right, rows)
    while (short := (above < 0) & (right < np.log(high))).any():
        left[short], below[short] = right[short], above[short]
        right[short] = np.minimum(right[short] + STRIDE, np.log(high))
        above[short] = miss(right[short], rows[short])
    found[rows] = right
    inside = above > 0
    ends = np.stack([left, below, right, above])[:, inside]
    found[rows[inside]] = _between(miss, rows[inside], ends)
    return np.asarray(np.exp(found))


def _between(miss: Value, rows: Rows, ends: Floats) -> Floats:
    """Close in from both ends; counts over paces are nearly straight on the log scale of both."""
    left, below, right, above = ends
    found, place, went_left = right.copy(), np.arange(len(rows)), np.zeros(len(rows))
    for _ in range(STEPS):
        if not place.size:
            break
        guess = left - below * (right - left) / (above - below)
        off = miss(guess, rows[place])
        found[place] = guess
        low = off < 0
        # An end that stays twice counts half, or the other would creep.
        above = np.where(low, np.where(went_left > 0, above / 2, above), off)
        below = np.where(low, off, np.where(went_left < 0, below / 2, below))
        left, right = np.where(low, guess, left), np.where(low, right, guess)
        busy = np.abs(off) > CLOSE
        place = place[busy]
        left, below, right, above, went_left = np.stack([left, below, right, above, np.where(low, 1.0, -1.0)])[:, busy]
    return np.asarray(found)

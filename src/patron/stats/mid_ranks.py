"""Places in order, equal values sharing the middle of theirs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def mid_ranks(values: Floats) -> Floats:
    """Return each value's place among all, from 1; equal ones share the mean of their places.

    What `scipy.stats.rankdata` returns of numbers without NaN, to the last digit. That module takes half a second to
    load, and nothing else of it is used.

    Examples
    --------
    >>> mid_ranks(np.array([30.0, 10.0, 30.0, 20.0])).tolist()
    [3.5, 1.0, 3.5, 2.0]
    """
    order = np.argsort(values)
    ascending = values[order]
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(values)), bool), ascending[1:] != ascending[:-1]]))
    ends = np.append(starts[1:], len(values))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks

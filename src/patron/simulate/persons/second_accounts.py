"""Which customer records are one person?

A share of the records becomes the second account of somebody of the same hidden type and country who came earlier.
What each record buys stays as it is: the truth of a person is the sum over her records. The other way, extra records
that take over a part of somebody's orders, would have changed the order lines, and with them every published figure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SECOND = 0.08  # share of records that are another account of somebody who is known already


def first_accounts(rng: np.random.Generator, *, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, for each record, the first record of its person: itself for most.

    Parameters
    ----------
    rng : Generator
        Where the chance comes from.
    group : array of int, shape (records,)
        Records of one person lie in one group; the records stand in the order in which they came.

    Examples
    --------
    >>> first = first_accounts(np.random.default_rng(2), group=np.zeros(1000, np.int64))
    >>> int((first != np.arange(1000)).sum()), bool((first[first] == first).all())
    (62, True)
    """
    count = len(group)
    new = rng.random(count) >= SECOND
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], group[order])  # where the group of each begins
    opened: NDArray[np.int64] = np.cumsum(new[order]) - new[order]  # first accounts before each, over all groups
    before: NDArray[np.int64] = opened - opened[starts]  # and in its own group
    firsts = order[new[order]]
    chosen = opened[starts] + (rng.random(count) * before).astype(np.int64)
    first = np.arange(count)
    again = ~new[order] & (before > 0)
    first[order[again]] = firsts[chosen[again]]
    return first

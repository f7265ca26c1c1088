"""Bring touches into the order of their paths and moments, in the time of a few passes over them.

Touches mostly come path by path, or in the order in which they happened. The first are left as they are, the second
are dealt out to their paths; only touches in no order at all are sorted, digit by digit of 16 bits (radix sort).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

DIGIT = 16


def in_order(path: Ints, moment: Ints, channel: Codes) -> Ints | None:
    """Return the places of touches by path, moment and channel; none if they stand so already.

    Parameters
    ----------
    path, moment, channel : arrays of shape (touches,)
        Paths from 0 on, with few gaps. Touches of one path and moment are put in the order of their channels, so that
        the same touches give the same path however their table was sorted.

    Examples
    --------
    >>> in_order(np.array([1, 0, 1, 0]), np.array([5, 9, 3, 9]), np.array([0, 1, 0, 0])).tolist()
    [3, 1, 2, 0]
    >>> in_order(np.array([0, 1]), np.array([7, 3]), np.array([0, 0])) is None
    True
    """
    if _ascending(path, moment, channel):
        return None
    order = _by_moment(moment)
    dealt = _dealt_out(path if order is None else path[order])
    order = dealt if order is None else order[dealt]
    return _ties_settled(order, path[order], moment[order], channel)


def _ascending(path: Ints, moment: Ints, channel: Codes) -> bool:
    """Tell whether each touch stands at or after the one before it."""
    if (path[1:] < path[:-1]).any():
        return False
    within = path[1:] == path[:-1]
    if (within & (moment[1:] < moment[:-1])).any():
        return False
    down = channel[1:] < channel[:-1]
    return not bool((down & within & (moment[1:] == moment[:-1])).any())


def _by_moment(moment: Ints) -> Ints | None:
    if (moment[1:] >= moment[:-1]).all():
        return None
    whole = moment - moment.min()
    seconds, rest = np.divmod(whole, 1_000_000)
    whole = whole if rest.any() else seconds
    order = np.arange(len(moment))
    for shift in range(0, int(whole.max()).bit_length(), DIGIT):
        order = order[np.argsort((whole[order] >> shift).astype(np.uint16), kind="stable")]
    return order


def _dealt_out(path: Ints) -> Ints:
    """Return the places of touches path by path, those of one path in the order in which they stand."""
    each = np.arange(len(path), dtype=np.int32)
    dealt = coo_array((np.ones(len(path), dtype=np.int8), (path.astype(np.int32), each)))
    return np.asarray(dealt.tocsr().indices, dtype=np.int64)


def _ties_settled(order: Ints, path: Ints, moment: Ints, channel: Codes) -> Ints:
    """Put the touches of one path and moment in the order of their channels."""
    tied = (path[1:] == path[:-1]) & (moment[1:] == moment[:-1])
    if not (tied & (channel[order[1:]] < channel[order[:-1]])).any():
        return order
    among = np.flatnonzero(np.append(tied, False) | np.insert(tied, 0, False))
    sorted_among = np.lexsort((channel[order[among]], moment[among], path[among]))
    settled = order.copy()
    settled[among] = order[among][sorted_among]
    return settled

"""Bring touches into the order of their paths and moments, in the time of a few passes over them.

Touches mostly come path by path, or in the order in which they happened. The first are left as they are, the second
are dealt out to their paths; only touches in no order at all are sorted, digit by digit of 16 bits (radix sort).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

DIGIT = 16


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """Touches in their order, and from which rows they came; no rows where they stood so already."""

    path: Ints
    moment: Ints
    channel: Codes
    rows: Codes | None = None


def in_order(path: Ints, moment: Ints, channel: Codes) -> Ordered:
    """Return touches by path, moment and channel.

    Parameters
    ----------
    path, moment, channel : arrays of shape (touches,)
        Paths from 0 on, with few gaps. Touches of one path and moment are put in the order of their channels, so that
        the same touches give the same path however their table was sorted.

    Examples
    --------
    >>> found = in_order(np.array([1, 0, 1, 0]), np.array([5, 9, 3, 9]), np.array([0, 1, 0, 0], dtype=np.int32))
    >>> found.path.tolist(), found.moment.tolist(), found.channel.tolist(), found.rows.tolist()
    ([0, 0, 1, 1], [9, 9, 3, 5], [0, 1, 0, 0], [3, 1, 2, 0])
    """
    if _ascending(path, moment, channel):
        return Ordered(path=path, moment=moment, channel=channel)
    by_moment = _by_moment(moment)
    dealt, path = _dealt_out(path if by_moment is None else path[by_moment])
    rows = dealt if by_moment is None else by_moment[dealt]
    return _ties_settled(Ordered(path=path, moment=moment[rows], channel=channel[rows], rows=rows))


def _ascending(path: Ints, moment: Ints, channel: Codes) -> bool:
    """Tell whether each touch stands at or after the one before it."""
    if (path[1:] < path[:-1]).any():
        return False
    within = path[1:] == path[:-1]
    if (within & (moment[1:] < moment[:-1])).any():
        return False
    down = channel[1:] < channel[:-1]
    return not bool((down & within & (moment[1:] == moment[:-1])).any())


def _by_moment(moment: Ints) -> Codes | None:
    """Return the rows in the order of their moments; none where they stand so."""
    if (moment[1:] >= moment[:-1]).all():
        return None
    whole = moment - moment.min()
    while whole.max() >= 1_000 and not (whole % 1_000).any():
        whole = whole // 1_000  # moments of whole seconds have fewer digits
    rows = np.arange(len(moment), dtype=np.int32)
    for shift in range(0, int(whole.max()).bit_length(), DIGIT):
        rows = rows[np.argsort((whole[rows] >> shift).astype(np.uint16), kind="stable")]
    return rows


def _dealt_out(path: Ints) -> tuple[Codes, Ints]:
    """Return the rows path by path, those of one path in the order in which they stand, and the path of each."""
    each = np.arange(len(path), dtype=np.int32)
    dealt = coo_array((np.ones(len(path), dtype=np.int8), (path.astype(np.int32), each))).tocsr()
    return dealt.indices, np.repeat(np.arange(len(dealt.indptr) - 1), np.diff(dealt.indptr))


def _ties_settled(touches: Ordered) -> Ordered:
    """Put the touches of one path and moment in the order of their channels."""
    path, moment, channel, rows = touches.path, touches.moment, touches.channel, touches.rows
    tied = (path[1:] == path[:-1]) & (moment[1:] == moment[:-1])
    if rows is None or not (tied & (channel[1:] < channel[:-1])).any():
        return touches
    among = np.flatnonzero(np.append(tied, False) | np.insert(tied, 0, False))
    settled = among[np.lexsort((channel[among], moment[among], path[among]))]
    channel, rows = channel.copy(), rows.copy()
    channel[among], rows[among] = touches.channel[settled], rows[settled]
    return Ordered(path=path, moment=moment, channel=channel, rows=rows)

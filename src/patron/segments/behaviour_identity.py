"""Which segment of today is which one of the run before?

Ref  Kuhn (1955), Naval Research Logistics Quarterly 2, 83-97: the assignment problem
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from patron.segments.behaviour_features import LeftOut, Scale
from patron.segments.behaviour_model import BehaviourModel
from patron.stats.agreement import jaccard, matched

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME = 0.3  # Jaccard's coefficient from which two segments are one
NEARNESS = 0.05  # how much the nearness of the middles counts beside it
MOVED, WIDENED = 0.5, 1.5  # widths by which the middle may move, and times the width may change


def drifted(old: BehaviourModel, scales: Sequence[Scale], out: Sequence[LeftOut]) -> bool:
    """Tell whether the scales of the run before no longer fit: features came or went, or lie elsewhere."""
    now = {one.name: one for one in scales}
    known_before = {one.name for one in old.scales} | {one.name for one in old.left_out if one.reason == "no_help"}
    if set(now) != known_before and not set(now) <= known_before:
        return True
    if any(one.name not in now for one in old.scales):
        return True
    return any(_elsewhere(one, now[one.name]) for one in old.scales) or bool(
        {one.name for one in out} & {one.name for one in old.scales}
    )


def _elsewhere(then: Scale, now: Scale) -> bool:
    if then.kind != now.kind or then.evidence != now.evidence:
        return True
    wider = max(then.width / now.width, now.width / then.width)
    return wider > WIDENED or abs(now.middle - then.middle) > MOVED * then.width


def carried_ids(
    old: BehaviourModel, columns: dict[str, Floats], groups: Ints, number: int
) -> tuple[dict[int, int], Floats]:
    """Match today's groups with the segments of the run before.

    Parameters
    ----------
    old : BehaviourModel
        The run before's.
    columns : mapping of name to array
        Today's customers, with the features that the old model knew.
    groups : array of int
        Each one's group today, from 0 on.
    number : int
        How many groups there are today.

    Returns
    -------
    dict of group to place in the old segments, and the likeness of each pair
        A group that is like none of them is not in it: it is new.
    """
    rows = np.stack([scale.scaled(columns) for scale in old.scales], axis=1)
    then = old.mixture.assign(rows)
    likeness = np.zeros((number, len(old.segments)))
    found = jaccard(groups, then)
    likeness[: found.shape[0], : found.shape[1]] = found
    middles = np.stack([_middle(rows[groups == group]) for group in range(number)])
    away = np.sqrt(((middles[:, None, :] - old.mixture.means[None, :, :]) ** 2).mean(axis=2))
    both = likeness + NEARNESS * np.exp(-away)
    return {row: column for row, column in matched(both) if likeness[row, column] >= SAME}, likeness


def _middle(rows: Floats) -> Floats:
    known = np.isfinite(rows)
    return np.asarray(np.where(known, rows, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))

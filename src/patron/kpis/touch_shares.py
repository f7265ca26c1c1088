"""How a rule of thumb divides each conversion among the touches before it.

Every rule gives the touches of a path shares that add up to one. The rules look at the order or the age of touches
alone, never at what became of paths without a conversion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from patron.kpis.counted_paths import Floats, Ints, Paths

RULES = ("first", "last", "last_non_direct", "linear", "time_decay", "position")


def touch_shares(
    paths: Paths, rule: str, *, half_life_days: float, ends: float, direct: Sequence[str]
) -> Floats:  # fmt: skip
    """Return the share that each touch has in the conversions of its path.

    Parameters
    ----------
    paths : Paths
        With `moments` for time decay.
    rule : one of `RULES`
    half_life_days : float
        Of time decay: a touch this many days before another of its path counts half of it.
    ends : float
        Of position: the share of the first touch, and that of the last; those between divide the rest evenly.
    direct : sequence of str
        Of the last non-direct touch: the channels that are passed over, unless a path has no other.
    """
    if rule == "time_decay":
        return _decaying(paths, half_life_days)
    if rule == "position":
        return _ends(paths, ends)
    if rule == "linear":
        return np.repeat(1.0 / paths.lengths, paths.lengths)
    shares = np.zeros(len(paths.codes))
    shares[_one(paths, rule, direct)] = 1.0
    return shares


def _one(paths: Paths, rule: str, direct: Sequence[str]) -> Ints:
    """Return the one touch of each path that has all of it."""
    if rule == "first":
        return paths.starts[:-1]
    if rule == "last":
        return paths.starts[1:] - 1
    passed = np.array([name in direct for name in paths.channels])[paths.codes]
    place = np.where(passed, -1, np.arange(len(paths.codes)))
    latest = np.maximum.reduceat(place, paths.starts[:-1])
    return np.where(latest < 0, paths.starts[1:] - 1, latest)


def _decaying(paths: Paths, half_life_days: float) -> Floats:
    """Return shares that halve with each half-life; the scale hangs on the last touch, so that none runs out."""
    if paths.moments is None:
        raise AssertionError("time decay is asked of paths without moments")
    latest = np.repeat(paths.moments[paths.starts[1:] - 1], paths.lengths)
    weight = np.exp2((paths.moments - latest) * (1.0 / (paths.day * half_life_days)))
    return np.asarray(weight / np.repeat(np.add.reduceat(weight, paths.starts[:-1]), paths.lengths))


def _ends(paths: Paths, ends: float) -> Floats:
    """Return `ends` for the first and the last touch; a path of two is divided evenly, one touch has all."""
    lengths = paths.lengths
    between = np.where(lengths > 2, (1.0 - 2.0 * ends) / np.maximum(lengths - 2, 1), 0.0)
    outer = np.select([lengths == 1, lengths == 2], [1.0, 0.5], ends)
    shares = np.repeat(between, lengths)
    shares[paths.starts[:-1]] = outer
    shares[paths.starts[1:] - 1] = outer
    return shares

"""Are the arms of the sizes that were planned?

In   customers counted in each arm, and the shares that were planned
Out  the chance of a split at least this uneven, had the plan been kept
Ref  Pearson (1900), Philosophical Magazine 50, 157-175: chi-square
     Fabijan et al. (2019), KDD '19, 2156-2164: what sample ratio mismatch does to a reading
"""

from __future__ import annotations

from collections.abc import Sequence

from scipy.special import chdtrc

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.stats.difference import NotEnough

ALARM = 0.001
"""Below this chance the arms are not what was planned, and no reading of them is honest."""

SMALLEST_EXPECTED = 10
"""Customers that the smallest arm must be planned to have; with 5, false alarms come three times as often as stated."""


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> float | NotEnough:
    """Return the p-value of the arms' sizes under the planned shares.

    Parameters
    ----------
    counts : sequence of int, one an arm
        Customers counted.
    shares : sequence of float, one an arm
        Planned shares, each above 0; they add up to 1.

    Raises
    ------
    ArgumentError
        Fewer than two arms, lengths that differ, a negative count, or shares that do not add up to 1.

    Examples
    --------
    >>> round(sample_ratio([9_000, 1_000], [0.9, 0.1]), 3)
    1.0
    >>> sample_ratio([9_000, 800], [0.9, 0.1]) < ALARM
    True
    >>> sample_ratio([9, 1], [0.9, 0.1])
    NotEnough(reason='too_few')
    """
    _check(counts, shares)
    n = sum(counts)
    expected = [n * share for share in shares]
    if min(expected) < SMALLEST_EXPECTED:
        return NotEnough("too_few")
    distance = sum((count - wanted) ** 2 / wanted for count, wanted in zip(counts, expected, strict=True))
    return float(chdtrc(len(counts) - 1, distance))


def _check(counts: Sequence[int], shares: Sequence[float]) -> None:
    """Say which argument cannot be."""
    if len(counts) < 2 or len(counts) != len(shares) or min(counts) < 0:
        raise failure(
            ArgumentError, "experiments.arms", argument="counts", came=listing(counts), shares=listing(shares)
        )
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise failure(ArgumentError, "experiments.shares", argument="shares", came=listing(shares))

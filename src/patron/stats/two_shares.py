"""Are two shares the same? By the normal approximation where counts are large, exactly where they are small.

With few counts the normal test finds what is not there: one of eleven against none of 264 would be surer than one in a
hundred thousand. The exact test, given all margins, is Fisher's; half of what was seen counts (mid-p), so that it is
not too careful.

Ref  Fisher (1935), The logic of inductive inference, Journal of the Royal Statistical Society 98(1), 39-82
     Lancaster (1961), Significance tests in discrete distributions, JASA 56(294), 223-234: mid-p
     Cochran (1954), Some methods for strengthening the common chi-squared tests, Biometrics 10(4), 417-451: how large
     is large
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr

Floats = NDArray[np.float64]

LARGE = 10.0
"""Least expected count from which the normal test is used."""


def same_shares(did_a: ArrayLike, of_a: ArrayLike, did_b: ArrayLike, of_b: ArrayLike) -> Floats:
    """Return the two-sided p-value of each pair of shares; 1 where nothing can differ.

    Parameters
    ----------
    did_a, of_a, did_b, of_b : array of float
        How many did it of how many, in both groups; above zero. Counts that are none, such as effective ones, are
        rounded where the test is exact.

    Examples
    --------
    >>> same_shares([1, 300], [11, 1000], [0, 250], [264, 1000]).round(4).tolist()
    [0.04, 0.0123]
    """
    a, n, b, m = (np.asarray(values, dtype=np.float64) for values in (did_a, of_a, did_b, of_b))
    share = (a + b) / (n + m)
    least = np.minimum(share, 1 - share) * np.minimum(n, m)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(a / n - b / m) / np.sqrt(share * (1 - share) * (1 / n + 1 / m))
    p = np.asarray(2 * ndtr(-np.nan_to_num(z)), dtype=np.float64)
    for place in np.flatnonzero(least < LARGE):
        p[place] = _exact(*(int(values[place].round()) for values in (a, n, b, m)))
    return p


def _exact(a: int, n: int, b: int, m: int) -> float:
    """Return twice the smaller tail of the hypergeometric distribution, half of what was seen counted."""
    whole = a + b
    seen = np.arange(max(0, whole - m), min(whole, n) + 1)
    logs = _choose(n, seen) + _choose(m, whole - seen) - _choose(n + m, np.array(whole))
    chance = np.exp(logs)
    below, at = float(chance[seen < a].sum()), float(chance[seen == a].sum())
    return min(1.0, 2 * min(below + at / 2, 1 - below - at / 2))


def _choose(n: int, k: NDArray[np.int64]) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))

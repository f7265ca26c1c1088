"""How many times as often is something found in one group as in another, and could that be chance?

The interval is built from Wilson's intervals of the two shares, which hold for small counts, too, and needs no cell to
be filled: where nobody of the others has it, the ratio has a lower end and no upper one. The test is Fisher's, with the
half of the probability of what was seen that makes it honest on average instead of shy (mid-p).

Ref  Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22(158), 209-212
     Donner & Zou (2012), Closed-form confidence intervals for functions of the normal mean and standard deviation,
     Statistical Methods in Medical Research 21(4), 347-359: the ratio of two estimates from their own intervals
     Fagerland, Lydersen & Laake (2015), Recommended confidence intervals for two independent binomial proportions,
     Statistical Methods in Medical Research 24(2), 224-254: compares it with others
     Lancaster (1961), Significance tests in discrete distributions, JASA 56(294), 223-234: the mid-p
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr

from patron.stats.wilson import wilson

Floats = NDArray[np.float64]

ENOUGH = 50.0  # expected in the smallest of the four cells, from which the normal curve stands for the exact test
NEGLIGIBLE = 1e-12  # of a tail


@dataclass(frozen=True, kw_only=True)
class ShareRatio:
    """Shares of two groups and their ratio; infinite where nobody of the others has it."""

    share: Floats
    share_others: Floats
    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats  # two-sided


def share_ratio(
    count: ArrayLike, of: ArrayLike, count_others: ArrayLike, of_others: ArrayLike, *, level: float = 0.95
) -> ShareRatio:
    """Compare shares of two groups that have nobody in common.

    Parameters
    ----------
    count, of : array of float, shape (n,)
        How many of a group have it, and how many there are; `of` above zero.
    count_others, of_others : array of float, shape (n,)
        The same of the others.
    level : float
        Of the intervals, two-sided.

    Examples
    --------
    >>> found = share_ratio([30], [100], [20], [200])
    >>> round(float(found.ratio[0]), 3), round(float(found.low[0]), 2), round(float(found.high[0]), 2)
    (3.0, 1.8, 4.95)
    >>> found.p_value[0] < 0.001
    np.True_
    """
    a, n, b, m = (np.asarray(value, dtype=np.float64) for value in (count, of, count_others, of_others))
    low, high = (np.clip(end, 0.0, 1.0) for end in wilson(a, n, level=level))
    low_others, high_others = (np.clip(end, 0.0, 1.0) for end in wilson(b, m, level=level))
    low_others = np.where(b == 0, 0.0, low_others)  # exactly, which rounding leaves next to it
    low = np.where(a == 0, 0.0, low)
    share, other = a / n, b / m
    return ShareRatio(
        share=share, share_others=other, ratio=_over(share, other),
        low=_lower(share, low, other, high_others), high=_upper(share, high, other, low_others),
        p_value=mid_p(a, n, b, m),
    )  # fmt: skip


def _lower(share: Floats, low: Floats, other: Floats, other_high: Floats) -> Floats:
    """Return the lower end: Donner and Zou's equation with its root in the denominator, where it cannot cancel."""
    top = low * (2 * share - low)
    under = other_high * (2 * other - other_high)
    middle = share * other
    found = _over(top, middle + np.sqrt(np.maximum(middle**2 - top * under, 0.0)))
    return np.asarray(np.where(share == 0, 0.0, found))


def _upper(share: Floats, high: Floats, other: Floats, other_low: Floats) -> Floats:
    top = high * (2 * share - high)
    under = other_low * (2 * other - other_low)
    middle = share * other
    return _over(middle + np.sqrt(np.maximum(middle**2 - top * under, 0.0)), under)


def _over(top: Floats, under: Floats) -> Floats:
    """Divide; infinite over zero."""
    return np.divide(top, under, out=np.full_like(top, np.inf), where=under > 0)


def mid_p(count: ArrayLike, of: ArrayLike, count_others: ArrayLike, of_others: ArrayLike) -> Floats:
    """Return the two-sided mid-p value that two shares differ by chance: twice the smaller tail.

    Parameters
    ----------
    count, of, count_others, of_others : array of float, shape (n,)
        As in `share_ratio`.
    """
    a, n, b, m = (np.asarray(value, dtype=np.float64) for value in (count, of, count_others, of_others))
    having, whole = a + b, n + m
    expected = having * n / whole
    spread = np.sqrt(np.maximum(expected * (m / whole) * ((whole - having) / np.maximum(whole - 1, 1)), 0.0))
    p = 2 * ndtr(-np.abs(a - expected) / np.where(spread > 0, spread, np.inf))
    smallest = np.minimum(np.minimum(having, whole - having) * np.minimum(n, m) / whole, np.inf)
    exact = (smallest < ENOUGH) & (spread > 0)
    p[exact] = _exact(a[exact], n[exact], having[exact], whole[exact], above=(a >= expected)[exact])
    return np.asarray(np.minimum(p, 1.0))


def _exact(a: Floats, n: Floats, having: Floats, whole: Floats, *, above: NDArray[np.bool_]) -> Floats:
    """Return twice the hypergeometric tail beyond `a`, half of its own probability included."""
    # A tail below is the tail above of those who do not have it.
    a, having = np.where(above, a, n - a), np.where(above, having, whole - having)
    term = np.exp(_log_chance(a, n, having, whole))
    tail = term / 2
    left = np.flatnonzero(term > 0)
    while left.size:
        k, size, kind, people = a[left], n[left], having[left], whole[left]
        term[left] *= (kind - k) * (size - k) / ((k + 1) * (people - kind - size + k + 1))
        tail[left] += term[left]
        a[left] += 1
        left = left[term[left] > NEGLIGIBLE * tail[left]]
    return np.asarray(2 * tail)


def _log_chance(a: Floats, n: Floats, having: Floats, whole: Floats) -> Floats:
    return _log_choose(having, a) + _log_choose(whole - having, n - a) - _log_choose(whole, n)


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))

"""By how much does a group differ from the others of the same strata?

Shares are compared as Mantel and Haenszel do, which needs no stratum to be large: a stratum weighs by how much it can
tell, n1 x n0 / n. Means are compared with the same weights.

Ref  Mantel & Haenszel (1959), Statistical aspects of the analysis of data from retrospective studies of disease,
     Journal of the National Cancer Institute 22(4), 719-748: the test, without correction for continuity
     Greenland & Robins (1985), Estimation of a common effect parameter from sparse follow-up data, Biometrics 41(1),
     55-68: the difference
     Sato (1989), On the variance estimator for the Mantel-Haenszel risk difference, Biometrics 45(4), 1323-1324
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Stratified:
    """A difference for each group, its variance and interval."""

    difference: Floats
    variance: Floats
    low: Floats
    high: Floats


def share_difference(
    did: ArrayLike, size: ArrayLike, others_did: ArrayLike, others: ArrayLike, *, level: float = 0.95
) -> Stratified:
    """Return the common difference of two shares over strata.

    Parameters
    ----------
    did, size : array of shape (..., strata)
        How many of the group did it, and how many there are.
    others_did, others : array of the same shape
        The same of those it is compared with. At least one stratum must have both.

    Examples
    --------
    >>> found = share_difference([6, 8], [10, 10], [4, 12], [10, 20])
    >>> round(float(found.difference), 12)
    0.2
    """
    a, n, c, m = (np.asarray(v, dtype=np.float64) for v in (did, size, others_did, others))
    whole = np.maximum(n + m, 1.0)
    weight = (n * m / whole).sum(axis=-1)
    gap = ((a * m - c * n) / whole).sum(axis=-1) / weight
    p = (n**2 * c - m**2 * a + n * m * (m - n) / 2) / whole**2
    q = (a * (m - c) + c * (n - a)) / (2 * whole)
    return _interval(gap, (gap * p.sum(axis=-1) + q.sum(axis=-1)) / weight**2, level)


def mean_difference(
    size: ArrayLike, total: ArrayLike, squares: ArrayLike, others: ArrayLike, others_total: ArrayLike,
    others_squares: ArrayLike, *, level: float = 0.95,
) -> Stratified:  # fmt: skip
    """Return the common difference of two means over strata; the values' variance may differ between the groups.

    Parameters
    ----------
    size, total, squares : array of shape (..., strata)
        Of the group: how many, their sum and sum of squares.
    others, others_total, others_squares : array of the same shape
        The same of those it is compared with.
    """
    groups = [
        tuple(np.asarray(v, dtype=np.float64) for v in one)
        for one in ((size, total, squares), (others, others_total, others_squares))
    ]
    (n, _, _), (m, _, _) = groups
    weight = n * m / np.maximum(n + m, 1.0)
    means = [sums / np.maximum(count, 1.0) for count, sums, _ in groups]
    gap = (weight * (means[0] - means[1])).sum(axis=-1) / weight.sum(axis=-1)
    spread = np.zeros_like(gap)
    for (count, sums, seconds), mean in zip(groups, means, strict=True):
        freedom = np.maximum(np.maximum(count - 1, 0.0).sum(axis=-1), 1.0)
        within = np.maximum(seconds - sums * mean, 0.0).sum(axis=-1) / freedom
        spread = spread + within * (weight**2 / np.maximum(count, 1.0)).sum(axis=-1)
    return _interval(gap, spread / weight.sum(axis=-1) ** 2, level)


def no_difference(did: ArrayLike, size: ArrayLike, others_did: ArrayLike, others: ArrayLike) -> Floats:
    """Return the two-sided p-value of the test of Cochran, Mantel and Haenszel; 1 where nothing can differ.

    Parameters as in `share_difference`.

    Examples
    --------
    >>> round(float(no_difference([8], [10], [3], [10])), 4)
    0.0285
    """
    a, n, c, m = (np.asarray(v, dtype=np.float64) for v in (did, size, others_did, others))
    whole = np.maximum(n + m, 1.0)
    gap = (a - n * (a + c) / whole).sum(axis=-1)
    variance = n * m * (a + c) * (whole - a - c) / (whole**2 * np.maximum(whole - 1, 1.0))
    spread = np.sqrt(variance.sum(axis=-1))
    z = np.divide(np.abs(gap), spread, out=np.zeros_like(gap), where=spread > 0)
    return np.asarray(2 * ndtr(-z))


def comparable(
    did: ArrayLike, size: ArrayLike, others_did: ArrayLike, others: ArrayLike, *, least: float, expected: float = 5.0
) -> NDArray[np.bool_]:
    """Tell which groups are large enough to be compared, by sizes and by what all did, never by the difference.

    Parameters
    ----------
    did, size, others_did, others : array of shape (groups, strata)
        As in `share_difference`.
    least : float
        Members that a group must have in strata where there are others.
    expected : float
        Of the group, so many must be expected to do it, and not to, if it makes no difference (Cochran's rule).

    Examples
    --------
    >>> comparable([[4], [4]], [[60], [60]], [[40], [2]], [[400], [400]], least=50).tolist()
    [True, False]
    """
    a, n, c, m = (np.asarray(v, dtype=np.float64) for v in (did, size, others_did, others))
    whole = np.maximum(n + m, 1.0)
    likely = (n * (a + c) / whole).sum(axis=-1)
    there = np.where(m > 0, n, 0.0).sum(axis=-1)
    weight = (n * m / whole).sum(axis=-1)
    tails = np.minimum(likely, n.sum(axis=-1) - likely)
    return np.asarray((there >= least) & (tails >= expected) & (weight >= expected))


def _interval(gap: Floats, variance: Floats, level: float) -> Stratified:
    reach = float(ndtri((1 + level) / 2)) * np.sqrt(variance)
    return Stratified(difference=gap, variance=variance, low=gap - reach, high=gap + reach)

"""How far may a sum over things that come by chance be from what is expected of it?

Customers come for a spend as a Poisson stream, each with a value of her own. Their number is a sum in which everyone
counts 1; what they bring is one in which everyone counts her value. Both are weighted sums of Poisson counts, and the
interval of the expected sum is that of a gamma distribution with the sum's mean and variance; with weights of 1 it is
the exact one of a Poisson count.

Ref  Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28, 437-442
     Fay & Feuer (1997), Confidence intervals for directly standardized rates: a method based on the gamma distribution,
     Statistics in Medicine 16, 791-801: equations 1 to 4
     Tiwari, Clegg & Zou (2006), Efficient interval estimation for age-adjusted cancer rates, Statistical Methods in
     Medical Research 15, 547-569: the mean instead of the largest weight at the upper end
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaincinv, ndtri

Floats = NDArray[np.float64]

PRIOR = 50.0
"""Customers with the spread of the whole shop who are added to each group's own: by simulation, intervals of groups of
20 and more then hold about what they promise (`benchmarks/references/channel_coverage.py`)."""

FARTHEST = 50.0  # steps of the logarithm: beyond that an end says nothing


def compound_interval(
    total: ArrayLike, squares: ArrayLike, count: ArrayLike, *, extra: ArrayLike = 0.0, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the ends of the interval of an expected sum.

    Parameters
    ----------
    total, squares, count : array of float
        The sum over those who came of their values, of the squares of these, and how many came.
    extra : array of float
        Variance of the sum beyond that, as of values that are themselves foretold.
    level : float
        Of the interval, two-sided.

    Returns
    -------
    low, high : array of float
        Where the sum is not above 0, though somebody came, those of a normal distribution. Where nobody came, 0 and the
        most that a single one's weight of 1 can hide: 3.69 customers.

    Examples
    --------
    >>> low, high = compound_interval([10.0, 0.0], [10.0, 0.0], [10.0, 0.0])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([4.795, 0.0], [18.39, 3.689])
    """
    y, v, n, more = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in (total, squares, count, extra)))
    tail = (1 - level) / 2
    seen = y > 0
    mean = np.divide(y, n, out=np.ones_like(y), where=seen & (n > 0))
    square = np.divide(v, n, out=np.ones_like(y), where=seen & (n > 0))
    spread = v + more
    below = np.divide(y * y, spread, out=np.ones_like(y), where=seen & (spread > 0))
    low = np.where(seen, gammaincinv(below, tail) * y / below, 0.0)
    centre, wide = np.where(seen, y, 0.0) + mean, np.where(seen, spread, 0.0) + square
    above = np.maximum(centre * centre / wide, _least_shape(tail))
    high = gammaincinv(above, 1 - tail) * centre / above
    reach = float(ndtri(1 - tail)) * np.sqrt(spread)
    lost = ~seen & (spread > 0)
    return np.asarray(np.where(lost, y - reach, low)), np.asarray(np.where(lost, y + reach, high))


@lru_cache
def _least_shape(tail: float) -> float:
    """Return the shape below which a gamma distribution of one mean, though it varies more, ends sooner.

    So much variance lies in what is rarer than the tail; an interval that is known less surely must not be narrower.
    """
    found = minimize_scalar(
        lambda log: -gammaincinv(np.exp(log), 1 - tail) / np.exp(log), bounds=(-8, 3), method="bounded"
    )
    return float(np.exp(found.x))


def mean_interval(
    weight: ArrayLike, total: ArrayLike, squares: ArrayLike, weight_squares: ArrayLike,
    *, extra: ArrayLike = 0.0, level: float = 0.95,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Return a weighted mean and the ends of its interval; by the logarithm, where the mean is above 0.

    Parameters
    ----------
    weight, total, squares, weight_squares : array of float
        Sums of the weights w, of w x value, of (w x value) squared, and of w squared; weights above 0 that say nothing
        of the value.
    extra : array of float
        Variance of the mean beyond that of drawing its members.

    Examples
    --------
    >>> mean, low, high = mean_interval([4.0], [20.0], [110.0], [4.0])
    >>> mean.tolist(), low.round(2).tolist(), high.round(2).tolist()
    ([5.0], [3.5], [7.15])

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., eq. 2.45 (the variance of a ratio); n / (n - 1) as there.
    """
    w, t, s, ww = (np.asarray(one, dtype=np.float64) for one in (weight, total, squares, weight_squares))
    mean = t / w
    many = w * w / ww
    scatter = np.maximum(s - mean * mean * ww, 0.0) / (w * w) * many / np.maximum(many - 1, 0.5)
    error = np.sqrt(scatter + np.asarray(extra, dtype=np.float64))
    z = float(ndtri((1 + level) / 2))
    steps = np.divide(z * error, mean, out=np.zeros_like(mean), where=mean > 0)
    factor = np.exp(np.minimum(steps, FARTHEST))
    low = np.where(mean > 0, mean / factor, mean - z * error)
    return mean, np.asarray(low), np.asarray(np.where(mean > 0, mean * factor, mean + z * error))


def steadied(
    weight: ArrayLike, total: ArrayLike, squares: ArrayLike, weight_squares: ArrayLike, *, usual: ArrayLike,
    prior: float = PRIOR,
) -> Floats:  # fmt: skip
    """Return the sums of squares as if members with the usual spread about the same mean had been there, too.

    Of a few customers with a heavy tail the own spread is mostly too small, and smallest where the mean is: those who
    bring most are not among them.

    Parameters
    ----------
    weight, total, squares, weight_squares : array of float
        As in `mean_interval`; groups without weight, or with a mean not above 0, stay as they are.
    usual : array of float
        Mean square / squared mean, of all groups together.
    prior : float
        How many such members.

    Examples
    --------
    >>> steadied([10.0], [50.0], [250.0], [10.0], usual=3.0, prior=10.0).tolist()  # all alike; usual is 750
    [500.0]
    """
    w, t, s, ww, q = (np.asarray(one, dtype=np.float64) for one in (weight, total, squares, weight_squares, usual))
    told = (w > 0) & (t > 0) & (ww > 0)
    mean = np.divide(t, w, out=np.zeros_like(t), where=told)
    many = np.divide(w * w, ww, out=np.zeros_like(t), where=told)
    blended = (many * s + prior * q * mean * mean * ww) / np.where(told, many + prior, 1.0)
    return np.asarray(np.where(told, blended, s))

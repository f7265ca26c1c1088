"""How much more, or less, does a week of the year bring than a week without a season would?

The weeks' sales, on the log scale, are a level that drifts, a smooth curve over the year, a part of each week of the
year for itself, and noise: four Gaussian processes. How large each is, is averaged over a grid by its likelihood, so
that a season that was seen only once, and may be a drift, counts for half. Weeks in which the shop was closed are taken
out first; the same week of another year is expected to be closed as well. The season of one group, a category or a
product, is what it sold around the same weeks of earlier years beside what its own rate and the shop's season would
have given, drawn towards 1 by a gamma prior.

Ref  Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sections 2.2, 4.2.3 and 5.4.1
     West & Harrison (1997), Bayesian Forecasting and Dynamic Models, chapter 8: form-free seasonal effects
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

YEAR = 365.25 / 7  # weeks
LEAST = 56  # weeks: shorter data have not seen one week of the year twice
CLOSED = 0.3  # of the weeks around it: a week below has closed days
AROUND = 6  # weeks on either side

SMOOTH_WEEKS, OWN_WEEKS = 3.0, 0.6  # how far the two seasonal parts reach
SMOOTH_SIZES = (0.0, 0.1, 0.2, 0.4)  # standard deviations of logarithms
OWN_SIZES = (0.0, 0.05, 0.1, 0.2)
DRIFTS = (0.005, 0.02, 0.05)  # of the level, a week
NOISES = (0.05, 0.1, 0.2, 0.3)
VAGUE = 100.0  # variance of the level

GROUP_WEEKS = 3.0  # how far a group's own season reaches
EARLIER = 26  # weeks: nearer ones are the group's level, not its season


def circular_weeks(one: Floats, other: Floats) -> Floats:
    """Return how far apart days of the year are, in weeks, the shorter way around; shape (one, other)."""
    apart = np.abs(one[:, None] - other[None, :]) / 7
    return np.asarray(np.minimum(apart, YEAR - apart))


def week_season(sales: Floats, days_of_year: Floats) -> Floats:
    """Estimate the season of each week that was seen, and of weeks ahead.

    Parameters
    ----------
    sales : array of shape (weeks,)
        The shop's sales, the first week first.
    days_of_year : array of shape (weeks + ahead,)
        Day of the year of each week's middle, those ahead included.

    Returns
    -------
    array of shape (weeks + ahead,)
        Factors; their mean over the last year that was seen is 1. All are 1 for fewer than 56 weeks.

    Examples
    --------
    >>> weeks = np.arange(112)
    >>> days = (weeks * 7.0) % 365.25
    >>> factor = week_season(np.where(np.abs(days[:104] - 340) < 20, 300.0, 100.0), days)
    >>> bool(factor[np.abs(days - 340) < 10].min() > 1.8 * factor[np.abs(days - 180) < 30].max())
    True
    """
    weeks = len(sales)
    if weeks < LEAST or not (sales > 0).sum() > weeks // 2:
        return np.ones(len(days_of_year))
    usual = _around(sales)
    closed = sales < CLOSED * usual
    apart = circular_weeks(days_of_year, days_of_year[:weeks])
    factors = np.exp(_smooth_part(sales, apart, ~closed))
    if closed.any():
        factors = factors * _openings(apart[:, closed], (sales / np.maximum(usual, 1e-9))[closed])
    return np.asarray(factors / factors[max(weeks - 52, 0) : weeks].mean())


def group_season(sales: Floats, exposure: Floats, days_of_year: Floats, prior: Floats | float) -> Floats:
    """Return how each group's season departs from the one in `exposure`.

    A week's factor comes from weeks at least half a year before it alone, so no week knows of itself.

    Parameters
    ----------
    sales : array of shape (weeks, groups)
        Of each group.
    exposure : array of shape (weeks, groups)
        What the season without the group's own would give; 0 where the group was not sold.
    days_of_year : array of shape (weeks + ahead,)
        Day of the year of each week's middle.
    prior : array of shape (groups,), or float
        So many sales weigh as much as the prior's 1.

    Returns
    -------
    array of shape (weeks + ahead, groups)
        Factors, 1 where nothing is known.
    """
    weeks, total = len(sales), len(days_of_year)
    earlier = (np.arange(total)[:, None] - np.arange(weeks)[None, :] >= EARLIER).astype(np.float64)
    near = np.exp(-((circular_weeks(days_of_year, days_of_year[:weeks]) / GROUP_WEEKS) ** 2) / 2) * earlier
    rate = (earlier @ sales) / np.maximum(earlier @ exposure, 1e-9)
    return np.asarray((prior + near @ sales) / (prior + (near @ exposure) * rate))


def _around(sales: Floats) -> Floats:
    padded = np.pad(sales, AROUND, constant_values=np.nan)
    return np.asarray(np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1), axis=1))


def _smooth_part(sales: Floats, apart: Floats, seen: Bools) -> Floats:
    """Return the expected logarithm of the season of every week, given the weeks that were seen."""
    logs = np.log(np.maximum(sales[seen], 1e-9))
    logs = logs - logs.mean()
    place = np.flatnonzero(seen).astype(np.float64)
    drift, noise = np.minimum.outer(place, place), np.eye(len(place))
    smooth, own = (np.exp(-((apart[:, seen] / reach) ** 2) / 2) for reach in (SMOOTH_WEEKS, OWN_WEEKS))
    among = np.flatnonzero(seen)
    heights, parts = [], []
    for size, own_size, step, sd in product(SMOOTH_SIZES, OWN_SIZES, DRIFTS, NOISES):
        seasonal = size**2 * smooth + own_size**2 * own
        factor = linalg.cho_factor(VAGUE + step**2 * drift + seasonal[among] + sd**2 * noise, lower=True)
        weighed = linalg.cho_solve(factor, logs)
        heights.append(-float(logs @ weighed) / 2 - float(np.log(np.diag(factor[0])).sum()))
        parts.append(seasonal @ weighed)
    weights = np.exp(np.array(heights) - max(heights))
    return np.asarray(weights @ np.array(parts) / weights.sum())


def _openings(apart: Floats, open_shares: Floats) -> Floats:
    """Return the factor of weeks that overlap closed ones of any year."""
    overlap = np.maximum(1 - apart, 0)
    share = (overlap @ open_shares) / np.maximum(overlap.sum(axis=1), 1e-9)
    return np.asarray(1 - overlap.max(axis=1) * (1 - share))

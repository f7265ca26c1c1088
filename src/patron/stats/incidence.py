"""Which of two groups does it more often within a time, when not everybody was watched that long?

Two Kaplan-Meier curves are compared at one point of time. The p-value takes its variance under the hypothesis that the
groups do not differ, so that it also holds where nobody of one group did it; when everybody was watched to the end it
is Pearson's chi-square test. The interval of the ratio is that of Katz there.

Ref  Klein, Logan, Harhoff & Andersen (2007), Analyzing survival curves at a fixed point in time, Statistics in
     Medicine 26(24), 4505-4519: section 2
     Katz, Baptista, Azen & Pike (1978), Obtaining confidence intervals for the risk ratio in cohort studies, Biometrics
     34(3), 469-474: the logarithm of the ratio
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from patron.stats.survival import Survival, interval

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class IncidenceRatio:
    """How many times as often the first group does it; infinite where nobody of the second did."""

    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats  # two-sided, that the groups do not differ


def incidence_ratio(first: Survival, second: Survival, *, level: float = 0.95) -> IncidenceRatio:
    """Compare two groups, or many pairs of groups, at the last step of their curves.

    Parameters
    ----------
    first, second : Survival
        Curves of the same shape; some in each group must be at risk at the last step.
    level : float
        Of the interval.

    Examples
    --------
    >>> from patron.stats.survival import survival
    >>> found = incidence_ratio(survival([30], [70]), survival([15], [85]))
    >>> [round(float(figure), 3) for figure in (found.ratio, found.low, found.high, found.p_value)]
    [2.0, 1.149, 3.482, 0.011]
    """
    shares = [np.asarray(curve.incidence[..., -1]) for curve in (first, second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = shares[0] / shares[1]
        spread = sum(_log_variance(curve) for curve in (first, second))
        reach = float(ndtri((1 + level) / 2)) * np.sqrt(spread)
        low, high = ratio * np.exp(-reach), ratio * np.exp(reach)
    least, most = (np.asarray(end) for end in _outer(first, second, level))
    nobody, none_else = shares[0] <= 0, shares[1] <= 0
    return IncidenceRatio(
        ratio=np.where(nobody & none_else, 1.0, ratio),
        low=np.where(nobody, 0.0, np.where(none_else, least, low)),
        high=np.where(none_else, np.inf, np.where(nobody, most, high)),
        p_value=_p_value(first, second),
    )


def _log_variance(curve: Survival) -> Floats:
    """Return the variance of the logarithm of the incidence at the last step."""
    left, share = curve.survival[..., -1], curve.incidence[..., -1]
    spread = np.where(left > 0, curve.log_variance[..., -1], 0.0)
    return np.asarray(left**2 * spread / share**2)


def _outer(first: Survival, second: Survival, level: float) -> tuple[Floats, Floats]:
    """Return the ratios of the intervals' opposite ends: wide, and defined where one group never does it."""
    lows, highs = zip(*(interval(curve, level=level) for curve in (first, second)), strict=True)
    least = (1 - highs[0][..., -1]) / np.maximum(1 - lows[1][..., -1], 1e-300)
    most = (1 - lows[0][..., -1]) / np.maximum(1 - highs[1][..., -1], 1e-300)
    return least, most


def _p_value(first: Survival, second: Survival) -> Floats:
    at_risk, events = first.at_risk + second.at_risk, first.events + second.events
    hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    common = np.cumprod(1 - hazard, axis=-1)
    before = np.concatenate([np.ones_like(common[..., :1]), common[..., :-1]], axis=-1)
    variance = sum(_null_variance(curve, hazard, common, before) for curve in (first, second))
    gap = first.survival[..., -1] - second.survival[..., -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, np.abs(gap) / np.sqrt(variance), 0.0)
    return np.asarray(2 * ndtr(-z))


def _null_variance(curve: Survival, hazard: Floats, common: Floats, before: Floats) -> Floats:
    """Return the variance of a group's survival at the last step if its hazard were the common one.

    At risk are then those who would be: the group's size, times the common survival, times the share still watched.
    """
    stayed = np.maximum(curve.at_risk - curve.events, 0.0)
    after = np.concatenate([curve.at_risk[..., 1:], np.zeros_like(stayed[..., :1])], axis=-1)
    watched = np.cumprod(np.divide(after, stayed, out=np.ones_like(stayed), where=stayed > 0), axis=-1)
    seen = np.concatenate([np.ones_like(watched[..., :1]), watched[..., :-1]], axis=-1)
    expected = curve.at_risk[..., :1] * before * seen
    parts = np.divide(hazard, (1 - hazard) * expected, out=np.zeros_like(hazard), where=(hazard < 1) & (expected > 0))
    return np.asarray(common[..., -1] ** 2 * parts.sum(axis=-1))

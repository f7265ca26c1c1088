"""How far apart are two arms' means, as a difference and as a share of control, in many cells at once?

In   the means of both arms, cell by cell
Out  estimates with their variance, and the interval and p-value by three readings: fixed, always valid, Bayesian
Ref  Welch (1947), Biometrika 34, 28-35; Satterthwaite (1946), Biometrics Bulletin 2, eq. 17: the fixed reading
     Casella & Berger (2002), Statistical Inference, section 5.5.4: the delta method of the relative effect
     Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2023), Time-uniform central limit theory and asymptotic confidence
     sequences, arXiv 2103.06476v7: eq. 9 (interval), 155 (p-value) and 161 (where it is tightest)
     Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., eq. 2.12: normal prior and data
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.stats.ratio_moments import ArmMeans

Floats = NDArray[np.float64]

TIGHTEST_AT = 5000
"""Units of both arms together at which an always valid interval is as narrow as it can be made."""

SURE_BASE = 5.0
"""Standard errors above 0 at which control's mean must stand for anything to be said in per cent of it."""

SURE_BASE_ALWAYS = 7.0
"""The same where the figures are looked at again and again: with 5, of 100 looks at heavy money one errs in .052."""


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A difference between two arms, cell by cell; NaN where there is none."""

    estimate: Floats
    variance: Floats
    freedom: Floats  # of the variance (Satterthwaite)
    units: Floats  # of both arms


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A contrast with its interval."""

    estimate: Floats
    low: Floats
    high: Floats
    p_value: Floats  # two-sided; NaN of a Bayesian reading


@dataclass(frozen=True, kw_only=True)
class Posterior(Reading):
    """What is believed of a contrast after the data."""

    chance_to_win: Floats  # of an effect above 0
    loss: Floats  # expected, of choosing the treated arm should it be worse
    loss_control: Floats  # expected, of staying with control should it be worse


def difference_of(treated: ArmMeans, control: ArmMeans) -> Contrast:
    """Return treated - control."""
    parts = treated.variance / treated.n, control.variance / control.n
    return _contrast(treated, control, treated.mean - control.mean, parts[0] + parts[1])


def relative_of(treated: ArmMeans, control: ArmMeans, *, sure: float = SURE_BASE) -> Contrast:
    """Return (treated - control) / control, the base being control's plain mean.

    NaN where that is not `sure` standard errors above 0: the delta method takes it to be nearly known, and with
    a base that is not an arm that did worse by luck looks surely worse.

    Both arms' uncertainty is carried through (delta method).
    """
    surely = control.plain > sure * np.sqrt(control.plain_variance / control.n)
    base = np.where(surely, control.plain, np.nan)
    ratio = treated.plain / base
    variance = treated.variance / treated.n / base**2 + ratio**2 * control.variance / control.n / base**2
    return _contrast(treated, control, (treated.mean - control.mean) / base, variance)


def as_student(contrast: Contrast) -> Contrast:
    """Return a contrast of arms with one variance: its freedom is that of both together (`spread_alike`)."""
    return replace(contrast, freedom=np.where(np.isnan(contrast.freedom), np.nan, contrast.units - 2))


def _contrast(treated: ArmMeans, control: ArmMeans, estimate: Floats, variance: Floats) -> Contrast:
    parts = [(arm.variance / arm.n, arm.n - 1) for arm in (treated, control)]
    weight = sum(part**2 / free for part, free in parts)
    total = parts[0][0] + parts[1][0]
    freedom = np.divide(total**2, weight, out=np.full(np.shape(total), np.nan), where=np.asarray(weight > 0))
    known = np.where(variance > 0, variance, np.nan)
    return Contrast(
        estimate=np.where(np.isnan(known), np.nan, estimate),
        variance=known,
        freedom=freedom,
        units=treated.n + control.n,
    )


def welch(contrast: Contrast, *, level: float = 0.95, normal: bool = False) -> Reading:
    """Return the interval and p-value of a reading at one time that was fixed beforehand.

    Parameters
    ----------
    contrast : Contrast
        What to read.
    level : float
        How often intervals made this way hold the truth.
    normal : bool
        Take the normal distribution in place of Student's t, as is done for shares.
    """
    error = np.sqrt(contrast.variance)
    freedom = np.where(np.isnan(contrast.freedom), np.nan, np.inf) if normal else contrast.freedom
    reach = _quantile(freedom, 0.5 + level / 2) * error
    p = (
        2 * special.stdtr(freedom, -np.abs(contrast.estimate) / error)
        if not normal
        else 2 * special.ndtr(-np.abs(contrast.estimate) / error)
    )
    return Reading(estimate=contrast.estimate, low=contrast.estimate - reach, high=contrast.estimate + reach, p_value=p)


def _quantile(freedom: Floats, share: float) -> Floats:
    endless = np.isinf(freedom)
    student = special.stdtrit(np.where(endless, 1.0, freedom), share)
    return np.asarray(np.where(endless, special.ndtri(share), student))


def always_valid(contrast: Contrast, *, level: float = 0.95, tightest_at: float = TIGHTEST_AT) -> Reading:
    """Return an interval that holds however often the figures are looked at, and whenever the experiment is stopped.

    Asymptotic: the first look is to come when the arms have a hundred units or so, more with heavy tails.

    Parameters
    ----------
    contrast : Contrast
        What to read, of all data so far.
    level : float
        How often the intervals of all looks together hold the truth.
    tightest_at : float
        Units of both arms together at which the interval is to be narrowest. Set before the first look.
    """
    wrong = 1 - level
    spread = (-2 * math.log(wrong) + math.log(-2 * math.log(wrong) + 1)) / tightest_at  # rho squared
    n = contrast.units
    grown = n * spread + 1
    reach = np.sqrt(contrast.variance * n * 2 * grown * np.log(np.sqrt(grown) / wrong)) / (n * math.sqrt(spread))
    evidence = spread * n * contrast.estimate**2 / contrast.variance / (2 * grown)
    p = np.minimum(1.0, np.sqrt(grown) * np.exp(-evidence))
    return Reading(estimate=contrast.estimate, low=contrast.estimate - reach, high=contrast.estimate + reach, p_value=p)


def posterior(
    contrast: Contrast, *, level: float = 0.95, mean: Floats | float = 0.0, deviation: Floats | float = math.inf
) -> Posterior:
    """Return what is believed after the data, of an effect believed to be normal before.

    Parameters
    ----------
    contrast : Contrast
        What to read.
    level : float
        Probability of the interval.
    mean, deviation : array of float or float
        What was believed before; the infinite deviation is the flat prior.
    """
    before = 1 / np.square(deviation)
    weight = 1 / contrast.variance + before
    middle = (contrast.estimate / contrast.variance + mean * before) / weight
    error = 1 / np.sqrt(weight)
    reach = float(special.ndtri(0.5 + level / 2)) * error
    z = middle / error
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    return Posterior(
        estimate=middle, low=middle - reach, high=middle + reach, p_value=np.full(np.shape(middle), np.nan),
        chance_to_win=special.ndtr(z),
        loss=error * density - middle * special.ndtr(-z),
        loss_control=error * density + middle * special.ndtr(z),
    )  # fmt: skip

"""What one metric says in each arm and segment: means, effect and relative effect by one of three methods."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from patron.stats.contrast import (
    SURE_BASE,
    SURE_BASE_ALWAYS,
    TIGHTEST_AT,
    Contrast,
    Posterior,
    Reading,
    always_valid,
    as_student,
    difference_of,
    posterior,
    relative_of,
    welch,
)
from patron.stats.difference import SMALLEST_ARM
from patron.stats.ratio_moments import ArmMeans, Ratio, RatioMoments, adjusted_means, spread_alike

Floats = NDArray[np.float64]
Method = Literal["frequentist", "bayesian", "sequential"]
Spread = Literal["own", "alike"]


@dataclass(frozen=True)
class Prior:
    """What is believed of an effect before the data: normal, with this mean and standard deviation.

    ``relative``: both are shares of control's mean, such as .02 for 2 %; otherwise in the metric's own unit.
    """

    mean: float = 0.0
    deviation: float = math.inf
    relative: bool = True


@dataclass(frozen=True, kw_only=True)
class Question:
    """How an effect is to be read."""

    method: Method = "frequentist"
    level: float = 0.95
    least: int = SMALLEST_ARM  # independent units that each arm needs
    tightest_at: float = TIGHTEST_AT  # units, of an always valid reading
    spread: Spread = "own"  # each arm has a variance of its own, or that of both together
    prior: Prior = field(default_factory=Prior)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One metric's figures in each treated arm and segment; NaN where there is none."""

    mean: Floats
    mean_control: Floats
    units: Floats
    units_control: Floats
    effect: Reading
    relative: Reading
    error: Floats  # standard error of the effect
    explained: Floats  # share of the variance that the covariates took off
    status: NDArray[np.str_]


def read_moments(
    treated: RatioMoments, control: RatioMoments, ratios: list[Ratio], question: Question, *, share: bool
) -> Figures:
    """Compare each arm with control.

    Parameters
    ----------
    treated, control : RatioMoments, (arms, segments) and (1, segments)
        The sums.
    ratios : list of Ratio
        The metric, then its covariates.
    question : Question
        How to read.
    share : bool
        The metric is the share of units that did something, without bottom or covariates: its variance is p (1 - p)
        and its difference is read with the normal distribution.
    """
    one, other = adjusted_means(treated, control, ratios)
    if share:
        one, other = _share(one), _share(other)
    return read_arms(one, other, question, normal=share)


def read_arms(one: ArmMeans, other: ArmMeans, question: Question, *, normal: bool = False) -> Figures:
    """Compare each arm, (arms, segments), with control, (1, segments), whatever their means are means of."""
    other = _spread_over(other, one)
    status = _status(one, other, question.least)
    readable = status == "read"
    alike = question.spread == "alike"
    if alike:
        one, other = spread_alike(one, other)
    sure = SURE_BASE_ALWAYS if question.method == "sequential" else SURE_BASE
    contrasts = difference_of(one, other), relative_of(one, other, sure=sure)
    effect, relative = (_only(as_student(each) if alike else each, readable) for each in contrasts)
    with np.errstate(invalid="ignore", divide="ignore"):
        explained = 1 - (one.variance / one.n + other.variance / other.n) / (
            one.plain_variance / one.n + other.plain_variance / other.n
        )
    return Figures(
        mean=one.plain, mean_control=other.plain, units=one.n, units_control=other.n,
        effect=_read(effect, question, other.plain, own_unit=True, normal=normal),
        relative=_read(relative, question, other.plain, own_unit=False, normal=False),
        error=np.sqrt(effect.variance), explained=np.where(readable, explained, np.nan), status=status,
    )  # fmt: skip


def _share(arm: ArmMeans) -> ArmMeans:
    variance = arm.mean * (1 - arm.mean)
    return ArmMeans(n=arm.n, plain=arm.plain, mean=arm.mean, variance=variance, plain_variance=variance)


def _spread_over(control: ArmMeans, treated: ArmMeans) -> ArmMeans:
    """Return control once for each arm."""
    shape = treated.n.shape
    return ArmMeans(**{name: np.broadcast_to(values, shape) for name, values in vars(control).items()})


def _status(one: ArmMeans, other: ArmMeans, least: int) -> NDArray[np.str_]:
    """Return why a cell cannot be read; ``read`` where it can."""
    smallest = np.minimum(one.n, other.n)
    # One arm in which nobody did anything can be read beside one that varies.
    known = np.isfinite(one.variance) & np.isfinite(other.variance)
    flat = ~(known & ((one.variance > 0) | (other.variance > 0)))
    return np.select(
        [smallest < 1, smallest < max(least, 2), flat], ["empty_arm", "too_few", "no_spread"], default="read"
    )


def _only(contrast: Contrast, readable: NDArray[np.bool_]) -> Contrast:
    return Contrast(**{name: np.where(readable, values, np.nan) for name, values in vars(contrast).items()})


def _read(contrast: Contrast, question: Question, base: Floats, *, own_unit: bool, normal: bool) -> Reading | Posterior:
    with np.errstate(invalid="ignore", divide="ignore"):
        if question.method == "sequential":
            return always_valid(contrast, level=question.level, tightest_at=question.tightest_at)
        if question.method == "bayesian":
            prior, scale = question.prior, np.ones_like(base)
            if prior.relative and own_unit:
                scale = np.abs(base)
            elif not prior.relative and not own_unit:
                scale = 1 / np.abs(base)
            return posterior(contrast, level=question.level, mean=prior.mean * scale, deviation=prior.deviation * scale)
        return welch(contrast, level=question.level, normal=normal)

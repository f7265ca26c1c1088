"""What do chances to survive add up to, over many periods or all time, where no closed form is known?

The first two thousand periods are added one by one; the rest is an integral (Euler and Maclaurin), taken on the scale
of the logarithm of time, on which a survival that fades like a power of time is smooth.

Ref  NIST Digital Library of Mathematical Functions 2.10.1 (Euler-Maclaurin formula)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LogChance = Callable[[Floats, Floats], Floats]

NEAR = 2048  # periods that are added one by one
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
GONE = 745.0  # exp(-745) is nothing
NO_MORE = 60.0  # nor does exp(-60) count beside 1
CELLS_AT_ONCE = 1 << 18


@dataclass(frozen=True, kw_only=True)
class Survival:
    """The log of the chance to survive on: from tenures and the logarithms of times ahead.

    In the end the chance falls like time to the power -`fades`, up to a part that vanishes like time^-`settles`.
    """

    log_chance: LogChance
    fades: float
    settles: float


def sum_of_survivals(survival: Survival, tenure: Floats, *, periods: float = np.inf, force: float = 0.0) -> Floats:
    """Return the sum over k from 1 to `periods` of the chance to survive k more periods, times exp(-force k).

    Parameters
    ----------
    survival : Survival
        The chances.
    tenure : array of float
        Periods survived already.
    periods : float
        How many; may be infinite where `force` is positive or the survival fades faster than 1 / time.
    force : float
        Continuous rate of discount a period.
    """
    ages, at = np.unique(tenure, return_inverse=True)
    near = int(min(periods, NEAR - 1))
    total = np.zeros(len(ages))
    step = max(1, CELLS_AT_ONCE // max(len(ages), 1))
    for start in range(1, near + 1, step):
        k = np.arange(start, min(start + step, near + 1), dtype=np.float64)
        total += np.exp(survival.log_chance(ages[:, None], np.log(k)) - force * k).sum(axis=1)
    if periods >= NEAR and force * NEAR < GONE:
        total += _far(survival, ages, periods, force)
    return np.asarray(total[at].reshape(tenure.shape))


def _far(survival: Survival, ages: Floats, periods: float, force: float) -> Floats:
    """Return the sum from period NEAR on."""

    def value(time: float) -> Floats:
        return np.asarray(np.exp(survival.log_chance(ages, np.full(len(ages), np.log(time))) - force * time))

    # The slopes at the ends by central differences: they change so slowly here that more is not needed.
    total = value(NEAR) / 2 - (value(NEAR + 1) - value(NEAR - 1)) / 24
    if np.isfinite(periods):
        total = total + value(periods) / 2 + (value(periods + 1) - value(periods - 1)) / 24
    return np.asarray(total + np.array([_integral(survival, age, periods, force) for age in ages]))


def _integral(survival: Survival, age: float, periods: float, force: float) -> float:
    """Integrate from NEAR on over the logarithm of time; where all time counts, the end is a pure power."""
    low, high = float(np.log(NEAR)), float(np.log(periods))
    endless = not np.isfinite(high) and not force
    if force:
        high = min(high, np.log(GONE) - np.log(force))
    if endless:
        settled = max(NO_MORE / survival.settles, NO_MORE + np.log1p(age))
        high = low + min(settled, NO_MORE / (survival.fades - 1))
    edges = _edges(low, high, widening=endless)
    half = (edges[1:] - edges[:-1]) / 2
    y = (((edges[1:] + edges[:-1]) / 2)[:, None] + half[:, None] * NODES).ravel()
    weights = (half[:, None] * WEIGHTS).ravel()

    def value(log_time: Floats) -> Floats:
        log_chance = survival.log_chance(np.full(len(log_time), age), log_time)
        return np.asarray(np.exp(log_chance + log_time - force * np.exp(np.minimum(log_time, GONE - 40))))

    rest = float(value(np.array([high]))[0]) / (survival.fades - 1) if endless else 0.0
    return float((weights * value(y)).sum()) + rest


def _edges(low: float, high: float, *, widening: bool) -> Floats:
    """Return the edges of panels, each at most as wide as an e-fold of time, or as a quarter of the way so far."""
    edges = [low]
    while edges[-1] < high:
        edges.append(min(high, edges[-1] + max(1.0, (edges[-1] - low) / 4 if widening else 0.0)))
    return np.array(edges)


def last_above(chance: Callable[[Floats], Floats], least: float, *, periods: float, shape: tuple[int, ...]) -> Floats:
    """Return the largest k from 0 to `periods` whose chance is above `least`; the chances fall with k."""
    low, high = np.zeros(shape), np.full(shape, float(periods))
    while (low < high).any():
        middle = np.ceil((low + high) / 2)
        above = chance(middle) > least + 1e-12
        low, high = np.where(above, middle, low), np.where(above, high, middle - 1)
    return low

"""How fast does an effect fade?

In   effects over consecutive stretches of days since they began, with the covariance of their errors
Out  the half-life of an effect that fades exponentially, with its interval; or why none can be told
Ref  Seber & Wild (1989), Nonlinear Regression, section 5.4: the interval by the profile of the sum of squares

An effect of ``a exp(-r t)`` a day brings ``a (exp(-r s) - exp(-r u)) / r`` from day s to day u. For each rate r the
best a is generalised least squares, so that only r has to be searched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Fading = Literal["fades", "lasts", "other_shape", "too_short", "cannot_tell"]

STRETCHES = 3
"""Stretches below which a curve of two parameters leaves nothing to judge it by."""

ANY, RATE = 9.210, 3.841  # 99 % point of chi squared with two degrees of freedom, 95 % point with one
MISFIT = 0.01
SHORTEST, STEPS = 1.0, 240  # half-lives that are tried: from a day to ten times the days watched


@dataclass(frozen=True, kw_only=True)
class Decay:
    """What is known of the half-life.

    ``fades``        the half-life with its interval; `low` is none where even the shortest is possible
    ``lasts``        a constant effect is possible: `low` is the shortest half-life that is, there is no other figure
    ``other_shape``  no exponential fits, as where sales were only moved forward and are missing later
    ``too_short``    fewer than `STRETCHES` stretches were watched
    ``cannot_tell``  there may be no effect (by a test at 1 %: many entries are asked), or any half-life may be
    """

    status: Fading
    half_life: float | None = None  # days
    low: float | None = None
    high: float | None = None
    at_start: float | None = None  # effect of the first day, by the best curve


def decay(effects: ArrayLike, covariance: ArrayLike, edges: ArrayLike) -> Decay:
    """Fit an exponentially fading effect.

    Parameters
    ----------
    effects : array of float, one a stretch
        What each stretch brought in all.
    covariance : array of float, square
        Of the errors of `effects`, positive definite.
    edges : array of float, one more than stretches
        Days since the beginning at which the stretches begin and end, rising.

    Raises
    ------
    ArgumentError
        Shapes that do not go together, edges that do not rise, or a covariance that is not positive definite.

    Examples
    --------
    >>> found = decay([60.0, 31.0, 14.0, 8.0], [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [0, 7, 14, 21, 28])
    >>> found.status, round(found.half_life, 1)
    ('fades', 7.1)
    """  # noqa: E501
    own, spread, ends = (np.asarray(values, dtype=np.float64) for values in (effects, covariance, edges))
    count = len(own)
    if spread.shape != (count, count) or ends.shape != (count + 1,) or (np.diff(ends) <= 0).any():
        raise failure(ArgumentError, "ledger.decay_shapes", came=f"{own.shape} / {spread.shape} / {ends.shape}")
    if count < STRETCHES:
        return Decay(status="too_short")
    try:
        root = np.linalg.cholesky(spread)
    except np.linalg.LinAlgError:
        raise failure(ArgumentError, "ledger.decay_covariance", came=str(spread.diagonal())) from None
    span = float(ends[-1] - ends[0])
    half_lives = np.append(np.geomspace(SHORTEST, 10 * span, STEPS), math.inf)
    curves = np.linalg.solve(root, _curves(math.log(2) / half_lives, ends).T)  # (stretches, rates)
    seen = np.linalg.solve(root, own)
    along = curves.T @ seen
    left = float(seen @ seen) - along**2 / (curves**2).sum(axis=0)  # chi squared that each rate leaves
    best = int(np.argmin(left))
    start = float(along[best] / (curves[:, best] ** 2).sum())
    return _judged(half_lives, left, best, start, nothing=float(seen @ seen), freedom=count - 2)


def _curves(rates: Floats, ends: Floats) -> Floats:
    """Return what a unit effect on the first day brings in each stretch, one row a rate; a rate of 0 lasts."""
    days = ends - ends[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        brought = -np.expm1(-np.outer(rates, days)) / rates[:, None]
    brought[rates == 0] = days
    return np.diff(brought, axis=1)


def _judged(half_lives: Floats, left: Floats, best: int, start: float, *, nothing: float, freedom: int) -> Decay:
    if nothing - left[best] < ANY:
        return Decay(status="cannot_tell")
    if float(chdtrc(freedom, left[best])) < MISFIT:
        return Decay(status="other_shape")
    possible = np.flatnonzero(left <= left[best] + RATE)
    # Ends lie between two half-lives that were tried: the outer one is taken.
    low = None if possible[0] == 0 else float(half_lives[possible[0] - 1])
    if not math.isinf(half_lives[possible[-1]]):
        high = float(half_lives[min(possible[-1] + 1, STEPS - 1)])
        return Decay(status="fades", half_life=float(half_lives[best]), low=low, high=high, at_start=start)
    return Decay(status="cannot_tell") if low is None else Decay(status="lasts", low=low, at_start=start)

"""By how much do a few units differ from the others, when each of them is one draw?

In   one number a unit (such as its change from before to after), and which units were treated
Out  the difference of the means, with an interval and a p-value from every way the units could have been drawn

With a dozen regions there is no large sample. Two answers are given. The permutation's asks how many of the other
draws of as many units would differ by as much; it needs nothing but that the units were drawn by chance, and its
interval holds the effects that it would not refuse. The t-test's needs changes that are near normal and equally spread,
and allows one treated unit.

Ref  Fisher (1935), The Design of Experiments, section 21; Lehmann & Romano (2005), Testing Statistical Hypotheses, 5.8
     Bertrand, Duflo & Mullainathan (2004), QJE 119, 249-275: before and after, one change a unit
     Donald & Lang (2007), Review of Economics and Statistics 89, 221-233: t with units - 2 degrees of freedom
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DRAWS = 20_000
"""Ways to draw the treated units that are tried; where there are more, as many are drawn."""

FEWEST_UNITS = 4
"""Units below which not even a t-test is made."""


@dataclass(frozen=True, kw_only=True)
class UnitDifference:
    """A difference of the means of treated and control units."""

    estimate: float
    low: float | None  # by permutation; None where `smallest_p` is above 1 - level, so that nothing could be refused
    high: float | None
    p_value: float
    t_low: float
    t_high: float
    t_p_value: float
    standard_error: float  # of the t-test, with `freedom` degrees
    freedom: int
    smallest_p: float  # the smallest p-value that so many units can give


@dataclass(frozen=True, kw_only=True)
class TooFewUnits:
    """So few units cannot answer at the level asked for.

    ``too_few``    fewer than four for a t-test; or even the most uneven draw would not be rare enough for a permutation
    ``no_spread``  all changes within treated and within control are equal, so that luck cannot be told
    """

    reason: Literal["too_few", "no_spread"]
    treated: int
    control: int
    smallest_p: float
    needed: int  # units, with as many of them treated, that a permutation asks for


def unit_difference(
    values: ArrayLike, treated: ArrayLike, *, level: float = 0.95, seed: int = 0
) -> UnitDifference | TooFewUnits:
    """Return the difference of treated and control units.

    Parameters
    ----------
    values : array of float, one a unit
    treated : array of bool, one a unit
    level : float
        How often intervals made this way hold the truth.
    seed : int
        For the draws, where there are more than `DRAWS` ways.

    Raises
    ------
    ArgumentError
        Lengths that differ, a missing value, no treated or no control unit, or a level outside 0 to 1.

    Examples
    --------
    >>> found = unit_difference([5.0, 6.1, 5.4, 0.2, 1.0, 0.4, 0.7, 0.1], [True] * 3 + [False] * 5)
    >>> round(found.estimate, 2), round(found.p_value, 4), found.low < 5.02 < found.high
    (5.02, 0.0179, True)
    >>> unit_difference([5.0, 0.2, 1.0], [True, False, False])
    TooFewUnits(reason='too_few', treated=1, control=2, smallest_p=0.3333333333333333, needed=20)
    """
    change, arm = _checked(values, treated, level)
    many, some = len(change), int(arm.sum())
    smallest = _smallest_p(many, some)
    if many < FEWEST_UNITS:
        return too_few(many, some, level)
    estimate = float(change[arm].mean() - change[~arm].mean())
    error, freedom = _pooled_error(change, arm)
    if error <= 1e-12 * (abs(estimate) + float(np.abs(change).max())):
        return replace(too_few(many, some, level), reason="no_spread")
    draws = _Draws.of(change, arm, _draws(arm, seed))
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * error
    refuses = smallest <= 1 - level + 1e-12
    return UnitDifference(
        estimate=estimate, low=draws.edge(-error, level) if refuses else None,
        high=draws.edge(error, level) if refuses else None, p_value=draws.p_value(0.0),
        t_low=estimate - reach, t_high=estimate + reach, t_p_value=2 * float(stdtr(freedom, -abs(estimate) / error)),
        standard_error=error, freedom=freedom, smallest_p=smallest,
    )  # fmt: skip


def too_few(units: int, treated: int, level: float) -> TooFewUnits:
    """Return that so many units are too few, and how many a permutation asks for."""
    return TooFewUnits(
        reason="too_few", treated=treated, control=units - treated, smallest_p=_smallest_p(units, treated),
        needed=_needed(treated, level),
    )  # fmt: skip


def smallest_difference(standard_error: float, freedom: int, *, power: float = 0.8, level: float = 0.95) -> float:
    """Return the smallest difference that the t-test sees with a chance of `power`.

    Ref  Bloom (1995), Evaluation Review 19(5), 547-556

    Examples
    --------
    >>> round(smallest_difference(1.0, 18), 2)
    2.96
    """
    return standard_error * float(stdtrit(freedom, 0.5 + level / 2) + stdtrit(freedom, power))


def _checked(values: ArrayLike, treated: ArrayLike, level: float) -> tuple[Floats, Bools]:
    change, arm = np.asarray(values, dtype=np.float64), np.asarray(treated, dtype=np.bool_)
    if change.ndim != 1 or change.shape != arm.shape:
        raise failure(ArgumentError, "targeting.lengths", argument="values", came=change.shape, allowed=arm.shape)
    if not np.isfinite(change).all():
        raise failure(ArgumentError, "targeting.missing", argument="values", came=int((~np.isfinite(change)).sum()))
    if arm.all() or not arm.any():
        raise failure(ArgumentError, "geo.one_arm", argument="treated", treated=int(arm.sum()), units=len(arm))
    if not 0 < level < 1:
        raise failure(ArgumentError, "survival.open_share", argument="level", came=level)
    return change, arm


def _smallest_p(units: int, treated: int) -> float:
    """Return the share of the draws that the most uneven one is; with halves its mirror differs by as much."""
    return (2 if 2 * treated == units else 1) / math.comb(units, treated)


def _needed(treated: int, level: float) -> int:
    units = treated + 1
    while _smallest_p(units, treated) > 1 - level + 1e-12:
        units += 1
    return units


def _pooled_error(change: Floats, arm: Bools) -> tuple[float, int]:
    """Return the standard error of the difference from the spread within the arms, and its degrees of freedom."""
    freedom = len(change) - 2
    within = sum(float(((part - part.mean()) ** 2).sum()) for part in (change[arm], change[~arm]))
    return math.sqrt(within / freedom * (1 / arm.sum() + 1 / (~arm).sum())), freedom


def _draws(arm: Bools, seed: int) -> Bools:
    """Return ways to draw as many treated units, one a row; the first is the one that came."""
    units, some = len(arm), int(arm.sum())
    if math.comb(units, some) <= DRAWS:
        chosen = np.array(list(combinations(range(units), some)))
        drawn = np.zeros((len(chosen), units), dtype=np.bool_)
        np.put_along_axis(drawn, chosen, values=True, axis=1)
        return drawn
    ranks = np.random.default_rng(seed).random((DRAWS - 1, units)).argpartition(some - 1, axis=1)[:, :some]
    drawn = np.zeros((DRAWS - 1, units), dtype=np.bool_)
    np.put_along_axis(drawn, ranks, values=True, axis=1)
    return np.vstack([arm, drawn])


@dataclass(frozen=True)
class _Draws:
    """What every draw needs for the difference that it would have shown: an effect moves it along a straight line."""

    apart: Floats  # of the changes as they came; the draw that came is `came`
    per_effect: Floats
    came: float
    rounding: float

    @classmethod
    def of(cls, change: Floats, arm: Bools, draws: Bools) -> _Draws:
        some, rest = int(arm.sum()), int((~arm).sum())
        chosen = draws.astype(np.float64)
        total, together = chosen @ change, chosen @ arm.astype(np.float64)
        return cls(
            apart=total / some - (change.sum() - total) / rest,
            per_effect=together / some - (some - together) / rest,
            came=float(change[arm].mean() - change[~arm].mean()),
            rounding=1e-9 * float(np.abs(change).max()),
        )

    def p_value(self, effect: float) -> float:
        """Return the share of draws that differ at least as much as the one that came, were `effect` the truth."""
        uneven = np.abs(self.apart - effect * self.per_effect)
        return float((uneven >= abs(self.came - effect) - self.rounding - 1e-9 * abs(effect)).mean())

    def edge(self, step: float, level: float) -> float:
        """Return the effect farthest to one side of what came that is not refused, by bisection."""
        inside, outside = self.came, self.came + step
        for _ in range(60):
            if self.p_value(outside) <= 1 - level + 1e-12:
                break
            inside, outside = outside, self.came + 2 * (outside - self.came)
        for _ in range(30):
            middle = (inside + outside) / 2
            if self.p_value(middle) <= 1 - level + 1e-12:
                outside = middle
            else:
                inside = middle
        return outside

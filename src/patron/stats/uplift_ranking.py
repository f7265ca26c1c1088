"""People in the order of a score, and what treated and control did from the first of them on.

In   score, treated or not, outcome, one each a person
Out  `Ranked`: running counts and sums of both arms at every distinct score; how a statistic of them feels each person

People of one score are one step: their order is nobody's, so a curve is a straight line across them. All of the
published curves are functions of the running counts and sums, and all areas under them sums over steps, so that one
pass back over the steps gives a statistic's derivative by the weight of each person. From these comes its variance,
exactly as from leaving out one person at a time, at the price of a second area.

Ref  Efron & Stein (1981), The jackknife estimate of variance, Annals of Statistics 9(3), 586-596
     Jaeckel (1972), The infinitesimal jackknife, Bell Laboratories memorandum MM 72-1215-11
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Unranked = Literal["one_arm", "constant_score", "no_spread", "no_effect"]


@dataclass(frozen=True)
class NoRanking:
    """Nothing can be said of how well a score ranks.

    ``one_arm``         nobody was treated, or nobody was not
    ``constant_score``  everybody has one score, which ranks nobody
    ``no_spread``       all outcomes are the same, so that luck cannot be told from ranking
    ``no_effect``       the definition divides by an effect over all people, and there is none (or a negative one)
    """

    reason: Unranked


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """People by falling score, and the running figures of both arms at the end of each step of equal scores."""

    order: Ints  # the people's places in the arrays that came
    step: Ints  # of each of them, in that order; and so on
    treated: Bools
    outcome: Floats
    weight: Floats | None  # None: one each
    people: Floats  # of both arms until the end of each step, and so on
    n_treated: Floats
    n_control: Floats
    y_treated: Floats
    y_control: Floats

    @property
    def is_binary(self) -> bool:
        """Whether all outcomes are 0 or 1."""
        return bool(((self.outcome == 0) | (self.outcome == 1)).all())


@dataclass(frozen=True)
class Felt:
    """A statistic, and its derivative by the weight of each person."""

    value: float
    influence: Floats

    def __sub__(self, other: Felt) -> Felt:
        return Felt(self.value - other.value, self.influence - other.influence)

    def __truediv__(self, other: Felt) -> Felt:
        ratio = self.value / other.value
        return Felt(ratio, (self.influence - ratio * other.influence) / other.value)

    def __mul__(self, other: Felt) -> Felt:
        return Felt(self.value * other.value, self.value * other.influence + other.value * self.influence)

    def times(self, factor: float) -> Felt:
        """Return the statistic times a number that is known."""
        return Felt(factor * self.value, factor * self.influence)

    def plus(self, summand: float) -> Felt:
        """Return the statistic plus a number that is known."""
        return Felt(self.value + summand, self.influence)

    @property
    def standard_error(self) -> float:
        """The standard error: people are drawn independently."""
        rest = self.influence - self.influence.mean()
        return float(np.sqrt(rest @ rest))


@dataclass(frozen=True)
class Partials:
    """Derivatives of a curve's height at each step by the running figures there."""

    n_treated: Floats | float = 0.0
    n_control: Floats | float = 0.0
    y_treated: Floats | float = 0.0
    y_control: Floats | float = 0.0


def ranked(
    score: ArrayLike, treated: ArrayLike, outcome: ArrayLike, *, weight: ArrayLike | None = None
) -> Ranked | NoRanking:
    """Put people in the order of a score, the highest first.

    Parameters
    ----------
    score : array of float, one a person
    treated : array of bool, or of 0 and 1, one a person
    outcome : array of float, one a person
    weight : array of float, one a person, optional
        How many people each stands for, where arms were drawn with several chances.

    Raises
    ------
    ArgumentError
        Lengths that differ, a value that is missing, or a treatment that is neither 0 nor 1.

    Examples
    --------
    >>> people = ranked([0.3, 0.1, 0.3, 0.2], [1, 1, 0, 0], [1.0, 0.0, 0.0, 1.0])
    >>> people.people.tolist(), people.y_treated.tolist(), people.y_control.tolist()
    ([2.0, 3.0, 4.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0])
    """
    scores, arm, came, weights = _checked(score, treated, outcome, weight)
    if arm.all() or not arm.any():
        return NoRanking("one_arm")
    order = np.argsort(-scores)
    scores, arm, came = scores[order], arm[order], came[order]
    ends = np.append(np.flatnonzero(scores[1:] != scores[:-1]), len(scores) - 1)
    if len(ends) == 1:
        return NoRanking("constant_score")
    if came.min() == came.max():
        return NoRanking("no_spread")
    if len(ends) == len(scores):
        step = np.arange(len(scores))
    else:
        step = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=-1))
    mine = None if weights is None else weights[order]
    one = np.ones(len(arm)) if mine is None else mine
    in_arm = np.where(arm, one, 0.0)
    n_treated, people = np.cumsum(in_arm)[ends], np.cumsum(one)[ends]
    y_treated, y_all = np.cumsum(in_arm * came)[ends], np.cumsum(one * came)[ends]
    return Ranked(
        order=order, step=step, treated=arm, outcome=came, weight=mine, people=people, n_treated=n_treated,
        n_control=people - n_treated, y_treated=y_treated, y_control=y_all - y_treated,
    )  # fmt: skip


def regrouped(people: Ranked, level: Ints) -> Ranked:
    """Return the same people in another order, given by a few levels, 0 for the first of them."""
    weight = np.ones(len(level)) if people.weight is None else people.weight
    treated = np.where(people.treated, weight, 0.0)

    def running(values: Floats) -> Floats:
        return np.asarray(np.cumsum(np.bincount(level, values)), dtype=np.float64)

    n, n_treated = running(weight), running(treated)
    y, y_treated = running(weight * people.outcome), running(treated * people.outcome)
    return Ranked(
        order=people.order, step=level, treated=people.treated, outcome=people.outcome, weight=people.weight, people=n,
        n_treated=n_treated, n_control=n - n_treated, y_treated=y_treated, y_control=y - y_treated,
    )  # fmt: skip


def area(people: Ranked, height: Floats, by: Partials, *, across: Literal["people", "treated", "control"]) -> Felt:
    """Return the area under a curve that begins at nought, by the trapezoid rule, over running people.

    Parameters
    ----------
    people : Ranked
    height : array of float, one a step
        Of the curve at the end of each step.
    by : Partials
        Of the height.
    across : {"people", "treated", "control"}
        Whose running count is the horizontal axis.
    """
    place = {"people": people.people, "treated": people.n_treated, "control": people.n_control}[across]
    before, after = np.append(0.0, place), np.append(0.0, height)
    width, middle = np.diff(before), (after[1:] + after[:-1]) / 2
    value = float(width @ middle)
    by_height = (width + np.append(width[1:], 0.0)) / 2
    by_place = middle - np.append(middle[1:], 0.0)
    for_treated = by_place if across in ("people", "treated") else 0.0
    for_control = by_place if across in ("people", "control") else 0.0
    return Felt(
        value,
        felt_by_each(
            people,
            Partials(
                n_treated=_back(by_height * by.n_treated + for_treated),
                n_control=_back(by_height * by.n_control + for_control),
                y_treated=_back(by_height * by.y_treated),
                y_control=_back(by_height * by.y_control),
            ),
        ),
    )


def total(people: Ranked, value: float, by: Partials) -> Felt:
    """Return a statistic of the counts and sums over all people; `by` are its derivatives by these, one number each."""
    return Felt(value, felt_by_each(people, by))


def felt_by_each(people: Ranked, by: Partials) -> Floats:
    """Return a statistic's derivative by each person's weight, from that by the figures of the person's step."""

    def at(values: Floats | float) -> Floats | float:
        return values[people.step] if isinstance(values, np.ndarray) else values

    of_treated = at(by.n_treated) + people.outcome * at(by.y_treated)
    of_control = at(by.n_control) + people.outcome * at(by.y_control)
    felt = np.where(people.treated, of_treated, of_control)
    return felt if people.weight is None else felt * people.weight


def _back(values: Floats) -> Floats:
    """Return sums from each step to the last: a person counts from her own step on."""
    return np.asarray(np.cumsum(values[::-1])[::-1], dtype=np.float64)


def _checked(
    score: ArrayLike, treated: ArrayLike, outcome: ArrayLike, weight: ArrayLike | None
) -> tuple[Floats, Bools, Floats, Floats | None]:
    scores, came = np.asarray(score, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    arm = np.asarray(treated)
    weights = None if weight is None else np.asarray(weight, dtype=np.float64)
    named = {"score": scores, "treatment": arm, "outcome": came} | ({} if weights is None else {"weight": weights})
    for name, values in named.items():
        if values.ndim != 1 or values.shape != scores.shape or not values.size:
            raise failure(ArgumentError, "targeting.lengths", argument=name, came=values.shape, allowed=scores.shape)
        if name != "treatment" and (missing := int((~np.isfinite(values)).sum())):
            raise failure(ArgumentError, "targeting.missing", argument=name, came=missing)
    if arm.dtype != np.bool_ and not np.isin(arm, (0, 1)).all():
        raise failure(ArgumentError, "targeting.treatment", argument="treatment", came=str(arm.dtype))
    return scores, arm.astype(np.bool_), came, weights

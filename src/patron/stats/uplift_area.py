"""How well does a score find those whom a treatment moves? One number, by each published definition.

In   `Ranked` people
Out  the coefficient of a definition, with its interval

The definitions differ in the curve (its height), in what it is a share of, and in what is subtracted and divided by;
figures of two definitions are not comparable. Below, of the people down to a score, n_t and n_c are the treated and
the control, y_t and y_c the sums of their outcomes; capitals are those of all people, N = N_t + N_c.

Ref  Radcliffe (2007), Using control groups to target on predicted lift, Direct Marketing Analytics Journal, 14-21
     Radcliffe & Surry (2011), Real-world uplift modelling with significance-based uplift trees, Stochastic Solutions
     Gutierrez & Gérardy (2017), Causal inference and uplift modelling: a review, PMLR 67, 1-13
     Devriendt, Guns & Verbeke (2020), Learning to rank for uplift modeling, IEEE TKDE (arXiv 2002.05897), section 3
     scikit-uplift 0.5.1 (sklift.metrics) and causalml 0.18 (causalml.metrics), which are reproduced
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.stats.uplift_ranking import Felt, NoRanking, Partials, Ranked, area, influence_of, regrouped, total

Floats = NDArray[np.float64]

Definition = Literal[
    "radcliffe", "radcliffe_surry_q0", "scikit_uplift_qini", "scikit_uplift_auuc", "causalml_qini", "causalml_auuc",
    "gutierrez_gerardy", "devriendt_joint_relative", "devriendt_joint_absolute", "devriendt_separate_relative",
    "devriendt_separate_absolute",
]  # fmt: skip
"""The names of the definitions; `coefficient` gives the formula of each."""

DEFINITIONS: tuple[Definition, ...] = get_args(Definition)


@dataclass(frozen=True)
class Coefficient:
    """A coefficient with its interval and the two-sided p-value of a score that ranks no better than chance.

    There is no p-value for the definitions under which chance does not come out at nought (areas that are not taken
    above the diagonal).
    """

    definition: Definition
    value: float
    low: float
    high: float
    standard_error: float
    p_value: float | None
    influence: Floats = field(repr=False, compare=False)  # of each person, in the order in which they came


def coefficient(
    people: Ranked, definition: Definition = "radcliffe", *, level: float = 0.95
) -> Coefficient | NoRanking:
    """Return one coefficient with its interval.

    Parameters
    ----------
    people : Ranked
    definition : str
        ``radcliffe``  area between the Qini curve y_t - y_c n_t / n_c and the straight line to its end, over the share
        of people, per treated person (Radcliffe 2007): the mean height of the curve above chance.

        ``radcliffe_surry_q0``  the same area over that of the zero-downlift optimum (Radcliffe & Surry 2011), which
        is what a perfect score would reach if nobody were driven away. Binary outcomes with a positive effect.

        ``scikit_uplift_qini``  the same area over that of the perfect curve with negative effects. Binary outcomes.

        ``gutierrez_gerardy``  area under the uplift curve (y_t / n_t - y_c / n_c) (n_t + n_c) / N over the share of
        people: the mean gain per person when the share that is treated is drawn at random.

        ``scikit_uplift_auuc``  area between that curve and the straight line to its end, over that of the perfect
        curve. Binary outcomes.

        ``causalml_qini``, ``causalml_auuc``  mean over N + 1 points of the Qini curve above the line, and of the uplift
        curve, both in units of the curve's end. Of equal scores causalml takes the order of the rows.

        ``devriendt_joint_relative``, ``devriendt_joint_absolute``  area under y_t / N_t - y_c / N_c, and y_t - y_c.

        ``devriendt_separate_relative``, ``devriendt_separate_absolute``  the same curves, each arm ranked alone, over
        the share of the arm. Absolute figures say something where the arms are of one size.
    level : float
        How often intervals made this way hold the truth.

    Raises
    ------
    ArgumentError
        Another name, a binary definition for an outcome that is not, or a level outside 0 to 1.

    Notes
    -----
    The variance is the infinitesimal jackknife's. What a definition divides by is estimated too, and counted.
    """
    if definition not in _FORMULAS:
        raise failure(
            ArgumentError, "targeting.definition", argument="definition", came=definition, allowed=listing(DEFINITIONS)
        )
    if not 0 < level < 1:
        raise failure(ArgumentError, "survival.open_share", argument="level", came=level)
    if definition in _BINARY and not people.is_binary:
        raise failure(ArgumentError, "targeting.binary", argument="outcome", definition=definition)
    found = _FORMULAS[definition](people)
    if found is None:
        return NoRanking("no_effect")
    return interval(definition, found.value, influence_of(people, found), level)


def coefficient_difference(first: Coefficient, second: Coefficient, *, level: float = 0.95) -> Coefficient | NoRanking:
    """Return by how much one score is better than another on the same people, with the interval of the difference.

    Parameters
    ----------
    first, second : Coefficient
        Of one definition, of the same people in the same order.
    level : float
        As in `coefficient`.

    Raises
    ------
    ArgumentError
        They are of different definitions or numbers of people.
    """
    if first.definition != second.definition or first.influence.shape != second.influence.shape:
        raise failure(
            ArgumentError, "targeting.other_coefficient", first=first.definition, second=second.definition,
            people=len(first.influence), others=len(second.influence),
        )  # fmt: skip
    apart = interval(first.definition, first.value - second.value, first.influence - second.influence, level)
    if isinstance(apart, NoRanking):
        return apart
    # Under every definition two equal scores differ by nought.
    return replace(apart, p_value=2 * float(ndtr(-abs(apart.value) / apart.standard_error)))


def interval(definition: Definition, value: float, influence: Floats, level: float) -> Coefficient | NoRanking:
    """Return a coefficient from its value and each person's influence on it."""
    rest = influence - influence.mean()
    error = float(np.sqrt(rest @ rest))
    if error == 0:
        return NoRanking("no_spread")
    reach = float(ndtri(0.5 + level / 2)) * error
    chance = None if definition in _FROM_THE_AXIS else 2 * float(ndtr(-abs(value) / error))
    return Coefficient(definition, value, value - reach, value + reach, error, chance, influence)


def qini_heights(people: Ranked) -> tuple[Floats, Partials]:
    """Return the Qini curve at each step, y_t - y_c n_t / n_c, and its derivatives; without control it is y_t."""
    per_control = _over(1.0, people.n_control)
    ratio = people.n_treated * per_control
    lost = people.y_control * per_control
    by = Partials(n_treated=-lost, n_control=lost * ratio, y_treated=1.0, y_control=-ratio)
    return people.y_treated - people.y_control * ratio, by


def uplift_heights(people: Ranked) -> tuple[Floats, Partials]:
    """Return the uplift curve at each step, (y_t / n_t - y_c / n_c) (n_t + n_c), and its derivatives.

    The mean of nobody is taken as nought, as scikit-uplift does.
    """
    per_treated, per_control = _over(1.0, people.n_treated), _over(1.0, people.n_control)
    with_it, without = people.y_treated * per_treated, people.y_control * per_control
    uplift = with_it - without
    by = Partials(
        n_treated=uplift - people.people * with_it * per_treated,
        n_control=uplift + people.people * without * per_control,
        y_treated=people.people * per_treated,
        y_control=-people.people * per_control,
    )
    return uplift * people.people, by


def _over(value: float, counts: Floats) -> Floats:
    return np.divide(value, counts, out=np.zeros_like(counts), where=counts > 0)


def _everybody(people: Ranked) -> Felt:
    return total(float(people.people[-1]), n_treated=1.0, n_control=1.0)


def _end(heights: Floats, by: Partials) -> Felt:
    """Return the height of the curve at its end."""
    names = ("n_treated", "n_control", "y_treated", "y_control")
    last = {name: float(np.asarray(getattr(by, name)).ravel()[-1]) for name in names}
    return total(float(heights[-1]), **last)


def _above_line(people: Ranked, curve: tuple[Floats, Partials]) -> Felt:
    """Return the mean height of a curve above the straight line to its end, over the share of people."""
    return area(people, *curve, across="people") / _everybody(people) - _end(*curve).times(0.5)


def _radcliffe(people: Ranked) -> Felt:
    return _above_line(people, qini_heights(people)) / total(float(people.n_treated[-1]), n_treated=1.0)


def _q0(people: Ranked) -> Felt | None:
    """Divide by the zero-downlift optimum: the curve rises by one each person to its end, and stays."""
    curve = qini_heights(people)
    end, everybody = _end(*curve), _everybody(people)
    if end.value <= 0:
        return None
    return _above_line(people, curve) / ((end - end * end / everybody).times(0.5))


def _scikit_uplift_qini(people: Ranked) -> Felt | None:
    """Divide by the curve of treated who respond first, and control who respond last."""
    level = np.where(people.outcome == 1, np.where(people.treated, 0, 2), 1)
    best = regrouped(people, level)
    return _share(_above_line(people, qini_heights(people)), _above_line(best, qini_heights(best)))


def _scikit_uplift_auuc(people: Ranked) -> Felt | None:
    """Divide by scikit-uplift's perfect order: agreeing outcome and arm first, by one or the other within."""
    came = people.outcome == 1
    by_outcome = int((came & ~people.treated).sum()) > int((~came & people.treated).sum())
    second = came if by_outcome else people.treated
    value = 2 * (came == people.treated) + second
    best = regrouped(people, np.asarray(3 - value, dtype=np.int64))
    return _share(_above_line(people, uplift_heights(people)), _above_line(best, uplift_heights(best)))


def _share(found: Felt, best: Felt) -> Felt | None:
    return found / best if best.value > 0 else None


def _causalml_qini(people: Ranked) -> Felt | None:
    curve = _from_nought(people, qini_heights(people), power=1)
    end = _end(*curve)
    if end.value == 0:
        return None
    size = float(people.people[-1])
    return (_above_line(people, curve) / end.times(float(np.sign(end.value)))).times(size / (size + 1))


def _causalml_auuc(people: Ranked) -> Felt | None:
    curve = _from_nought(people, uplift_heights(people), power=2)
    end = _end(*curve)
    if end.value == 0:
        return None
    size = float(people.people[-1])
    mean = area(people, *curve, across="people") / _everybody(people)
    sign = float(np.sign(end.value))
    return (mean / end.times(sign)).times(size / (size + 1)).plus(sign / 2 / (size + 1))


def _from_nought(people: Ranked, curve: tuple[Floats, Partials], *, power: int) -> tuple[Floats, Partials]:
    """Return the curve with its first steps, until both arms are there, as causalml draws them.

    It draws a straight line in the Qini curve (power 1), and in the uplift that is then multiplied by the people (2).
    """
    heights, by = curve
    first = int(np.argmax((people.n_treated > 0) & (people.n_control > 0)))
    drawn = heights.copy()
    drawn[:first] = heights[first] * (people.people[:first] / people.people[first]) ** power
    return drawn, by


def _gutierrez_gerardy(people: Ranked) -> Felt:
    everybody = _everybody(people)
    return area(people, *uplift_heights(people), across="people") / everybody / everybody


def _joint(people: Ranked) -> tuple[Felt, Felt]:
    """Return the areas under y_t and under y_c over the share of people."""
    everybody = _everybody(people)
    treated = area(people, people.y_treated, Partials(y_treated=1.0), across="people") / everybody
    control = area(people, people.y_control, Partials(y_control=1.0), across="people") / everybody
    return treated, control


def _separate(people: Ranked) -> tuple[Felt, Felt]:
    """Return the areas under y_t and under y_c, each over the share of its arm."""
    all_treated, all_control = _arms(people)
    treated = area(people, people.y_treated, Partials(y_treated=1.0), across="treated") / all_treated
    control = area(people, people.y_control, Partials(y_control=1.0), across="control") / all_control
    return treated, control


def _arms(people: Ranked) -> tuple[Felt, Felt]:
    return (
        total(float(people.n_treated[-1]), n_treated=1.0),
        total(float(people.n_control[-1]), n_control=1.0),
    )


def _relative(people: Ranked, areas: tuple[Felt, Felt]) -> Felt:
    all_treated, all_control = _arms(people)
    return areas[0] / all_treated - areas[1] / all_control


def _absolute(areas: tuple[Felt, Felt]) -> Felt:
    return areas[0] - areas[1]


_FORMULAS: dict[Definition, Callable[[Ranked], Felt | None]] = {
    "radcliffe": _radcliffe,
    "radcliffe_surry_q0": _q0,
    "scikit_uplift_qini": _scikit_uplift_qini,
    "scikit_uplift_auuc": _scikit_uplift_auuc,
    "causalml_qini": _causalml_qini,
    "causalml_auuc": _causalml_auuc,
    "gutierrez_gerardy": _gutierrez_gerardy,
    "devriendt_joint_relative": lambda people: _relative(people, _joint(people)),
    "devriendt_joint_absolute": lambda people: _absolute(_joint(people)),
    "devriendt_separate_relative": lambda people: _relative(people, _separate(people)),
    "devriendt_separate_absolute": lambda people: _absolute(_separate(people)),
}
_BINARY = ("radcliffe_surry_q0", "scikit_uplift_qini", "scikit_uplift_auuc")
_FROM_THE_AXIS = (
    "causalml_auuc", "gutierrez_gerardy", "devriendt_joint_relative", "devriendt_joint_absolute",
    "devriendt_separate_relative", "devriendt_separate_absolute",
)  # fmt: skip

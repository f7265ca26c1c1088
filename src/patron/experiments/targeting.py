"""Does a score find the people whom an action moves?

In   what each person was scored, whether she got the action, and what came of it: arrays, or columns of a table
Out  Qini and uplift curve with their coefficients and intervals, and the uplift of the first k

The people must not be those whom the score was learned from, and the action must have been given by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from patron.experiments.uplift_people import uplift_people
from patron.stats.difference import Difference, NotEnough
from patron.stats.uplift_area import Coefficient, Definition, coefficient, coefficient_difference
from patron.stats.uplift_mean import coefficient_mean
from patron.stats.uplift_ranking import NoRanking, Ranked
from patron.stats.uplift_top import Curve, Height, Strategy, curve_of, uplift_of_first


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """How well a score ranks people by what an action does to them."""

    coefficient: Coefficient
    curve: Curve
    treated: float  # people who count, weighted where propensities are told
    control: float

    @property
    def value(self) -> float:
        """The coefficient."""
        return self.coefficient.value

    @property
    def low(self) -> float:
        """The lower end of the coefficient's interval."""
        return self.coefficient.low

    @property
    def high(self) -> float:
        """The upper end of the coefficient's interval."""
        return self.coefficient.high

    def better_than(self, other: Ranking, *, level: float = 0.95) -> Coefficient | NoRanking:
        """Return by how much this score ranks better than another of the same people, with the difference's interval.

        Raises
        ------
        ArgumentError
            The other is of another definition, or of other people.
        """
        return coefficient_difference(self.coefficient, other.coefficient, level=level)


def mean_coefficient(
    found: Sequence[Ranking], people: Sequence[Any], *, level: float = 0.95
) -> Coefficient | NoRanking:
    """Return the mean of the coefficients over parts and repeated splits of the same people, with one interval.

    Parameters
    ----------
    found : sequence of Ranking
        Of one definition, each of people whom its score was not learned from.
    people : sequence of array
        For each of them, which of all people it was: their places, or True for those who were in it.
    level : float
        As in `qini`.

    Raises
    ------
    ArgumentError
        Nothing was passed, or several definitions, or people who do not fit.
    """
    return coefficient_mean([one.coefficient for one in found], people, level=level)


def qini(
    score: Any,
    treatment: Any,
    outcome: Any,
    *,
    table: Any = None,
    control: object = 0,
    propensity: Any = None,
    definition: Definition = "radcliffe",
    level: float = 0.95,
) -> Ranking | NoRanking:
    """Return the Qini curve of a score and its coefficient, with intervals.

    Parameters
    ----------
    score : array of float, or name of a column; or a mapping of these by action
        The higher, the earlier the person is treated. Of several actions one score for each: the policy gives everybody
        the action with the highest.
    treatment : array, or name of a column
        True and False, 1 and 0, or the names of the arms.
    outcome : array of float, or name of a column
        What came: 0 and 1, or money.
    table : Table, optional
        Ibis, Arrow, pandas or Polars: what names of columns mean.
    control : object
        The value of `treatment` of those who were not treated.
    propensity : array of float, or name of a column, optional
        The chance that each person had of the arm she is in, where it was not the same for all. Without it, of several
        actions, the share of the arm.
    definition : str
        Which coefficient: `patron.stats.uplift_area.coefficient` gives the formula and the source of each.
    level : float
        How often intervals made this way hold the truth.

    Returns
    -------
    Ranking or NoRanking
        With `value`, `low`, `high`, the `curve` at 101 shares of people, and `better_than` another of the same people.

    Raises
    ------
    ArgumentError
        Lengths that differ, a value that is missing, arms that are not clear, an unknown definition, or one for binary
        outcomes with another.
    ContractError
        The table has no such column.

    Examples
    --------
    >>> treatment, outcome = [1, 0] * 4, [1, 0, 1, 0, 0, 0, 0, 1]
    >>> found = qini([8, 7, 6, 5, 4, 3, 2, 1], treatment, outcome)
    >>> round(found.value, 4), found.low < found.value < found.high
    (0.2656, True)
    >>> qini([1] * 8, treatment, outcome)
    NoRanking(reason='constant_score')
    """
    people = uplift_people(score, treatment, outcome, table=table, control=control, propensity=propensity)
    return _ranking(people, definition, "qini", level)


def uplift_curve(
    score: Any,
    treatment: Any,
    outcome: Any,
    *,
    table: Any = None,
    control: object = 0,
    propensity: Any = None,
    definition: Definition = "gutierrez_gerardy",
    level: float = 0.95,
) -> Ranking | NoRanking:
    """Return the uplift curve of a score, the gain per person over the share that is treated, and the area under it.

    Parameters and errors as in `qini`.

    Examples
    --------
    >>> found = uplift_curve([8, 7, 6, 5, 4, 3, 2, 1], [1, 0] * 4, [1, 0, 1, 0, 0, 0, 0, 1])
    >>> round(found.value, 4), float(found.curve.gain[50]), float(found.curve.gain[100])
    (0.3411, 0.5, 0.25)
    """
    people = uplift_people(score, treatment, outcome, table=table, control=control, propensity=propensity)
    return _ranking(people, definition, "uplift", level)


def uplift_at(
    score: Any,
    treatment: Any,
    outcome: Any,
    *,
    k: float = 0.3,
    strategy: Strategy = "overall",
    table: Any = None,
    control: object = 0,
    level: float = 0.95,
) -> Difference | NotEnough | NoRanking:
    """Return the effect among the first k people by score, with its interval.

    Parameters
    ----------
    score, treatment, outcome, table, control, level
        As in `qini`; one score.
    k : int or float
        A number of people, or a share of them.
    strategy : {"overall", "by_group"}
        The first k of all people, or of each arm by itself.

    Raises
    ------
    ArgumentError
        As `qini`; a k that is not inside what there is, or an unknown strategy.

    Examples
    --------
    >>> uplift_at([8, 7, 6, 5, 4, 3, 2, 1], [1, 0] * 4, [1, 0, 2, 0, 0, 0, 0, 1], k=0.5).estimate
    1.5
    """
    people = uplift_people(score, treatment, outcome, table=table, control=control)
    return people if isinstance(people, NoRanking) else uplift_of_first(people, k, strategy=strategy, level=level)


def _ranking(people: Ranked | NoRanking, definition: Definition, height: Height, level: float) -> Ranking | NoRanking:
    if isinstance(people, NoRanking):
        return people
    found = coefficient(people, definition, level=level)
    if isinstance(found, NoRanking):
        return found
    return Ranking(
        coefficient=found, curve=curve_of(people, height, level=level), treated=float(people.n_treated[-1]),
        control=float(people.n_control[-1]),
    )  # fmt: skip

"""What would a rule for choosing actions have brought, had it been followed?

In   what each person got, with which chance, and what came; the action that the rule chooses for each of them
Out  the mean outcome per person under the rule, less the actions' costs, with its interval

A person tells of the rule where she happened to get what it chooses. Her outcome is weighted by how seldom that is
(inverse propensity); a prediction for every action takes out what was foreseeable, and leaves the mean right however
bad the prediction is, because the propensities are known (doubly robust).

Ref  Horvitz & Thompson (1952), JASA 47, 663-685: inverse propensity
     Robins, Rotnitzky & Zhao (1994), JASA 89, 846-866: augmented inverse propensity
     Dudík, Erhan, Langford & Li (2014), Doubly robust policy evaluation and optimization, Statistical Science 29(4),
     485-511: equation 3.3
     Athey & Wager (2021), Policy learning with observational data, Econometrica 89(1), 133-161: scores, and intervals
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from patron.errors import ArgumentError
from patron.language import failure
from patron.stats.difference import NotEnough

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_FOLLOWED = 2
"""People who got what the rule chooses, below whom nothing is said of it."""


@dataclass(frozen=True, kw_only=True)
class PolicyValue:
    """The mean outcome per person under a rule, less costs; or how much more it is under one rule than another."""

    value: float
    low: float
    high: float
    standard_error: float
    p_value: float  # two-sided, of a value of nought
    people: int
    followed: int  # people whose action was one that the rule could have chosen
    scores: Floats = field(repr=False, compare=False)  # one a person; their mean is `value`
    clusters: NDArray[np.int64] | None = field(default=None, repr=False, compare=False)


def doubly_robust_scores(
    action: ArrayLike,
    outcome: ArrayLike,
    propensity: ArrayLike,
    *,
    predicted: ArrayLike | None = None,
) -> Floats:
    """Return for each person and action a score whose mean is the mean outcome, had everybody got the action.

    Parameters
    ----------
    action : array of int, one a person
        What each person got, from 0.
    outcome : array of float, one a person
        What came of it.
    propensity : array of float, one an action or one a person and action
        The chance that the person had to get the action; each row adds up to 1.
    predicted : array of float, one a person and action, or one an action, optional
        The outcome that was expected of each action, by a model that has not seen the person's own outcome. Without it
        the mean of each action's people is taken; with 0 nothing is foreseen, which is inverse propensity: right as
        well, and mostly with the wider interval.

    Returns
    -------
    array of float, one a person and action

    Raises
    ------
    ArgumentError
        Lengths that differ, a value that is missing, an action without a propensity, a propensity of 0 for what
        a person got, or propensities that do not add up to 1.

    Examples
    --------
    >>> doubly_robust_scores([0, 1], [2.0, 6.0], [0.5, 0.5], predicted=0).tolist()
    [[4.0, 0.0], [0.0, 12.0]]
    """
    got, came, chance = _checked(action, outcome, propensity)
    people = np.arange(len(got))
    expected = _means(got, came, chance) if predicted is None else _given(predicted, chance.shape)
    scores = expected.copy()
    scores[people, got] += (came - expected[people, got]) / chance[people, got]
    return scores


def policy_value(
    policy: ArrayLike,
    action: ArrayLike,
    outcome: ArrayLike,
    propensity: ArrayLike,
    *,
    predicted: ArrayLike | None = None,
    cost: ArrayLike = 0.0,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> PolicyValue | NotEnough:
    """Return what a rule would have brought per person, from people who got their actions by chance.

    Parameters
    ----------
    policy : array of int, one a person, or of float, one a person and action
        The action that the rule chooses; or the chance with which it chooses each. The rule may not have been learned
        from these people's outcomes.
    action, outcome, propensity, predicted
        As in `doubly_robust_scores`.
    cost : float, or array of float, one an action or one a person and action
        What the action costs, in the unit of `outcome`.
    level : float
        How often intervals made this way hold the truth.
    clusters : array, one a person, optional
        Who was drawn together (a household): they count as one in the interval.

    Returns
    -------
    PolicyValue or NotEnough
        ``too_few`` where nobody got an action that the rule chooses, or fewer than `FEWEST_FOLLOWED` people got what it
        chooses for them; ``no_spread`` where all scores are equal, so that luck cannot be told.

    Raises
    ------
    ArgumentError
        As `doubly_robust_scores`; a policy that names no action, or one that had no chance; a cost that does not fit, a
        level outside 0 to 1.

    Notes
    -----
    The interval is Student's, with as many degrees of freedom as people (or clusters) followed the rule, less one:
    their outcomes are what it rests on.

    Examples
    --------
    >>> found = policy_value([1, 1, 0, 0], [1, 0, 0, 1], [9.0, 4.0, 5.0, 7.0], [0.5, 0.5], cost=[0.0, 1.0])
    >>> found.value, found.followed
    (6.5, 2)
    """
    scores = doubly_robust_scores(action, outcome, propensity, predicted=predicted)
    got = np.asarray(action, dtype=np.int64)
    weights = policy_weights(policy, scores.shape)
    _check_overlap(weights, propensity)
    if (np.bincount(got, minlength=scores.shape[1])[weights.any(axis=0)] == 0).any():
        return NotEnough("too_few")
    net = (weights * (scores - _costs(cost, scores.shape))).sum(axis=1)
    followed = weights[np.arange(len(got)), got] > 0
    return _summary(net, followed, _labels(clusters, len(got)), level)


def policy_difference(first: PolicyValue, second: PolicyValue, *, level: float = 0.95) -> PolicyValue | NotEnough:
    """Return by how much one rule brings more than another on the same people, with the interval of the difference.

    Where the rules choose alike the people cancel out, so that the interval is narrower than of two values apart.

    Parameters
    ----------
    first, second : PolicyValue
        Of the same people in the same order; the clusters are those of the first.
    level : float
        As in `policy_value`.

    Raises
    ------
    ArgumentError
        The two are of different numbers of people.
    """
    if first.people != second.people:
        raise failure(ArgumentError, "targeting.other_people", came=second.people, allowed=first.people)
    differs = first.scores - second.scores
    return _summary(differs, differs != 0, first.clusters, level)


def policy_weights(policy: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Return the chance with which the rule chooses each action, one row a person.

    Raises
    ------
    ArgumentError
        The policy is neither one action a person nor one row of chances a person that add up to 1.
    """
    people, actions = shape
    chosen = np.asarray(policy)
    if chosen.shape == (people,) and np.isin(chosen, np.arange(actions)).all():
        weights = np.zeros((people, actions))
        weights[np.arange(people), chosen.astype(np.int64)] = 1.0
        return weights
    if chosen.shape == (people, actions):
        weights = chosen.astype(np.float64)
        if (weights >= 0).all() and np.allclose(weights.sum(axis=1), 1.0):
            return weights
    raise failure(
        ArgumentError, "targeting.policy", argument="policy", came=chosen.shape, people=people, actions=actions
    )


def _checked(action: ArrayLike, outcome: ArrayLike, propensity: ArrayLike) -> tuple[Ints, Floats, Floats]:
    """Return what each got, what came, and the chances, one row a person; say which argument cannot be."""
    came, chance = np.asarray(outcome, dtype=np.float64), np.asarray(propensity, dtype=np.float64)
    got = np.asarray(action)
    if got.ndim != 1 or got.shape != came.shape or not got.size:
        raise failure(ArgumentError, "targeting.lengths", argument="outcome", came=came.shape, allowed=got.shape)
    if not np.isfinite(came).all():
        raise failure(ArgumentError, "targeting.missing", argument="outcome", came=int((~np.isfinite(came)).sum()))
    if chance.ndim == 1:
        chance = np.broadcast_to(chance, (len(got), len(chance)))
    if chance.ndim != 2 or len(chance) != len(got):
        raise failure(ArgumentError, "targeting.lengths", argument="propensity", came=chance.shape, allowed=len(got))
    _check_chances(chance)
    if not np.isin(got, np.arange(chance.shape[1])).all():
        raise failure(ArgumentError, "targeting.actions", argument="action", allowed=chance.shape[1] - 1)
    arms = got.astype(np.int64)
    if (impossible := int((chance[np.arange(len(arms)), arms] <= 0).sum())) > 0:
        raise failure(ArgumentError, "targeting.impossible", argument="propensity", came=impossible)
    return arms, came, chance


def _check_chances(chance: Floats) -> None:
    if not np.isfinite(chance).all():
        raise failure(ArgumentError, "targeting.missing", argument="propensity", came=int((~np.isfinite(chance)).sum()))
    wrong = int(((chance < 0).any(axis=1) | (np.abs(chance.sum(axis=1) - 1) > 1e-6)).sum())
    if wrong:
        raise failure(ArgumentError, "targeting.chances", argument="propensity", came=wrong)


def _check_overlap(weights: Floats, propensity: ArrayLike) -> None:
    """Say that nothing can be known of an action where nobody could get it."""
    unseen = int(((weights > 0) & (np.asarray(propensity) <= 0)).any(axis=1).sum())
    if unseen:
        raise failure(ArgumentError, "targeting.overlap", argument="policy", came=unseen)


def _means(got: Ints, came: Floats, chance: Floats) -> Floats:
    """Return the weighted mean of those who got each action; 0 for one that nobody got, which tells of nothing."""
    weight = 1.0 / chance[np.arange(len(got)), got]
    total = np.bincount(got, weight * came, minlength=chance.shape[1])
    mass = np.bincount(got, weight, minlength=chance.shape[1])
    return np.broadcast_to(np.divide(total, mass, out=np.zeros_like(total), where=mass > 0), chance.shape)


def _given(predicted: ArrayLike, shape: tuple[int, ...]) -> Floats:
    expected = np.asarray(predicted, dtype=np.float64)
    if expected.shape not in ((), shape[1:], shape):
        raise failure(ArgumentError, "targeting.lengths", argument="predicted", came=expected.shape, allowed=shape)
    if not np.isfinite(expected).all():
        raise failure(
            ArgumentError, "targeting.missing", argument="predicted", came=int((~np.isfinite(expected)).sum())
        )
    return np.broadcast_to(expected, shape)


def _costs(cost: ArrayLike, shape: tuple[int, ...]) -> Floats:
    costs = np.asarray(cost, dtype=np.float64)
    if costs.shape not in ((), shape[1:], shape) or not np.isfinite(costs).all():
        raise failure(ArgumentError, "targeting.cost", argument="cost", came=costs.shape, actions=shape[1])
    # One number is the price of an action; the first action is to do nothing, which is free.
    return np.append(0.0, np.full(shape[1] - 1, costs)) if costs.shape == () else costs


def _labels(clusters: ArrayLike | None, people: int) -> Ints | None:
    if clusters is None:
        return None
    names = np.asarray(clusters)
    if names.shape != (people,):
        raise failure(ArgumentError, "targeting.lengths", argument="clusters", came=names.shape, allowed=people)
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _summary(
    scores: Floats, followed: NDArray[np.bool_], clusters: Ints | None, level: float
) -> PolicyValue | NotEnough:
    """Return the mean of the scores with its interval."""
    if not 0 < level < 1:
        raise failure(ArgumentError, "survival.open_share", argument="level", came=level)
    count = int(followed.sum()) if clusters is None else len(np.unique(clusters[followed]))
    if count < FEWEST_FOLLOWED:
        return NotEnough("too_few")
    value = float(scores.mean())
    rest = scores - value if clusters is None else np.bincount(clusters, scores - value)
    drawn = len(rest)
    error = float(np.sqrt((rest @ rest) * drawn / (drawn - 1))) / len(scores) if drawn > 1 else 0.0
    if error <= 1e-12 * abs(value):
        return NotEnough("no_spread")
    reach = float(stdtrit(count - 1, 0.5 + level / 2)) * error
    p_value = 2 * float(stdtr(count - 1, -abs(value) / error))
    return PolicyValue(
        value=value, low=value - reach, high=value + reach, standard_error=error, p_value=p_value, people=len(scores),
        followed=int(followed.sum()), scores=scores, clusters=clusters,
    )  # fmt: skip

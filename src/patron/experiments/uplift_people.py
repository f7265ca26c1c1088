"""Scores, arms and outcomes, as arrays or as columns of a table, to ranked people.

Of several actions each person has a score for each; the policy gives her the action with the highest. Only those who
by chance got just that action, or none, tell of the policy; each of them stands for as many as the chance of her arm
says.

Ref  Zhao, Fang & Simchi-Levi (2017), Uplift modeling with multiple treatments and general response types, SDM, 588-596
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.arrow_table import arrow_table, check_named
from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.stats.uplift_ranking import NoRanking, Ranked, ranked

Floats = NDArray[np.float64]


def uplift_people(
    score: Any, treatment: Any, outcome: Any, *, table: Any = None, control: object = 0, propensity: Any = None
) -> Ranked | NoRanking:
    """Return people in the order of a score; `patron.experiments.qini` describes the arguments.

    Raises
    ------
    ArgumentError
        Lengths that differ, a value that is missing, nobody in control, or treatments that the scores do not name.
    ContractError
        The table has no such column.
    """
    source = None if table is None else arrow_table(table, "table")
    arm = _column(treatment, source, "treatment")
    came = _numbers(outcome, source, "outcome")
    chance = None if propensity is None else _numbers(propensity, source, "propensity")
    if isinstance(score, Mapping):
        scores = {action: _numbers(values, source, "score") for action, values in score.items()}
        return _by_policy(scores, arm, came, control, chance)
    treated = arm if arm.dtype == np.bool_ else _treated(arm, control)
    return ranked(_numbers(score, source, "score"), treated, came, weight=_weights(chance))


def _treated(arm: NDArray[Any], control: object) -> NDArray[np.bool_]:
    """Tell who is not in control; of arms that are words it must be clear which is treated."""
    if arm.dtype.kind == "f" and np.isnan(arm).any():
        raise failure(ArgumentError, "targeting.missing", argument="treatment", came=int(np.isnan(arm).sum()))
    names = np.unique(arm)
    if len(names) > 2 or (len(names) == 2 and control not in names.tolist()):
        raise failure(ArgumentError, "targeting.arms", argument="treatment", came=listing(names[:6]), control=control)
    return np.asarray(arm != control, dtype=np.bool_)


def _by_policy(
    scores: Mapping[Any, Floats], arm: NDArray[Any], came: Floats, control: object, chance: Floats | None
) -> Ranked | NoRanking:
    """Rank by the score of each person's best action those who got it, or none."""
    actions, allowed = list(scores), [control, *scores]
    for values in scores.values():
        if not values.shape == arm.shape == came.shape:
            raise failure(ArgumentError, "targeting.lengths", argument="score", came=values.shape, allowed=arm.shape)
    if not np.isin(arm, allowed).all():
        strange = np.unique(arm[~np.isin(arm, allowed)])
        raise failure(
            ArgumentError, "targeting.strange_arms", argument="treatment", came=listing(strange[:6]),
            allowed=listing(allowed),
        )  # fmt: skip
    table = np.column_stack([scores[action] for action in actions])
    best = np.argmax(table, axis=1)
    place = np.full(len(arm), -1)
    for number, action in enumerate(actions):
        place[arm == action] = number
    kept = (place == -1) | (place == best)
    if chance is None:
        counts = np.bincount(place + 1, minlength=len(actions) + 1)
        chance = counts[place + 1] / len(arm)
    return ranked(table.max(axis=1)[kept], place[kept] >= 0, came[kept], weight=_weights(chance[kept]))


def _weights(chance: Floats | None) -> Floats | None:
    """Return how many people each stands for, from the chance that she had of her arm; their mean is 1."""
    if chance is None:
        return None
    wrong = int((~((chance > 0) & (chance <= 1))).sum())
    if wrong:
        raise failure(ArgumentError, "targeting.propensity", argument="propensity", came=wrong)
    weights = 1 / chance
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def _numbers(values: Any, source: pa.Table | None, argument: str) -> Floats:
    column = _column(values, source, argument)
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise failure(ArgumentError, "targeting.numbers", argument=argument, came=str(column.dtype)) from error


def _column(values: Any, source: pa.Table | None, argument: str) -> NDArray[Any]:
    """Return an array, or the column of the table that a name means."""
    if not isinstance(values, str):
        return np.asarray(values)
    if source is None:
        raise failure(ArgumentError, "targeting.no_table", argument=argument, came=values)
    check_named(source, {argument: values}, "table")
    column = source[values]
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    if column.null_count and not pa.types.is_floating(column.type):
        raise failure(ArgumentError, "targeting.missing", argument=argument, came=column.null_count)
    return np.asarray(column.to_numpy())

"""The value of a rule: intervals that hold the truth, laws, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.stats.difference import Difference, Moments, NotEnough, difference
from patron.stats.policy_value import PolicyValue, doubly_robust_scores, policy_difference, policy_value

CHANCES = np.array([0.5, 0.3, 0.2])
COSTS = np.array([0.0, 0.4, 1.0])


def _means(known: np.ndarray) -> np.ndarray:
    return np.column_stack([2 + known, 2.3 + 1.5 * known, 2.1 + known + 2 * (known > 0.5)])


def _shop(seed: int, people: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what is known, what each got, and what came: money with a heavy tail."""
    generator = np.random.default_rng(seed)
    known = generator.random(people)
    action = generator.choice(3, size=people, p=CHANCES)
    outcome = _means(known)[np.arange(people), action] * generator.lognormal(-0.5, 1, people)
    return known, action, outcome


def _rule(known: np.ndarray) -> np.ndarray:
    return np.where(known > 0.5, 2, np.where(known > 0.2, 1, 0))


def _truth() -> float:
    known = (np.arange(1_000_000) + 0.5) / 1_000_000
    chosen = _rule(known)
    return float((_means(known)[np.arange(len(known)), chosen] - COSTS[chosen]).mean())


def _value(found: PolicyValue | NotEnough) -> PolicyValue:
    assert isinstance(found, PolicyValue)
    return found


@pytest.mark.parametrize("foreseen", ["well", "badly", "not"])
def test_the_interval_holds_the_truth_whatever_was_foreseen(foreseen: str) -> None:
    truth, held, values = _truth(), 0, []
    for seed in range(400):
        known, action, outcome = _shop(seed, 1_500)
        predicted = {"well": _means(known), "badly": 5 - _means(known), "not": None}[foreseen]
        found = _value(policy_value(_rule(known), action, outcome, CHANCES, predicted=predicted, cost=COSTS))
        held += found.low <= truth <= found.high
        values.append(found.value)
    assert 0.91 <= held / 400 <= 0.985
    assert abs(float(np.mean(values)) - truth) < 4 * float(np.std(values)) / math.sqrt(400)


def test_foresight_narrows_the_interval_and_a_difference_is_paired() -> None:
    known, action, outcome = _shop(1, 20_000)
    rule = _rule(known)
    well = _value(policy_value(rule, action, outcome, CHANCES, predicted=_means(known), cost=COSTS))
    blind = _value(policy_value(rule, action, outcome, CHANCES, predicted=0, cost=COSTS))
    assert well.standard_error < 0.9 * blind.standard_error
    other = np.where(known > 0.9, 1, rule)
    near = _value(policy_value(other, action, outcome, CHANCES, predicted=_means(known), cost=COSTS))
    apart = _value(policy_difference(well, near))
    assert apart.value == pytest.approx(well.value - near.value)
    assert apart.standard_error < 0.7 * well.standard_error
    assert policy_difference(well, well) == NotEnough("too_few")


def test_one_action_for_all_is_the_mean_of_those_who_got_it_and_two_differ_as_welch_says() -> None:
    _, action, outcome = _shop(2, 3_000)
    found = [_value(policy_value(np.full(3_000, arm), action, outcome, CHANCES)) for arm in (0, 1)]
    assert found[1].value == pytest.approx(outcome[action == 1].mean())
    assert found[1].followed == int((action == 1).sum())
    wanted = difference(Moments.of(outcome[action == 1].tolist()), Moments.of(outcome[action == 0].tolist()))
    apart = _value(policy_difference(found[1], found[0]))
    assert isinstance(wanted, Difference)
    assert apart.value == pytest.approx(wanted.estimate)
    assert apart.standard_error == pytest.approx(wanted.standard_error, rel=0.03)


@given(st.lists(st.floats(0, 1), min_size=30, max_size=30), st.floats(-5, 5), st.floats(0.1, 10))
def test_laws(weights: list[float], shift: float, unit: float) -> None:
    known, action, outcome = _shop(3, 30)
    mixed = np.column_stack([np.array(weights), 1 - np.array(weights), np.zeros(30)])
    found = policy_value(mixed, action, outcome, CHANCES)
    if isinstance(found, NotEnough):
        return
    # A constant or a unit of the outcome is one of the value; a mixture is worth the mixture of its parts.
    moved = _value(policy_value(mixed, action, unit * outcome + shift, CHANCES))
    assert moved.value == pytest.approx(unit * found.value + shift)
    assert moved.standard_error == pytest.approx(unit * found.standard_error, abs=1e-9)
    scores = doubly_robust_scores(action, outcome, CHANCES)
    assert found.value == pytest.approx(float((mixed * scores).sum(axis=1).mean()))
    free = _value(policy_value(mixed, action, outcome, CHANCES, cost=[2.0, 2.0, 2.0]))
    assert free.value == pytest.approx(found.value - 2)
    assert known.shape == (30,)


def test_people_drawn_together_count_as_one() -> None:
    known, action, outcome = _shop(4, 500)
    once = _value(policy_value(_rule(known), action, outcome, CHANCES, predicted=0))
    twice = [np.repeat(values, 2) for values in (_rule(known), action, outcome, np.arange(500))]
    again = _value(policy_value(twice[0], twice[1], twice[2], CHANCES, predicted=0, clusters=twice[3]))
    assert (again.value, again.standard_error) == pytest.approx((once.value, once.standard_error))
    assert again.low == pytest.approx(once.low)


def test_what_nobody_got_is_not_worth_nought() -> None:
    rule, got, came = [2, 2, 1, 0], [0, 1, 1, 0], [1.0, 2.0, 3.0, 4.0]
    assert policy_value(rule, got, came, CHANCES) == NotEnough("too_few")
    assert policy_value([0, 0, 1, 0], [1, 1, 0, 1], came, CHANCES) == NotEnough("too_few")
    assert policy_value([0, 1, 1, 0], [0, 1, 1, 0], [2.0] * 4, CHANCES) == NotEnough("no_spread")


@pytest.mark.parametrize(
    "wrong",
    [
        {"policy": [0, 1]},
        {"policy": [0, 1, 3, 0]},
        {"policy": [[0.5, 0.4, 0.0]] * 4},
        {"action": [0, 1, 3, 0]},
        {"action": []},
        {"outcome": [1.0, 2.0, math.nan, 4.0]},
        {"propensity": [0.5, 0.5, 0.5]},
        {"propensity": [0.5, 0.5, math.nan]},
        {"propensity": [[0.5, 0.3, 0.2]] * 3},
        {"propensity": [0.0, 0.5, 0.5]},
        {"propensity": [0.6, 0.4, 0.0], "policy": [2, 1, 1, 0]},
        {"predicted": [[1.0, 2.0]] * 4},
        {"predicted": [[1.0, 2.0, math.nan]] * 4},
        {"cost": [1.0, 2.0]},
        {"cost": [1.0, math.nan, 1.0]},
        {"level": 1.0},
        {"clusters": [1, 2]},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    right = {"policy": [0, 1, 1, 0], "action": [0, 1, 1, 0], "outcome": [1.0, 2.0, 3.0, 4.0], "propensity": CHANCES}
    with pytest.raises(ArgumentError):
        policy_value(**right | wrong)  # type: ignore[arg-type]


def test_other_people_have_no_difference() -> None:
    known, action, outcome = _shop(5, 100)
    first = _value(policy_value(_rule(known), action, outcome, CHANCES))
    fewer = _value(policy_value(_rule(known)[:90], action[:90], outcome[:90], CHANCES))
    with pytest.raises(ArgumentError):
        policy_difference(first, fewer)

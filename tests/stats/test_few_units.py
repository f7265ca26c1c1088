"""The difference of a few units: exact levels, laws, and what is refused."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from patron.errors import ArgumentError
from patron.stats.few_units import DRAWS, TooFewUnits, UnitDifference, smallest_difference, unit_difference


def _found(values: object, treated: object, **options: float) -> UnitDifference:
    found = unit_difference(values, treated, **options)  # type: ignore[arg-type]
    assert isinstance(found, UnitDifference)
    return found


def test_the_t_test_is_students_and_the_permutation_counts_every_draw() -> None:
    values = np.random.default_rng(1).normal(size=9)
    arm = np.arange(9) < 4
    found = _found(values, arm)
    wanted = ttest_ind(values[arm], values[~arm])
    interval = wanted.confidence_interval(0.95)
    assert (found.t_p_value, found.t_low, found.t_high) == pytest.approx((wanted.pvalue, interval.low, interval.high))
    came = abs(values[arm].mean() - values[~arm].mean())
    uneven = [
        abs(values[list(chosen)].mean() - np.delete(values, chosen).mean()) >= came - 1e-12
        for chosen in combinations(range(9), 4)
    ]
    assert found.p_value == pytest.approx(np.mean(uneven))


@pytest.mark.parametrize("tail", ["normal", "heavy"])
def test_the_permutation_keeps_its_level_whatever_the_tail(tail: str) -> None:
    generator = np.random.default_rng(2)
    arm = np.arange(10) < 4
    held = alarms = 0
    for _ in range(300):
        values = generator.normal(size=10) if tail == "normal" else generator.standard_t(1.5, size=10)
        found = _found(values + 3.0 * arm, arm)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 3 <= found.high
        alarms += _found(values, arm).p_value <= 0.05
    assert held >= 0.92 * 300
    assert alarms <= 0.08 * 300


@given(st.lists(st.floats(-100, 100), min_size=8, max_size=8), st.floats(-50, 50), st.floats(0.1, 20))
@settings(max_examples=40, deadline=None)
def test_laws(values: list[float], effect: float, unit: float) -> None:
    arm, figures = np.arange(8) < 4, np.array(values)
    found = unit_difference(figures, arm)
    if isinstance(found, TooFewUnits):
        return
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.estimate <= found.high
    swapped = _found(figures, ~arm)
    assert swapped.p_value == found.p_value
    assert (swapped.estimate, swapped.low) == pytest.approx((-found.estimate, -found.high), abs=1e-5)
    moved = _found(unit * figures + effect * arm, arm)
    wide = unit * (found.high - found.low) + abs(effect) + 1
    assert moved.estimate == pytest.approx(unit * found.estimate + effect, abs=1e-9 * wide)
    assert moved.low == pytest.approx(unit * found.low + effect, abs=1e-5 * wide)


def test_where_there_are_too_many_draws_some_are_tried() -> None:
    values = np.random.default_rng(3).normal(size=40)
    arm = np.arange(40) < 20
    found = _found(values, arm)
    assert math.comb(40, 20) > DRAWS
    assert found.p_value == pytest.approx(found.t_p_value, abs=0.02)
    assert found == _found(values, arm)


def test_an_odd_one_out_of_twenty_is_refused_and_of_ten_is_not() -> None:
    values = np.append(100.0, np.random.default_rng(4).normal(size=19))
    assert _found(values, np.arange(20) == 0).p_value == pytest.approx(1 / 20)
    ten = _found(values[:10], np.arange(10) == 0)
    assert (ten.low, ten.high, ten.smallest_p) == (None, None, 0.1)
    assert ten.t_p_value < 0.001
    assert _found(values[:10], np.arange(10) == 0, level=0.9).low is not None


def test_the_smallest_difference_is_seen_four_times_in_five() -> None:
    generator, arm = np.random.default_rng(5), np.arange(12) < 6
    effect = smallest_difference(math.sqrt(1 / 6 + 1 / 6), 10)
    seen = [_found(generator.normal(size=12) + effect * arm, arm).t_p_value < 0.05 for _ in range(300)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize(
    ("values", "treated", "level"),
    [
        ([1.0, 2.0], [True], 0.95),
        ([1.0, math.nan, 2.0], [True, False, False], 0.95),
        ([1.0, 2.0, 3.0], [True] * 3, 0.95),
        ([1.0, 2.0, 3.0], [False] * 3, 0.95),
        ([1.0, 2.0, 3.0], [True, False, False], 1.0),
    ],
)
def test_what_cannot_be_is_refused(values: list[float], treated: list[bool], level: float) -> None:
    with pytest.raises(ArgumentError):
        unit_difference(values, treated, level=level)

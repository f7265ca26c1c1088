"""Intervals of sums over customers who come by chance: published values, laws, and groups that are too small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import chi2

from patron.stats.compound_sum import compound_interval, mean_interval, steadied


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_counts_have_garwoods_exact_interval(count: int) -> None:
    low, high = compound_interval(float(count), float(count), float(count))
    assert high == pytest.approx(chi2.ppf(0.975, 2 * count + 2) / 2)
    assert low == pytest.approx(chi2.ppf(0.025, 2 * count) / 2 if count else 0.0)


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=30), st.floats(0.1, 50.0))
def test_the_unit_of_money_does_not_matter(values: list[float], unit: float) -> None:
    own = np.array(values)
    low, high = compound_interval(own.sum(), own @ own, len(own))
    scaled = compound_interval(unit * own.sum(), unit**2 * own @ own, len(own))
    assert np.allclose(scaled, (unit * low, unit * high))
    assert low < own.sum() < high


@given(st.lists(st.floats(0.01, 1e4), min_size=2, max_size=30), st.floats(0.0, 1e6))
@example([1.0, 1.0], 1240.0)
def test_more_variance_is_never_a_narrower_interval(values: list[float], extra: float) -> None:
    own = np.array(values)
    sums = own.sum(), own @ own, len(own)
    low, high = compound_interval(*sums)
    wider = compound_interval(*sums, extra=extra)
    assert wider[0] <= low * (1 + 1e-9)
    assert wider[1] >= high * (1 - 1e-9)


def test_losses_have_an_interval_around_them() -> None:
    low, high = compound_interval(-10.0, 60.0, 5.0)
    assert low < -10 < high
    mean, below, above = mean_interval(5.0, -10.0, 60.0, 5.0)
    assert below < mean == -2 < above


@given(st.integers(2, 40), st.floats(0.1, 10.0))
def test_halves_of_twice_as_many_customers_tell_as_much(many: int, value: float) -> None:
    rng = np.random.default_rng(many)
    own = value * rng.lognormal(size=many)
    whole = mean_interval(many, own.sum(), own @ own, many)
    # each customer twice, each time for a half: the same mean, and half of the squares of the weights
    halves = mean_interval(many, own.sum(), 2 * (own / 2) @ (own / 2), many / 2)
    assert halves[0] == pytest.approx(whole[0])
    assert halves[2] <= whole[2]


def test_groups_with_a_small_spread_are_steadied_and_others_left() -> None:
    weight, total = np.array([10.0, 10.0, 0.0]), np.array([50.0, -5.0, 0.0])
    squares = np.array([250.0, 40.0, 0.0])
    found = steadied(weight, total, squares, weight, usual=3.0, prior=30.0)
    assert found.tolist() == [(10 * 250 + 30 * 750) / 40, 40.0, 0.0]
    large = steadied(1e6, 5e6, 2.5e7, 1e6, usual=3.0)
    assert large == pytest.approx(2.5e7, rel=1e-3)

"""Welch's difference and the delta-method relative difference, from moments."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind_from_stats

from patron.stats.difference import ClusterMoments, Difference, Moments, NotEnough, difference, relative_difference

CONTROL = Moments(10_000, 120_000, 2_440_000)
TREATED = Moments(10_100, 124_230, 2_560_000)

samples = st.lists(st.floats(-1e4, 1e4, allow_subnormal=False), min_size=2, max_size=40)


def test_mean_absolute_equals_gbstats_and_confidence():
    found = difference(TREATED, CONTROL)
    assert isinstance(found, Difference)
    assert found.estimate == pytest.approx(0.3, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((0.021983435909, 0.578016564091), abs=1e-9)
    assert found.p_value == pytest.approx(0.0344362190, abs=1e-9)


def test_mean_relative_equals_gbstats():
    found = relative_difference(TREATED, CONTROL)
    assert isinstance(found, Difference)
    assert found.estimate == pytest.approx(0.025, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((0.001542239911, 0.048457760089), abs=1e-9)
    assert found.p_value == pytest.approx(0.0367249152, abs=1e-9)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 50), (400, 7)])
def test_equals_scipy_for_small_and_uneven_arms(sizes):
    rng = np.random.default_rng(sizes[0])
    treated, control = rng.gamma(1, 20, sizes[0]), rng.gamma(1, 30, sizes[1])
    found = difference(Moments.of(treated), Moments.of(control))
    expected = ttest_ind_from_stats(
        treated.mean(), treated.std(ddof=1), sizes[0], control.mean(), control.std(ddof=1), sizes[1], equal_var=False
    )
    assert isinstance(found, Difference)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.estimate / found.standard_error == pytest.approx(expected.statistic, rel=1e-9)


@pytest.mark.parametrize(
    ("treated", "control", "absolute", "relative"),
    [
        ([], [1.0, 2.0], "too_few", "too_few"),
        ([1.0], [1.0, 2.0], "too_few", "too_few"),
        ([1.0, 2.0], [3.0], "too_few", "too_few"),
        ([2.0, 2.0], [1.0, 1.0], "no_spread", "no_spread"),
        ([0.0, 0.0], [0.0, 0.0], "no_spread", "no_base"),
        ([0.1] * 10, [0.7] * 10, "no_spread", "no_spread"),
        ([1.0, 2.0], [0.0, 0.0], None, "no_base"),
        ([1.0, 2.0], [-3.0, -1.0], None, "no_base"),
    ],
)
def test_says_what_is_missing_instead_of_nan(treated, control, absolute, relative):
    arms = Moments.of(treated), Moments.of(control)
    for found, reason in ((difference(*arms), absolute), (relative_difference(*arms), relative)):
        assert (found == NotEnough(reason)) if reason else isinstance(found, Difference)


@given(samples, samples)
@settings(max_examples=60, deadline=None)
def test_swapping_the_arms_turns_the_sign(first, second):
    there, back = difference(Moments.of(first), Moments.of(second)), difference(Moments.of(second), Moments.of(first))
    if isinstance(there, NotEnough):
        assert back == there
    else:
        assert isinstance(back, Difference)
        assert (back.estimate, back.low, back.high) == pytest.approx((-there.estimate, -there.high, -there.low))
        assert back.p_value == pytest.approx(there.p_value)


@given(samples, samples)
@settings(max_examples=60, deadline=None)
def test_an_interval_leaves_zero_out_exactly_when_p_is_below_its_level(first, second):
    found = difference(Moments.of(first), Moments.of(second))
    if isinstance(found, Difference) and not math.isclose(found.p_value, 0.05, rel_tol=1e-6):
        assert (found.low > 0 or found.high < 0) == (found.p_value < 0.05)


@given(samples, samples)
@settings(max_examples=60, deadline=None)
def test_moments_of_parts_add_up_to_those_of_the_whole(first, second):
    whole, parts = Moments.of(first + second), Moments.of(first) + Moments.of(second)
    assert parts.n == whole.n
    assert (parts.total, parts.squares) == pytest.approx((whole.total, whole.squares), rel=1e-12, abs=1e-6)


def test_a_wider_level_gives_a_wider_interval():
    narrow, wide = difference(TREATED, CONTROL, level=0.9), difference(TREATED, CONTROL, level=0.99)
    assert isinstance(narrow, Difference)
    assert isinstance(wide, Difference)
    assert wide.low < narrow.low < narrow.high < wide.high


def _money(rng, sizes, factor=1.0):
    """Return n, sums and sums of squares of many arms: seven in ten buy nothing, the others log-normally much."""
    spent = np.exp(rng.normal(3.0, 1.0, sizes)) * (rng.random(sizes) < 0.3) * factor
    return [Moments(sizes[1], total, squares) for total, squares in zip(spent.sum(1), (spent**2).sum(1), strict=True)]


def test_intervals_of_heavy_tailed_money_hold_the_truth_95_times_in_100():
    rng, repeats, chunk, factor = np.random.default_rng(7), 10_000, 500, 1.1
    mean = 0.3 * math.exp(3.5)
    held = np.zeros(2)
    for _ in range(repeats // chunk):
        arms = zip(_money(rng, (chunk, 1500), factor), _money(rng, (chunk, 1000)), strict=True)
        for treated, control in arms:
            absolute, relative = difference(treated, control), relative_difference(treated, control)
            assert isinstance(absolute, Difference)
            assert isinstance(relative, Difference)
            held += [
                absolute.low <= (factor - 1) * mean <= absolute.high,
                relative.low <= factor - 1 <= relative.high,
            ]
    assert ((held / repeats > 0.94) & (held / repeats < 0.96)).all(), held / repeats


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20))
def test_clusters_of_one_are_a_sample(values):
    one, many = Moments.of(values), ClusterMoments.of((1, value) for value in values)
    assert (many.n, many.mean) == (one.n, pytest.approx(one.mean))
    assert many.variance == pytest.approx(one.variance, rel=1e-6, abs=1e-6 * one.squares)


def test_the_variance_of_a_mean_over_clusters_is_that_of_its_residuals():
    """Sizes 1, 2, 3 and totals 2, 3, 7: mean 2, residuals 0, -1, 1, sum of squares 2."""
    found = ClusterMoments.of([(1, 2.0), (2, 3.0), (3, 7.0)])
    assert found.mean == 2
    assert found.variance == pytest.approx((2 / (3 - 1)) / 2**2)


def test_clusters_that_are_alike_have_no_spread():
    assert ClusterMoments.of([(2, 4.2), (1, 2.1), (3, 6.3)]).variance == 0

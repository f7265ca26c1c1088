"""Gini and deciles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.stats.ranking import gini, group_means, quantile_groups

OUTCOMES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=40)


def test_gini_is_the_area_between_the_curves() -> None:
    rng = np.random.default_rng(1)
    score, outcome = rng.random(500), rng.exponential(size=500)

    def area(order: np.ndarray) -> float:
        curve = np.concatenate([[0], np.cumsum(outcome[order])]) / outcome.sum()
        return float(np.trapezoid(curve, dx=1 / 500)) - 0.5

    assert gini(score, outcome).value == pytest.approx(area(np.argsort(-score)) / area(np.argsort(-outcome)))


@settings(max_examples=60, deadline=None)
@given(pairs=OUTCOMES, seed=st.integers(0, 9))
def test_gini_knows_no_order_of_rows_no_scale_and_turns_with_the_score(pairs: list[tuple[int, int]], seed: int) -> None:
    score, outcome = np.array(pairs, dtype=float).T
    value = gini(score, outcome).value
    if np.ptp(outcome) == 0:
        assert value is None
        return
    assert value is not None
    assert -1 - 1e-12 <= value <= 1 + 1e-12
    mixed = np.random.default_rng(seed).permutation(len(score))
    assert gini(np.exp(score[mixed]), 3 * outcome[mixed]).value == pytest.approx(value)
    assert gini(-score, outcome).value == pytest.approx(-value, abs=1e-12)
    assert gini(outcome, outcome).value == pytest.approx(1)


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    def draw(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rate = rng.gamma(0.8, 2, n)
        return rate * rng.lognormal(0, 0.7, n), rng.poisson(rate).astype(float)

    rng = np.random.default_rng(2)
    truth = gini(*draw(1_000_000, rng)).value
    assert truth is not None
    readings = [gini(*draw(800, rng)) for _ in range(800)]
    held = np.mean([r.low is not None and r.high is not None and r.low <= truth <= r.high for r in readings])
    assert 0.925 < held < 0.975


@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_equal_scores_share_a_group_and_higher_ones_never_come_later(scores: list[int]) -> None:
    groups = quantile_groups(scores)
    assert groups.min() >= 1
    assert groups.max() <= 10
    for one, its_group in zip(scores, groups, strict=True):
        for other, other_group in zip(scores, groups, strict=True):
            assert (one != other) or its_group == other_group
            assert (one <= other) or its_group <= other_group


def test_distinct_scores_fill_ten_equal_groups() -> None:
    assert np.bincount(quantile_groups(np.arange(100.0))).tolist() == [0] + [10] * 10
    assert quantile_groups(np.arange(100.0))[-1] == 1


def test_means_of_groups_and_their_interval() -> None:
    means = group_means([2, 1, 1, 1], [1.0, 5.0, 6.0, 7.0], [9.0, 1.0, 2.0, 3.0])
    assert means.group.tolist() == [1, 2]
    assert means.customers.tolist() == [3, 1]
    assert means.score.tolist() == [6.0, 1.0]
    assert means.outcome.tolist() == [2.0, 9.0]
    assert means.high[0] - 2 == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)  # t with 2 degrees of freedom
    assert np.isnan(means.low[1])

"""Rates and means of many small cells: nearer the truth than what is pooled by none or by all, and honest about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.stats.tree_shrinkage import pooled_means, pooled_shares

Floats = NDArray[np.float64]
SIZES = (1_000, 10_000, 100_000)
ROUNDS = 12


def off(found: Floats, truth: Floats) -> float:
    return float(np.sqrt(np.mean((found - truth) ** 2)))


def drawn_shares(rng: np.random.Generator, customers: int, strength: float) -> tuple[Floats, ...]:
    """Counts and sizes of 12 x 10 cells of uneven sizes, their groups, and the true shares."""
    group = np.repeat(np.arange(12), 10)
    truth = rng.beta(4, 12, 12)[group]
    truth = rng.beta(truth * strength, (1 - truth) * strength)
    sizes = rng.multinomial(customers, rng.dirichlet(np.full(120, 0.4)))
    return rng.binomial(sizes, truth), sizes, group, truth


@pytest.mark.parametrize("customers", SIZES)
def test_pooled_shares_are_nearer_than_raw_cells_and_the_mean_of_all(customers: int) -> None:
    rng = np.random.default_rng(customers)
    errors, inside = [], []
    for _ in range(ROUNDS):
        did, sizes, group, truth = drawn_shares(rng, customers, 60)
        seen = sizes > 0
        pooled = pooled_shares(did, sizes, group)
        guesses = (did[seen] / sizes[seen], did.sum() / sizes.sum(), pooled.estimate[seen])
        errors.append([off(guess, truth[seen]) for guess in guesses])
        inside.append(np.mean((pooled.low <= truth) & (truth <= pooled.high)))
    cells, everybody, found = np.mean(errors, axis=0)
    assert found < 0.75 * cells
    assert found < 0.75 * everybody
    assert 0.92 <= np.mean(inside) <= 0.985


@pytest.mark.parametrize("customers", SIZES)
def test_pooled_means_of_skewed_money_are_nearer_and_their_intervals_hold(customers: int) -> None:
    rng = np.random.default_rng(customers)
    errors, inside = [], []
    for _ in range(ROUNDS):
        group = np.repeat(np.arange(12), 10)
        truth = rng.gamma(12, 40 / 12, 12)[group] * rng.gamma(25, 1 / 25, 120)
        sizes = rng.multinomial(customers, rng.dirichlet(np.full(120, 0.4)))
        known = sizes > 0
        spread = truth * 0.95  # log-normal with sigma 0.8
        money = np.repeat(truth, sizes) * np.exp(rng.normal(-0.32, 0.8, customers))
        means = np.bincount(np.repeat(np.arange(120), sizes), money, 120) / np.maximum(sizes, 1)
        noise = np.where(known, np.mean(spread) ** 2 / np.maximum(sizes, 1), np.inf)
        pooled = pooled_means(means, noise, group)
        whole = float(means @ sizes / sizes.sum())
        guesses = (means[known], whole, pooled.estimate[known])
        errors.append([off(guess, truth[known]) for guess in guesses])
        inside.append(np.mean((pooled.low <= truth) & (truth <= pooled.high)))
    cells, everybody, found = np.mean(errors, axis=0)
    assert found < cells
    assert found < everybody
    assert 0.87 <= np.mean(inside) <= 0.985


def test_where_cells_do_not_differ_intervals_still_hold() -> None:
    rng = np.random.default_rng(3)
    inside, widths = [], []
    for _ in range(15):
        did, sizes, group, truth = drawn_shares(rng, 20_000, 1e7)
        pooled = pooled_shares(did, sizes, group)
        inside.append(np.mean((pooled.low <= truth) & (truth <= pooled.high)))
        widths.append(np.median(pooled.high - pooled.low))
    assert np.mean(inside) > 0.93
    assert np.mean(widths) < 0.1  # a median cell of some 60 customers alone: 0.21


def test_a_large_cell_keeps_its_own_share_and_an_empty_one_has_its_groups() -> None:
    pooled = pooled_shares([50_000, 10, 20, 0, 300], [100_000, 100, 100, 0, 1_000], [0, 0, 0, 0, 1])
    assert pooled.estimate[0] == pytest.approx(0.5, abs=0.003)
    others = np.delete(pooled.estimate[:4], 3)
    assert others.min() < pooled.estimate[3] < others.max()
    assert pooled.high[3] - pooled.low[3] > pooled.high[1] - pooled.low[1]


def test_the_mean_of_differences_may_be_known() -> None:
    around = pooled_means([5.0, 7.0, 6.0], [1.0, 1.0, 1.0], [0, 0, 0])
    known = pooled_means([5.0, 7.0, 6.0], [1.0, 1.0, 1.0], [0, 0, 0], center=0.0)
    assert around.whole == pytest.approx(6.0)
    assert (known.estimate < [5.0, 7.0, 6.0]).all()
    assert known.whole == 0.0


numbers = st.integers(0, 60)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(numbers, numbers, st.integers(0, 3)), min_size=1, max_size=25), st.randoms())
def test_shares_lie_in_their_intervals_whatever_the_order_and_names(
    cells: list[tuple[int, int, int]], chance: Any
) -> None:
    did, more, group = (np.array(column) for column in zip(*cells, strict=True))
    pooled = pooled_shares(did, did + more, group)
    if (did + more).sum():
        assert ((pooled.low <= pooled.estimate) & (pooled.estimate <= pooled.high)).all()
        assert ((pooled.low >= 0) & (pooled.high <= 1)).all()
    order = np.array(chance.sample(range(len(cells)), len(cells)))
    again = pooled_shares(did[order], (did + more)[order], 3 - group[order])
    np.testing.assert_allclose(again.estimate, pooled.estimate[order], rtol=1e-6, atol=1e-9)
    opposite = pooled_shares(more, did + more, group)
    np.testing.assert_allclose(opposite.estimate, 1 - pooled.estimate, atol=0.02)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0.1, 40), st.integers(0, 3)), min_size=1, max_size=25),
    st.floats(0.5, 20),
    st.floats(-100, 100),
)
def test_means_move_and_stretch_with_their_unit(
    cells: list[tuple[float, float, int]], factor: float, shift: float
) -> None:
    means, variances, group = (np.array(column) for column in zip(*cells, strict=True))
    pooled = pooled_means(means, variances, group)
    moved = pooled_means(factor * means + shift, factor**2 * variances, group)
    scale = factor * (1 + np.abs(means).max())
    np.testing.assert_allclose(moved.estimate, factor * pooled.estimate + shift, atol=2e-3 * scale)
    np.testing.assert_allclose(moved.deviation, factor * pooled.deviation, rtol=0.02, atol=2e-3 * scale)


@pytest.mark.parametrize(
    ("counts", "sizes", "groups"),
    [([2], [1], [0]), ([-1], [1], [0]), ([1, 1], [2], [0]), ([np.nan], [1], [0]), ([1], [np.nan], [0])],
)
def test_counts_that_cannot_be_are_refused(counts: Any, sizes: Any, groups: Any) -> None:
    with pytest.raises(ArgumentError):
        pooled_shares(counts, sizes, groups)


@pytest.mark.parametrize("variance", [0.0, -1.0, np.nan])
def test_variances_that_cannot_be_are_refused(variance: float) -> None:
    with pytest.raises(ArgumentError):
        pooled_means([1.0], [variance], [0])


def test_where_nobody_was_watched_nothing_is_known() -> None:
    pooled = pooled_shares([0, 0], [0, 0], [0, 1])
    assert np.isnan(pooled.estimate).all()
    assert pooled.low.tolist() == [0, 0]
    assert np.isnan(pooled_means([0.0], [np.inf], [0]).estimate).all()

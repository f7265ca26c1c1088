"""Shares of few purchases: the strength is found again, intervals hold, and loyalty is what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from patron.errors import ArgumentError
from patron.stats.dirichlet_multinomial import (
    MOST,
    Counted,
    repeat_chance,
    share_interval,
    shrunk_share,
    strength,
)


def counted(bought: np.ndarray, shares: np.ndarray | None = None) -> Counted:
    """Count the patterns of a table of customers by values."""
    base = bought.sum(axis=0) / bought.sum() if shares is None else shares
    who, value = np.nonzero(bought)
    pairs, customers = np.unique(np.column_stack([value, bought[who, value]]), axis=0, return_counts=True)
    totals, makers = np.unique(bought.sum(axis=1), return_counts=True)
    return Counted(
        shares=base, value=pairs[:, 0], times=pairs[:, 1], customers=customers, totals=totals, makers=makers
    )  # fmt: skip


def drawn(rng: np.random.Generator, base: np.ndarray, own: float, customers: int) -> tuple[np.ndarray, np.ndarray]:
    shares = rng.dirichlet(own * base, customers)
    many = 1 + rng.poisson(6, customers)
    return shares, np.stack([rng.multinomial(n, p) for n, p in zip(many, shares, strict=True)])


BASE = np.array([0.5, 0.25, 0.15, 0.1])


@pytest.mark.parametrize("own", [0.3, 2.0, 15.0])
def test_the_strength_is_found_again_and_intervals_hold_the_truth(own: float) -> None:
    shares, bought = drawn(np.random.default_rng(4), BASE, own, 4_000)
    found = strength(counted(bought))
    assert found == pytest.approx(own, rel=0.15)
    of = bought.sum(axis=1, keepdims=True)
    low, high = share_interval(bought, of, BASE, found)
    inside = ((low <= shares + 1e-9) & (shares <= high + 1e-9)).mean(axis=0)
    assert ((inside > 0.93) & (inside < 0.975)).all(), inside
    shrunk = shrunk_share(bought, of, BASE, found)
    off = {"shrunk": shrunk - shares, "own": bought / of - shares, "shop": BASE - shares}
    error = {name: float((gap**2).mean()) for name, gap in off.items()}
    assert error["shrunk"] < min(error["own"], error["shop"])


def test_the_likelihood_is_scipys() -> None:
    _, bought = drawn(np.random.default_rng(2), BASE, 3.0, 50)
    part = counted(bought, BASE)

    def peer(own: float) -> float:
        return float(sum(stats.dirichlet_multinomial.logpmf(row, own * BASE, row.sum()) for row in bought))

    ours = part.log_likelihood(5.0) - part.log_likelihood(2.0)
    assert ours == pytest.approx(peer(5.0) - peer(2.0), rel=1e-9)


def test_who_bought_once_tells_nothing_of_how_customers_differ() -> None:
    assert strength(counted(np.eye(4, dtype=int))) == MOST


def test_customers_who_are_all_alike_are_drawn_to_the_shop() -> None:
    rng = np.random.default_rng(3)
    assert strength(counted(rng.multinomial(20, BASE, 2_000))) > 200


def test_loyalty_is_the_chance_of_two_equal_purchases() -> None:
    rng = np.random.default_rng(5)
    bought, own = np.array([3, 1, 0, 0]), 2.0
    shares = rng.dirichlet(bought + own * BASE, 200_000)
    assert float(repeat_chance(bought @ bought, bought @ BASE, 4, BASE @ BASE, own)) == pytest.approx(
        float((shares**2).sum(axis=1).mean()), abs=0.003
    )


@given(
    st.lists(st.integers(0, 50), min_size=2, max_size=8).filter(lambda row: sum(row) > 0),
    st.floats(0.01, 1e5),
)
def test_laws(bought: list[int], own: float) -> None:
    x = np.array(bought)
    base = (x + 1) / (x + 1).sum()
    n = int(x.sum())
    shrunk = shrunk_share(x, n, base, own)
    low, high = share_interval(x, n, base, own)
    assert shrunk.sum() == pytest.approx(1)
    assert ((low <= shrunk + 1e-12) & (shrunk <= high + 1e-12)).all()
    assert 1 / len(x) - 1e-9 <= float(repeat_chance(x @ x, x @ base, n, base @ base, own)) <= 1


def test_one_value_alone_is_certain() -> None:
    low, high = share_interval(3, 3, 1.0, 2.0)
    assert (float(low), float(high)) == (1.0, 1.0)
    assert float(repeat_chance(9, 3, 3, 1.0, 2.0)) == pytest.approx(1)


@pytest.mark.parametrize("parts", [(), (counted(np.array([[2, 0]]), np.array([1.0, 0.0])),)])
def test_shares_that_cannot_be_are_refused(parts: tuple[Counted, ...]) -> None:
    with pytest.raises(ArgumentError, match="share above 0"):
        strength(*parts)

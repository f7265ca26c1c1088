"""The shadow price of attention: the equations of Miller (1969), and that no other prices bring more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.decisions import attention_price


@settings(max_examples=60, deadline=None)
@given(
    bids=st.lists(st.floats(-5, 100), min_size=1, max_size=20), arrivals=st.floats(0.01, 20),
    contacts=st.integers(1, 6), window_days=st.integers(1, 30),
)  # fmt: skip
def test_prices_keep_the_equations_and_rise_with_the_contacts_used(
    bids: list[float], arrivals: float, contacts: int, window_days: int
) -> None:
    came = np.array(bids)
    found = attention_price(
        came, np.ones(len(came)), arrivals=arrivals, contacts=contacts, window_days=window_days
    )  # fmt: skip
    assert (np.diff(found.prices) >= -1e-7).all()
    assert (found.prices >= 0).all()
    if found.daily_worth <= 1e-9:
        assert came.max() <= 1e-6 * 20
        return
    before = 0.0
    for used, price in enumerate(found.prices.tolist()):
        excess = arrivals * np.maximum(came - max(price, 0.0), 0.0)[came > 0].sum() / len(came)
        assert excess + used / window_days * before == pytest.approx(found.daily_worth, rel=1e-4, abs=1e-6)
        before = price
    assert contacts / window_days * before == pytest.approx(found.daily_worth, rel=1e-4, abs=1e-6)


def earned(prices: np.ndarray, came: np.ndarray, at: np.ndarray, window: float) -> float:
    """Play the arrivals through, each contact blocked for the whole window."""
    total, busy = 0.0, list[float]()
    for moment, bid in zip(at.tolist(), came.tolist(), strict=True):
        busy = [until for until in busy if until > moment]
        if len(busy) < len(prices) and bid >= prices[len(busy)]:
            total += bid
            busy.append(moment + window)
    return total / float(at[-1])


def test_no_other_level_of_prices_brings_more_and_none_brings_less() -> None:
    rng = np.random.default_rng(5)
    came = rng.gamma(1.0, 2.0, 40_000)
    at = rng.exponential(1 / 0.8, len(came)).cumsum()
    found = attention_price(came, np.ones(len(came)), arrivals=0.8, contacts=3, window_days=7)
    best = earned(found.prices, came, at, 7.0)
    assert best == pytest.approx(found.daily_worth, rel=0.02)  # the window is fixed here, and exponential there
    assert best > 1.25 * earned(np.zeros(3), came, at, 7.0)
    for factor in (0.6, 1.5):
        assert best > earned(factor * found.prices, came, at, 7.0)


def test_where_nothing_pays_or_nothing_is_scarce_attention_is_free() -> None:
    poor = attention_price(np.array([-1.0, 0.0]), np.ones(2), arrivals=3.0, contacts=2, window_days=7)
    assert (poor.prices.tolist(), poor.daily_worth) == ([0.0, 0.0], 0.0)
    idle = attention_price(np.array([2.0]), np.ones(1), arrivals=0.001, contacts=3, window_days=7)
    assert idle.prices[0] < 1e-6
    assert idle.daily_worth == pytest.approx(0.002)
    assert not len(attention_price(np.array([2.0]), np.ones(1), arrivals=1.0, contacts=0, window_days=7).prices)

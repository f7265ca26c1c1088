"""The best price: the textbook's optimum, exact expectations and ends, floors and reaches that hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from patron.decisions.best_price import Sold, best_prices, curve, ratios
from patron.errors import ArgumentError

FINE = ratios(most_change=0.5, step=0.005)


def sold(**changed: float) -> Sold:
    facts = {"revenue": 1000.0, "cost": 500.0, "elasticity": -2.0, "error": 0.0} | changed
    arrays = {name: np.array([value]) for name, value in facts.items()}
    return Sold(**arrays, price=np.array([0]))


@pytest.mark.parametrize(("elasticity", "cost"), [(-2.0, 400.0), (-2.5, 700.0), (-3.0, 600.0)])
def test_the_best_price_is_lerners(elasticity: float, cost: float) -> None:
    """Lerner (1934): at the best price, (p - c) / p = -1 / e, so that p = c e / (1 + e)."""
    best = best_prices(sold(elasticity=elasticity, cost=cost), FINE, floor=0.0)
    assert best.ratio[0] == pytest.approx(cost / 1000 * elasticity / (1 + elasticity), abs=0.005)
    assert not best.by_floor[0]
    assert not best.by_reach[0]


def test_the_expected_gain_and_its_ends_are_those_of_draws_of_the_elasticity() -> None:
    given_ = sold(elasticity=-1.8, error=0.6)
    best = best_prices(given_, np.array([0.9, 1.0, 1.1]), floor=0.0)
    ratio = best.ratio[0]
    drawn = np.random.default_rng(1).normal(-1.8, 0.6, 400_000)
    gains = ratio**drawn * (1000 * ratio - 500) - 500
    assert best.gain[0] == pytest.approx(gains.mean(), abs=0.3)
    assert_allclose([best.low[0], best.high[0]], np.quantile(gains, [0.025, 0.975]), atol=0.8)
    assert best.chance[0] == pytest.approx((gains > 0).mean(), abs=0.006)
    assert best.sold[0] == pytest.approx((ratio**drawn).mean(), abs=0.001)


@settings(max_examples=50)
@given(
    revenue=st.floats(1, 1e6), share=st.floats(0, 1.2), elasticity=st.floats(-6, 1), error=st.floats(0, 2),
    floor=st.floats(0, 0.9),
)  # fmt: skip
def test_no_price_breaks_the_floor_and_none_is_worse_than_staying(
    revenue: float, share: float, elasticity: float, error: float, floor: float
) -> None:
    changes = ratios(most_change=0.2, step=0.05)
    best = best_prices(
        sold(revenue=revenue, cost=share * revenue, elasticity=elasticity, error=error), changes, floor=floor
    )
    ratio = best.ratio[0]
    if np.isnan(ratio):
        assert share / changes[-1] > 1 - floor - 1e-9
        return
    assert 1 - share / ratio >= floor - 1e-9
    assert ratio in changes
    if 1 - share >= floor:  # staying is allowed
        assert best.gain[0] >= -1e-9 * revenue
    assert best.low[0] <= best.high[0]


def test_entries_with_one_price_move_together_and_their_gains_add_up() -> None:
    both = Sold(
        revenue=np.array([1000.0, 3000.0]), cost=np.array([500.0, 1500.0]), elasticity=np.array([-4.0, -1.2]),
        error=np.array([0.2, 0.2]), price=np.array([0, 0]),
    )  # fmt: skip
    apart = Sold(
        revenue=both.revenue, cost=both.cost, elasticity=both.elasticity, error=both.error, price=np.array([0, 1])
    )
    changes = ratios(most_change=0.2, step=0.05)
    one, two = best_prices(both, changes, floor=0.1), best_prices(apart, changes, floor=0.1)
    assert two.ratio.tolist() == [0.8, 1.2]
    assert len(one.ratio) == 1
    assert one.gain[0] <= two.gain.sum() + 1e-9  # a fence costs money, or nothing
    alone = [best_prices(apart, np.array([one.ratio[0]]), floor=0.0).gain[place] for place in (0, 1)]
    assert one.gain[0] == pytest.approx(sum(alone))


def test_what_keeps_a_price_from_going_further_is_told() -> None:
    changes = ratios(most_change=0.2, step=0.05)
    assert best_prices(sold(elasticity=-0.5), changes, floor=0.0).by_reach[0]
    cheap = best_prices(sold(elasticity=-5.0, cost=850.0), changes, floor=0.1)
    assert cheap.ratio[0] >= 0.95
    floored = best_prices(sold(elasticity=-9.0, cost=700.0), changes, floor=0.25)
    assert floored.by_floor[0]
    assert floored.ratio[0] == pytest.approx(0.95)
    assert np.isnan(best_prices(sold(cost=1500.0), changes, floor=0.1).ratio[0])


def test_a_segment_is_never_asked_for_more() -> None:
    assert ratios(most_change=0.15, step=0.05, up=False).tolist() == [0.85, 0.9, 0.95, 1.0]


def test_the_curve_is_what_the_gain_is_read_from() -> None:
    units, profit, low, high = curve(revenue=1000, cost=500, elasticity=-2.0, error=0.3, changes=[0.9, 1.0, 1.1])
    assert units[1] == 1
    assert profit[1] == low[1] == high[1] == 500
    assert (low <= high).all()
    best = best_prices(sold(error=0.3), np.array([0.9, 1.0]), floor=0.0)
    assert best.gain[0] == pytest.approx(max(profit[0], 500) - 500)


@pytest.mark.parametrize("wrong", [{"most_change": 1.0}, {"most_change": 0.0}, {"step": 0.0}, {"step": 0.3}])
def test_steps_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        ratios(**{"most_change": 0.2, "step": 0.05} | wrong)

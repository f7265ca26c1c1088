"""The value of a customer: published sums, discounting, and intervals that hold what they say."""

from __future__ import annotations

import math
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy import integrate, stats

from patron.errors import ArgumentError, FitError, NotFitted
from patron.models import BgNbd, GammaGamma, LifetimeValue, MeanSpend
from patron.models.bg_nbd import BgNbdParams
from patron.models.dropout import expected_purchases
from patron.models.lifetime_value import daily_force
from patron.simulate import bg_nbd

SHOP = {"r": 0.6, "alpha": 60.0, "a": 0.8, "b": 3.0}
AMOUNTS = {"p": 6.25, "q": 3.74, "gamma": 15.44}
MODEL = LifetimeValue.of(BgNbd.from_params(**SHOP), GammaGamma.from_params(**AMOUNTS), discount_rate=0.1)
FEW = pa.table({
    "frequency": [0, 1, 4, 40],
    "recency": [0, 30, 300, 390],
    "T": [50, 200, 310, 400],
    "monetary_value": [None, 20.0, 35.0, 60.0],
})  # fmt: skip


@pytest.mark.real_data
def test_twelve_months_of_cdnow_with_the_month_of_lifetimes(cdnow_summary: pa.Table) -> None:
    """Its month is 4.345 weeks; each month's purchases are discounted to their month's end by 1 % a month."""
    purchases, spend = BgNbd().fit(cdnow_summary), GammaGamma().fit(cdnow_summary).expected_spend
    months = [purchases.expected_purchases(cdnow_summary, horizon=4.345 * month) for month in range(13)]
    discounted = sum((months[i] - months[i - 1]) / 1.01**i for i in range(1, 13))
    assert (discounted * spend(cdnow_summary)).sum() == pytest.approx(71_509.90, abs=0.01)


@pytest.mark.real_data
def test_a_year_of_cdnow_in_days_is_near(cdnow: Any) -> None:
    model = LifetimeValue(discount_rate=1.01**12 - 1).fit(cdnow.days)
    # 365 days instead of 364.98, and each purchase discounted from its own day instead of the month's end.
    assert model.predict(cdnow.days, horizon=365).sum() == pytest.approx(71_509.90, rel=0.008)


def test_discounting_is_the_integral_over_the_days() -> None:
    params, force = BgNbdParams(**SHOP), daily_force(0.1)
    x, t_x, T = np.array([4.0]), np.array([300.0]), np.array([310.0])

    def flow(day: float) -> float:
        ahead, behind = (expected_purchases(params, x, t_x, T, day + side)[0] for side in (0.01, -0.01))
        return float((ahead - behind) / 0.02 * np.exp(-force * day))

    plain, discounted = BgNbd.from_params(**SHOP).ahead_discounted(x, t_x, T, 730.0, force)
    assert discounted[0] == pytest.approx(integrate.quad(flow, 0.01, 730, epsabs=1e-9)[0], rel=1e-4)
    assert discounted[0] < plain[0]
    assert daily_force(0.1) * 365 == pytest.approx(np.log(1.1))


def test_a_lifetime_is_discounted_as_exactly_as_a_year() -> None:
    """For ever, without dropout, purchases come at a steady rate: their discounted sum is rate / force."""
    model = BgNbd.from_params(r=2.0, alpha=30.0, a=0.0, b=1.0)
    x, t_x, T, force = np.array([4.0]), np.array([90.0]), np.array([100.0]), daily_force(0.15)
    rate = (2.0 + 4.0) / (30.0 + 100.0)
    for days, left in ((365.0, math.exp(-365 * force)), (20_000.0, math.exp(-20_000 * force)), (1e6, 0.0)):
        _, discounted = model.ahead_discounted(x, t_x, T, days, force)
        assert discounted[0] == pytest.approx(rate / force * (1 - left), rel=1e-9)


def test_without_discount_value_is_purchases_times_spend() -> None:
    model = LifetimeValue.of(MODEL.purchases_, MODEL.spend_, discount_rate=0)
    product = model.purchases_.expected_purchases(FEW, horizon=365) * model.spend_.expected_spend(FEW)
    assert model.predict(FEW, horizon=365) == pytest.approx(product, rel=1e-14)
    assert not model.predict(FEW, horizon=0).any()


def simulated(customers: int, seed: int) -> tuple[pa.Table, np.ndarray]:
    """Histories, and the true spend of the next half year: each customer's own rate of amounts rules both."""
    rng = np.random.default_rng(seed)
    T = rng.integers(1, 500, customers).astype(float)
    drawn = bg_nbd(customers, **SHOP, T=T, seed=seed, horizon=182.0)
    x, after = drawn["frequency"].to_numpy(), drawn["purchases_after"].to_numpy()
    rate = rng.gamma(AMOUNTS["q"], 1 / AMOUNTS["gamma"], customers)
    past = np.where(x > 0, rng.gamma(AMOUNTS["p"] * np.maximum(x, 1)) / rate / np.maximum(x, 1), np.nan)
    future = np.where(after > 0, rng.gamma(AMOUNTS["p"] * np.maximum(after, 1)) / rate, 0.0)
    table = pa.table({
        "frequency": x, "recency": drawn["recency"], "T": T, "monetary_value": pa.array(past, from_pandas=True)
    })  # fmt: skip
    return table, future


def test_value_and_its_interval_hold_on_simulated_truth() -> None:
    table, future = simulated(60_000, seed=1)
    model = LifetimeValue(discount_rate=0).fit(table)
    assert model.predict(table, horizon=182).mean() == pytest.approx(future.mean(), rel=0.04)
    low, high = model.value_interval(table, horizon=182).T
    assert ((low <= future) & (future <= high)).mean() >= 0.95
    assert (future > high).mean() == pytest.approx(0.025, abs=0.004)
    # Where nothing is the likeliest outcome the lower end is 0; half intervals have both ends above it more often.
    low, high = model.value_interval(table, horizon=182, level=0.5).T
    assert min((low > 0).sum(), (high > 0).sum()) > 1_000
    assert (future < low)[low > 0].mean() == pytest.approx(0.25, abs=0.03)
    assert (future > high)[high > 0].mean() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(("low_q", "high_q"), [(0.1, 0.9), (0.2, 0.8)])
def test_interval_of_one_customer_by_simulation(low_q: float, high_q: float) -> None:
    rng = np.random.default_rng(3)
    params, n = BgNbdParams(**SHOP), 400_000
    x, t_x, T, mean = 40.0, 390.0, 400.0, 60.0
    alive = BgNbd.from_params(**SHOP).probability_alive(FEW)[3]
    rate, dropout = rng.gamma(params.r + x, 1 / (params.alpha + T), n), rng.beta(params.a, params.b + x, n)
    arrivals = rng.poisson(rate * 365)
    survived = rng.geometric(dropout)  # the purchase after which the customer is gone
    count = np.where(rng.random(n) < alive, np.minimum(arrivals, survived), 0)
    nu = rng.gamma(AMOUNTS["q"] + AMOUNTS["p"] * x, 1 / (AMOUNTS["gamma"] + x * mean), n)
    value = np.where(count > 0, rng.gamma(AMOUNTS["p"] * np.maximum(count, 1)) / nu, 0.0)
    model = LifetimeValue.of(MODEL.purchases_, MODEL.spend_, discount_rate=0)
    ends = model.value_interval(FEW, horizon=365, level=high_q - low_q)[3]
    # The simulation's own error is .0006, the grid's about .001.
    assert (value <= ends[0]).mean() == pytest.approx(low_q, abs=0.0025)
    assert (value <= ends[1]).mean() == pytest.approx(high_q, abs=0.0025)
    assert t_x < T


def test_interval_of_a_new_customer_is_that_of_a_compound_sum() -> None:
    one = pa.table({"frequency": [0], "recency": [0], "T": [0], "monetary_value": pa.array([None], pa.float64())})
    model = LifetimeValue.of(MODEL.purchases_, MODEL.spend_, discount_rate=0)
    low, high = model.value_interval(one, horizon=365)[0]
    counts = np.arange(1, 400)
    chance = np.diff(model.purchases_.cdf(pa.concat_tables([one] * 400), np.arange(400), horizon=365))
    below = stats.betaprime.cdf(high / AMOUNTS["gamma"], AMOUNTS["p"] * counts, AMOUNTS["q"])
    nobody = model.purchases_.cdf(one, [0], horizon=365)[0]
    assert low == 0
    assert nobody + chance @ below == pytest.approx(0.975, abs=5e-4)


def test_ibis_gets_one_column_and_the_same_numbers() -> None:
    table = ibis.memtable(FEW)
    value = MODEL.predict(table, horizon=365)
    assert value.columns == (*table.columns, "predicted_value")
    assert value.order_by("T").to_pyarrow()["predicted_value"].to_numpy() == pytest.approx(
        MODEL.predict(FEW, horizon=365), rel=1e-13
    )
    ends = MODEL.value_interval(table, horizon=365).order_by("T").to_pyarrow()
    assert np.column_stack([ends["value_low"].to_numpy(), ends["value_high"].to_numpy()]) == pytest.approx(
        MODEL.value_interval(FEW, horizon=365), rel=1e-13
    )


def test_mean_spend_gives_values_and_refuses_intervals() -> None:
    table, _ = simulated(2_000, seed=4)
    model = LifetimeValue(spend=MeanSpend()).fit(table)
    mean = model.spend_.population_spend_
    orders = LifetimeValue.of(model.purchases_, GammaGamma.from_params(p=1, q=2, gamma=1)).predict(table, horizon=90)
    assert model.predict(table, horizon=90).sum() > 0
    assert len(orders) == len(model.predict(table, horizon=90))
    assert model.params_["mean"] == mean
    with pytest.raises(NotFitted):
        model.value_interval(table, horizon=90)


def test_amounts_without_a_mean_are_no_value() -> None:
    with pytest.raises(FitError):
        LifetimeValue.of(BgNbd.from_params(**SHOP), GammaGamma.from_params(p=2, q=0.5, gamma=1))


@pytest.mark.parametrize("rate", [-0.1, float("nan"), float("inf")])
def test_a_discount_rate_that_cannot_be(rate: float) -> None:
    with pytest.raises(ArgumentError, match="discount"):
        LifetimeValue(discount_rate=rate)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_cannot_be(level: float) -> None:
    with pytest.raises(ArgumentError, match="level"):
        MODEL.value_interval(FEW, horizon=1, level=level)

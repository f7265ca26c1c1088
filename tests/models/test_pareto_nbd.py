"""Pareto/NBD against the papers, its peers, and simulated truth."""

from __future__ import annotations

import math
from typing import Any

import ibis
import mpmath as mp
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError, FitError, NotEnoughData
from patron.models import GammaGamma, LifetimeValue, ParetoNbd
from patron.simulate import pareto_nbd
from patron.stats.pit import distance_from_uniform, randomised_pit

SHOP = {"r": 0.6, "alpha": 10.0, "s": 0.8, "beta": 15.0}
PUBLISHED = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
ROUNDED = ParetoNbd.from_params(r=0.55, alpha=10.56, s=0.61, beta=11.64)


def customers(*rows: tuple[float, float, float]) -> pa.Table:
    frequency, recency, T = np.array(rows, dtype=float).T
    return pa.table({"frequency": frequency, "recency": recency, "T": T})


# Fader, Hardie & Lee (2005), Marketing Science 24(2), table 2 and figures; CLVTools prints more digits of the same


@pytest.mark.real_data
def test_table_2_parameters_and_log_likelihood(cdnow: Any) -> None:
    model = ParetoNbd().fit(cdnow.weeks)
    # The likelihood is flat in beta: at 11.656 and at 11.669 it is the same to three digits after the point.
    assert model.params_ == pytest.approx(PUBLISHED, rel=2e-3)
    assert {name: round(model.params_[name], 3) for name in ("r", "s")} == {"r": 0.553, "s": 0.606}
    assert model.log_likelihood_ == pytest.approx(-9594.976, abs=6e-4)
    errors = {"r": 0.0476, "alpha": 0.8427, "s": 0.1873, "beta": 6.2105}
    assert model.standard_errors_ == pytest.approx(errors, rel=2e-3)
    assert model.customers_ == 2357


def test_expected_purchases_of_a_new_customer() -> None:
    expected = [
        0.05077821, 0.09916088, 0.14542507, 0.18979930, 0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211,
    ]  # fmt: skip
    assert ROUNDED.expected_purchases_of_new(np.arange(1, 10)) == pytest.approx(expected, abs=5e-9)


@pytest.mark.real_data
def test_expected_purchases_of_a_new_customer_s_first_year(cdnow: Any) -> None:
    model = ParetoNbd().fit(cdnow.weeks)
    assert float(model.expected_purchases_of_new(52)) == pytest.approx(1.473434, abs=5e-6)


@pytest.mark.real_data
def test_heaviest_buyer_of_the_edges(cdnow: Any) -> None:
    model = ParetoNbd().fit(cdnow.weeks)
    heavy = customers((26, 30.857, 31))
    assert model.expected_purchases(heavy, horizon=52)[0] == pytest.approx(25.45647, abs=2e-3)
    assert model.probability_alive(heavy)[0] == pytest.approx(0.997874, abs=5e-6)


@pytest.mark.real_data
def test_holdout_means_by_calibration_frequency(cdnow: Any) -> None:
    x = np.minimum(cdnow.weeks["frequency"].to_numpy(), 7)
    predicted = ParetoNbd().fit(cdnow.weeks).expected_purchases(cdnow.weeks, horizon=39)
    paper = [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403]
    # The paper computes with its rounded parameters, so the last digit differs by one.
    assert np.bincount(x, predicted) / np.bincount(x) == pytest.approx(paper, abs=1e-3)


# Fader, Hardie & Lee (2005), Journal of Marketing Research 42(4): DERT


RATE = math.log(1.15) / 52  # 15 % a year, in weeks


def lasting(T: float, rate: float) -> mp.mpf:
    """The discounted time that a customer of age T is still there, by numerical integration of the definition."""
    s, beta = mp.mpf(PUBLISHED["s"]), mp.mpf(PUBLISHED["beta"])
    integrand = lambda u: mp.exp(-mp.mpf(rate) * u) * ((beta + T) / (beta + T + u)) ** s  # noqa: E731
    return mp.quad(integrand, [0, 10, 100, 1_000, 10_000, 100_000, mp.inf])


@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0, 38.86), (7, 35, 38.86), (26, 30.857, 31)])
def test_dert_is_the_discounted_sum_of_what_is_to_come(x: int, t_x: float, T: float) -> None:
    one, model = customers((x, t_x, T)), ParetoNbd.from_params(**PUBLISHED)
    came = model.discounted_residual_transactions(one, discount_rate_per_unit=RATE)[0]
    pace = model.probability_alive(one)[0] * (PUBLISHED["r"] + x) / (PUBLISHED["alpha"] + T)
    assert came == pytest.approx(float(pace * lasting(T, RATE)), rel=1e-10)


@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0, 38.86), (7, 35, 38.86), (26, 30.857, 31)])
def test_dert_is_the_paper_s_equation_2(x: int, t_x: float, T: float) -> None:
    r, alpha, s, beta = (mp.mpf(value) for value in PUBLISHED.values())
    model = ParetoNbd.from_params(**PUBLISHED)
    # P(alive) = Gamma(r + x) alpha^r beta^s / (Gamma(r) (alpha + T)^(r + x) (beta + T)^s L)
    alive = mp.mpf(float(model.probability_alive(customers((x, t_x, T)))[0]))
    psi = mp.hyperu(s, s, mp.mpf(RATE) * (beta + T))
    truth = alive * (beta + T) ** s * mp.mpf(RATE) ** (s - 1) * (r + x) * psi / (alpha + T)
    came = model.discounted_residual_transactions(customers((x, t_x, T)), discount_rate_per_unit=RATE)[0]
    assert came == pytest.approx(float(truth), rel=1e-10)


def test_dert_of_a_table_in_the_engine_is_a_column() -> None:
    table = customers((0, 0, 38.86), (7, 35, 38.86))
    model = ParetoNbd.from_params(**PUBLISHED)
    arrays = model.discounted_residual_transactions(table, discount_rate_per_unit=RATE)
    joined = model.discounted_residual_transactions(ibis.memtable(table), discount_rate_per_unit=RATE).to_pyarrow()
    assert sorted(joined["discounted_residual_transactions"].to_pylist()) == pytest.approx(sorted(arrays), rel=1e-12)


@pytest.mark.parametrize("rate", [0, -0.1, math.nan, math.inf])
def test_a_stream_without_end_needs_a_discount(rate: float) -> None:
    model = ParetoNbd.from_params(**PUBLISHED)
    with pytest.raises(ArgumentError, match="discount rate") as caught:
        model.discounted_residual_transactions(customers((0, 0, 1)), discount_rate_per_unit=rate)
    assert "log(1.10)" in caught.value.remedy


# The library lifetimes 0.11.3 on the authors' summary table: benchmarks/references/pareto_nbd_lifetimes.py


@pytest.mark.real_data
def test_parameters_of_lifetimes(cdnow_summary: pa.Table) -> None:
    expected = {
        "r": 0.5532755115592431, "alpha": 10.577612481999454, "s": 0.6062135997493149, "beta": 11.667912709762337,
    }  # fmt: skip
    assert ParetoNbd().fit(cdnow_summary).params_ == pytest.approx(expected, rel=5e-7)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("x", "t_x", "T", "expected", "alive"),
    [
        (0, 0, 38.86, 0.10705979464442657, 0.2950971651161843),
        (1, 2, 38.86, 0.17836952954303364, 0.17512665450658835),
        (4, 35, 38.86, 2.8171778989336773, 0.9435619578898218),
        (10, 30, 38.86, 4.851674444998897, 0.701107244767268),
        (26, 30.857, 31, 20.114925319400644, 0.9978712294740585),
    ],
)
def test_probes(cdnow_summary: pa.Table, x: int, t_x: float, T: float, expected: float, alive: float) -> None:
    model = ParetoNbd().fit(cdnow_summary)
    assert model.expected_purchases(customers((x, t_x, T)), horizon=39)[0] == pytest.approx(expected, rel=1e-7)
    assert model.probability_alive(customers((x, t_x, T)))[0] == pytest.approx(alive, rel=1e-7)


@pytest.mark.real_data
def test_sum_over_all_customers(cdnow_summary: pa.Table) -> None:
    model = ParetoNbd().fit(cdnow_summary)
    total = model.expected_purchases(cdnow_summary, horizon=39).sum()
    assert total == pytest.approx(1665.5342219036966, rel=1e-7)  # 1665.56 at the parameters that CLVTools found
    assert total == pytest.approx(1665.56, abs=0.05)


# Where the peers fail


@pytest.mark.real_data
def test_busy_customers_have_scores(cdnow_summary: pa.Table) -> None:
    model = ParetoNbd().fit(cdnow_summary)
    p = model.params_
    busy = customers((5_000, 38.86, 38.86), (20_000, 38.86, 38.86), (20_000, 30, 38.86))
    there = np.array([5_000, 20_000, 20_000]) + p["r"]
    age, end = p["beta"] + 38.86, p["beta"] + 38.86 + 39
    time = age / (p["s"] - 1) * (1 - (age / end) ** (p["s"] - 1))
    assert model.probability_alive(busy) == pytest.approx([1, 1, 0], abs=1e-12)
    purchases = model.expected_purchases(busy, horizon=39)
    assert purchases[:2] == pytest.approx((there / (p["alpha"] + 38.86) * time)[:2], rel=1e-10)
    assert purchases[2] == pytest.approx(0, abs=1e-12)
    assert model.purchase_interval(busy, horizon=39)[2].tolist() == [0, 0]
    low, high = model.purchase_interval(busy, horizon=39)[1]
    assert low < purchases[1] < high


@pytest.mark.parametrize("bad", [(2, 40.0, 38.86), (2, np.nan, 38.86), (np.nan, 1.0, 38.86)])
def test_impossible_customers_are_refused_at_the_fit_and_at_scoring(bad: tuple[float, float, float]) -> None:
    rows = [(x % 5, 3.0 * (x % 5), 30.0 + x) for x in range(60)]
    for act in (ParetoNbd().fit, ParetoNbd.from_params(**PUBLISHED).probability_alive):
        with pytest.raises(ArgumentError) as caught:
            act(customers(*rows, bad))
        assert caught.value.data["came"] == 1


@pytest.mark.real_data
def test_one_extreme_buyer_is_named_by_influence(cdnow: Any) -> None:
    columns = {name: cdnow.weeks[name].to_numpy() for name in ("frequency", "recency", "T")}
    odd = {"frequency": 3000, "recency": 38.0, "T": 38.86}
    model = ParetoNbd().fit(pa.table({name: np.append(values, odd[name]) for name, values in columns.items()}))
    assert model.params_["r"] < 0.9 * PUBLISHED["r"]  # one in 2,358 moves it
    first, second = model.influence(
        pa.table({name: np.append(values, odd[name]) for name, values in columns.items()}), top=2
    ).to_pylist()  # fmt: skip
    assert {name: first[name] for name in odd} == odd
    assert first["displacement"] > 10 * second["displacement"]
    assert first["r"] > 1  # without this customer r would be larger


@pytest.mark.real_data
def test_influence_foretells_the_fit_without_a_customer(cdnow: Any) -> None:
    model = ParetoNbd().fit(cdnow.weeks)
    worst = model.influence(cdnow.weeks, top=1).to_pylist()[0]
    x, t = (cdnow.weeks[name].to_numpy() for name in ("frequency", "recency"))
    rest = ~((x == worst["frequency"]) & (t == worst["recency"]))
    assert rest.sum() == 2357 - worst["customers"] == 2356
    without = ParetoNbd().fit(cdnow.weeks.filter(rest)).params_
    for name, value in model.params_.items():
        assert without[name] / value == pytest.approx(worst[name], abs=0.05)


# The unit of time, and the laws


def test_the_unit_of_time_changes_nothing_but_alpha_and_beta() -> None:
    table = pareto_nbd(2_000, **SHOP, T=52.0, seed=1)
    scale = 604_800.0  # weeks to seconds
    stretched = pa.table({
        name: table[name].to_numpy() * (1 if name == "frequency" else scale) for name in ("frequency", "recency", "T")
    })  # fmt: skip
    one, other = ParetoNbd().fit(table), ParetoNbd().fit(stretched)
    times = {name: one.params_[name] * scale for name in ("alpha", "beta")}
    assert other.params_ == pytest.approx(one.params_ | times, rel=1e-6)
    assert other.standard_errors_["s"] == pytest.approx(one.standard_errors_["s"], rel=1e-4)
    density = table["frequency"].to_numpy().sum() * np.log(scale)
    assert other.log_likelihood_ == pytest.approx(one.log_likelihood_ - density, rel=1e-12)
    assert other.expected_purchases(stretched, horizon=26 * scale) == pytest.approx(
        one.expected_purchases(table, horizon=26), rel=1e-6
    )
    assert other.discounted_residual_transactions(stretched, discount_rate_per_unit=RATE / scale) == pytest.approx(
        one.discounted_residual_transactions(table, discount_rate_per_unit=RATE), rel=1e-6
    )


@settings(max_examples=60, deadline=None)
@given(
    x=st.integers(0, 30_000), share=st.floats(0, 1), T=st.floats(0, 4_000),
    horizon=st.just(0.0) | st.floats(1e-3, 4_000),
    r=st.floats(0.01, 20), alpha=st.floats(0.01, 500), s=st.floats(0.01, 20), beta=st.floats(0.01, 500),
)  # fmt: skip
def test_scores_are_finite_and_in_order(
    x: int, share: float, T: float, horizon: float, r: float, alpha: float, s: float, beta: float
) -> None:
    model = ParetoNbd.from_params(r=r, alpha=alpha, s=s, beta=beta)
    one, later = customers((x, share * T if x else 0, T)), customers((x, share * T if x else 0, T + 1))
    alive, purchases = model.probability_alive(one)[0], model.expected_purchases(one, horizon=horizon)[0]
    assert 0 <= model.probability_alive(later)[0] <= alive * (1 + 1e-10) <= 1 + 1e-10
    assert 0 <= purchases <= alive * (r + x) * horizon / (alpha + T) * (1 + 1e-9)
    assert purchases <= model.expected_purchases(one, horizon=horizon + 1)[0] * (1 + 1e-12)
    dert = model.discounted_residual_transactions(one, discount_rate_per_unit=0.001)[0]
    assert 0 <= dert <= alive * (r + x) / (alpha + T) * 1_000 * (1 + 1e-9)


def test_value_models_take_it_and_are_saved_with_it() -> None:
    drawn = pareto_nbd(1_500, **SHOP, T=52.0, seed=4)
    spend = pa.array(np.where(drawn["frequency"].to_numpy() > 0, np.random.default_rng(1).gamma(5, 4, 1_500), np.nan))
    table = drawn.select(["frequency", "recency", "T"]).append_column("monetary_value", spend)
    model = LifetimeValue.of(ParetoNbd().fit(table), GammaGamma().fit(table))
    again = LifetimeValue.from_json(model.to_json())
    assert isinstance(again.purchases_, ParetoNbd)
    value = model.predict(table, horizon=26)
    low, high = model.value_interval(table, horizon=26).T
    assert (again.predict(table, horizon=26) == value).all()
    assert (low <= high).all()
    assert (low[value > 50] < value[value > 50]).all()


# Simulated truth


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_parameters_are_recovered_within_three_standard_errors(seed: int) -> None:
    T = np.random.default_rng(seed).uniform(20, 60, 20_000)
    model = ParetoNbd().fit(pareto_nbd(20_000, **SHOP, T=T, seed=seed))
    for name, truth in SHOP.items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]


@pytest.mark.slow
def test_95_percent_intervals_of_the_parameters_hold_the_truth_95_times_in_100() -> None:
    draws = 250
    held = dict.fromkeys(SHOP, 0)
    for seed in range(draws):
        T = np.random.default_rng(seed).uniform(20, 100, 10_000).round()
        intervals = ParetoNbd().fit(pareto_nbd(10_000, **SHOP, T=T, seed=seed)).confidence_intervals_
        for name, truth in SHOP.items():
            held[name] += intervals[name][0] <= truth <= intervals[name][1]
    assert all(0.92 <= count / draws <= 0.98 for count in held.values()), held


def test_forecasts_are_right_as_distributions_and_so_is_the_chance_of_being_there() -> None:
    n = 60_000
    T = np.random.default_rng(5).uniform(10, 80, n).round()
    drawn = pareto_nbd(n, **SHOP, T=T, seed=5, horizon=26.0)
    model = ParetoNbd().fit(drawn)
    after = drawn["purchases_after"].to_numpy()
    below, at = (model.cdf(drawn, counts, horizon=26) for counts in (after - 1, after))
    assert distance_from_uniform(randomised_pit(below, at, rng=np.random.default_rng(6))) < 0.012
    assert model.expected_purchases(drawn, horizon=26).mean() == pytest.approx(after.mean(), rel=0.03)
    low, high = model.purchase_interval(drawn, horizon=26).T
    assert ((low <= after) & (after <= high)).mean() >= 0.95
    assert (after > high).mean() <= 0.025 + 0.003
    alive = ParetoNbd.from_params(**SHOP).probability_alive(drawn)
    truth = drawn["alive"].to_numpy(zero_copy_only=False)
    for part in np.array_split(np.argsort(alive, kind="stable"), 5):
        assert alive[part].mean() == pytest.approx(truth[part].mean(), abs=0.012)


def test_new_customers_buy_as_often_as_expected() -> None:
    drawn = pareto_nbd(100_000, **SHOP, T=30.0, seed=7)
    expected = ParetoNbd.from_params(**SHOP).expected_purchases_of_new(30.0)
    assert float(expected) == pytest.approx(drawn["frequency"].to_numpy().mean(), rel=0.02)


# Too little, or no top


def test_a_shop_that_nobody_leaves_says_that_the_lifetimes_run_away() -> None:
    rng = np.random.default_rng(1)
    T = np.full(300, 50.0)
    x = rng.poisson(rng.gamma(4, 0.1, 300) * 50)
    table = pa.table({"frequency": x, "recency": np.where(x > 0, T - 0.001, 0), "T": T})
    with pytest.raises(FitError) as caught:
        ParetoNbd().fit(table)
    assert {"s", "beta"} & set(str(caught.value.data["parameters"]).split(", "))
    assert "BgNbd(dropout=False)" in caught.value.remedy


def test_a_shop_that_all_leave_at_one_rate_says_that_s_and_beta_run_away() -> None:
    rng = np.random.default_rng(2)
    n, T = 4_000, 60.0
    active = np.minimum(rng.exponential(20.0, n), T)
    x = rng.poisson(rng.gamma(0.8, 0.1, n) * active)
    recency = np.where(x > 0, active * rng.random(n) ** (1 / np.maximum(x, 1)), 0)
    with pytest.raises(FitError) as caught:
        ParetoNbd().fit(pa.table({"frequency": x, "recency": recency, "T": np.full(n, T)}))
    assert caught.value.data["parameters"] == "s, beta"


@pytest.mark.parametrize(
    ("rows", "fact"),
    [
        ([(1, 2, 9), (0, 0, 9), (3, 4, 5), (0, 0, 1), (2, 2, 2)], "came"),
        ([(0, 0, 9), (0, 0, 8)] * 30, "customers"),
        ([(2, 3, 9)] * 60, "column"),
        ([(0, 0, 0)] * 59 + [(1, 0, 0)], "model"),
    ],
)
def test_too_little_is_said_with_the_facts(rows: list[tuple[float, float, float]], fact: str) -> None:
    with pytest.raises(NotEnoughData) as caught:
        ParetoNbd().fit(customers(*rows))
    assert caught.value.data[fact]

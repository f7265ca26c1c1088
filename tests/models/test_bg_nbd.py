"""BG/NBD against the paper, its peers at the edges, and simulated truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from patron.errors import ArgumentError, FitError, NotEnoughData, NotFitted
from patron.models import BgNbd
from patron.models.bg_nbd import BgNbdParams
from patron.models.dropout import log_likelihoods
from patron.simulate import bg_nbd
from patron.stats.pit import distance_from_uniform, randomised_pit

PAPER = BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
SHOP = {"r": 0.6, "alpha": 10.0, "a": 0.8, "b": 3.0}


def customers(*rows: tuple[float, float, float]) -> pa.Table:
    frequency, recency, T = np.array(rows, dtype=float).T
    return pa.table({"frequency": frequency, "recency": recency, "T": T})


# Fader, Hardie & Lee (2005), table 2 and figures


@pytest.mark.real_data
def test_cdnow_is_prepared_as_in_the_paper(cdnow: Any) -> None:
    x = cdnow.weeks["frequency"].to_numpy()
    assert (len(x), x.sum(), cdnow.after.sum()) == (2357, 2457, 1882)
    assert x.mean() == pytest.approx(1.0424, abs=5e-5)


@pytest.mark.real_data
def test_table_2_parameters_and_log_likelihood(cdnow: Any) -> None:
    model = BgNbd().fit(cdnow.weeks)
    assert model.params_ == pytest.approx({"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, abs=5e-5)
    assert model.log_likelihood_ == pytest.approx(-9582.4292, abs=5e-5)
    assert model.customers_ == 2357


@pytest.mark.real_data
def test_expected_purchases_of_a_new_customer(cdnow: Any) -> None:
    model = BgNbd().fit(cdnow.weeks)
    weeks = [0.1429, 1, 3, 31.8571, 32, 78, 52]
    # The paper computes with its rounded parameters, so the last digit of the long horizons differs by some.
    expected = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576, 1.444004]
    assert model.expected_purchases_of_new(weeks) == pytest.approx(expected, abs=4e-4)
    assert model.expected_purchases_of_new(52.0) == pytest.approx(1.444004, abs=5e-5)


def test_expected_purchases_of_the_paper_s_first_customer() -> None:
    assert PAPER.expected_purchases(customers((2, 30.43, 38.86)), horizon=39)[0] == pytest.approx(1.226, abs=5e-4)


@pytest.mark.real_data
def test_holdout_means_by_calibration_frequency(cdnow: Any) -> None:
    x = np.minimum(cdnow.weeks["frequency"].to_numpy(), 7)
    predicted = BgNbd().fit(cdnow.weeks).expected_purchases(cdnow.weeks, horizon=39)
    bins = np.bincount(x)
    assert bins.tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    paper = [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157]
    assert np.bincount(x, cdnow.after) / bins == pytest.approx(actual, abs=6e-4)
    assert np.bincount(x, predicted) / bins == pytest.approx(paper, abs=6e-4)


# Peers at the edges, fitted on the authors' summary table


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("x", "t_x", "T", "expected", "alive"),
    [
        (0, 0, 38.86, 0.19478086, 1.0),
        (1, 2, 38.86, 0.21260889, 0.22199897),
        (4, 35, 38.86, 2.55227821, 0.82154330),
        (10, 30, 38.86, 4.21864588, 0.57967918),
    ],
)
def test_probes(cdnow_summary: pa.Table, x: int, t_x: float, T: float, expected: float, alive: float) -> None:
    model = BgNbd().fit(cdnow_summary)
    assert model.expected_purchases(customers((x, t_x, T)), horizon=39)[0] == pytest.approx(expected, rel=2e-7)
    assert model.probability_alive(customers((x, t_x, T)))[0] == pytest.approx(alive, rel=2e-7)


@pytest.mark.real_data
def test_busy_customers_and_sums(cdnow_summary: pa.Table) -> None:
    model = BgNbd().fit(cdnow_summary)
    busy = model.expected_purchases(customers((5_000, 38.86, 38.86), (20_000, 38.86, 38.86)), horizon=39)
    assert busy == pytest.approx([3436.007, 13744.299], rel=2e-7)
    assert model.expected_purchases(cdnow_summary, horizon=39).sum() == pytest.approx(1653.4233, abs=1e-4)


@pytest.mark.real_data
def test_heaviest_buyer_of_the_edges(cdnow: Any) -> None:
    model = BgNbd().fit(cdnow.weeks)
    heavy = customers((26, 30.857, 31))
    assert model.expected_purchases(heavy, horizon=52)[0] == pytest.approx(25.75659, abs=2e-3)
    assert model.probability_alive(heavy)[0] == pytest.approx(0.9688523, abs=2e-6)


@pytest.mark.real_data
def test_one_extreme_buyer_is_named_by_influence(cdnow: Any) -> None:
    columns = {name: cdnow.weeks[name].to_numpy() for name in ("frequency", "recency", "T")}
    odd = {"frequency": 3000, "recency": 38.0, "T": 38.86}
    table = pa.table({name: np.append(values, odd[name]) for name, values in columns.items()})
    model = BgNbd().fit(table)
    assert model.params_["r"] == pytest.approx(0.156, abs=1e-3)  # one in 2,358 moves it from .243
    first, second = model.influence(table, top=2).to_pylist()
    assert {name: first[name] for name in odd} == odd
    assert first["displacement"] > 10 * second["displacement"]
    assert first["r"] > 1  # without this customer r would be larger


@pytest.mark.real_data
def test_influence_foretells_the_fit_without_a_customer(cdnow: Any) -> None:
    model = BgNbd().fit(cdnow.weeks)
    worst = model.influence(cdnow.weeks, top=1).to_pylist()[0]
    x, t = (cdnow.weeks[name].to_numpy() for name in ("frequency", "recency"))
    rest = ~((x == worst["frequency"]) & (t == worst["recency"]))
    assert rest.sum() == 2356
    without = BgNbd().fit(cdnow.weeks.filter(rest)).params_
    for name, value in model.params_.items():
        assert without[name] / value == pytest.approx(worst[name], abs=0.03)


# The unit of time, and the laws


def test_the_unit_of_time_changes_nothing_but_alpha() -> None:
    table = bg_nbd(2_000, **SHOP, T=52.0, seed=1)
    scale = 604_800.0  # weeks to seconds
    stretched = pa.table({
        name: table[name].to_numpy() * (1 if name == "frequency" else scale) for name in ("frequency", "recency", "T")
    })  # fmt: skip
    one, other = BgNbd().fit(table), BgNbd().fit(stretched)
    expected = one.params_ | {"alpha": one.params_["alpha"] * scale}
    assert other.params_ == pytest.approx(expected, rel=1e-7)
    assert other.standard_errors_["r"] == pytest.approx(one.standard_errors_["r"], rel=1e-5)
    density = table["frequency"].to_numpy().sum() * np.log(scale)
    assert other.log_likelihood_ == pytest.approx(one.log_likelihood_ - density, rel=1e-12)
    assert other.expected_purchases(stretched, horizon=26 * scale) == pytest.approx(
        one.expected_purchases(table, horizon=26), rel=1e-7
    )


def test_log_likelihood_is_the_sum_over_customers_and_its_slope_vanishes() -> None:
    table = bg_nbd(500, **SHOP, T=52.0, seed=2)
    model = BgNbd().fit(table)
    columns = [table[name].to_numpy() for name in ("frequency", "recency", "T")]

    def total(**change: float) -> float:
        params = {name: value * change.get(name, 1) for name, value in model.params_.items()}
        return float(log_likelihoods(BgNbdParams(**params), *columns).sum())

    assert total() == pytest.approx(model.log_likelihood_, rel=1e-12)
    for name in SHOP:
        assert total(**{name: 1.001}) < total() > total(**{name: 0.999})
        assert (total(**{name: 1.001}) - total(**{name: 0.999})) / 0.002 == pytest.approx(0, abs=1e-2)


def test_likelihood_is_a_probability() -> None:
    """Over one week, the chances of no purchase and of the first one at any moment and what follows add up to one."""
    params = BgNbdParams(**{**SHOP, "alpha": 1.0})
    moments = (np.arange(4000) + 0.5) / 4000
    total = np.exp(log_likelihoods(params, 0, 0, 1.0))
    for x in range(1, 60):
        # Given the last of x purchases at t, the other x - 1 lie anywhere before: a factor t^(x - 1) / (x - 1)!.
        volume = (x - 1) * np.log(moments) - np.log(np.arange(1, x)).sum()
        total += np.exp(log_likelihoods(params, x, moments, 1.0) + volume).mean()
    assert total == pytest.approx(1, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    x=st.integers(0, 30_000), share=st.floats(0, 1), T=st.floats(0, 4_000),
    horizon=st.just(0.0) | st.floats(1e-3, 4_000),
    r=st.floats(0.01, 20), alpha=st.floats(0.01, 500), a=st.floats(0.01, 20), b=st.floats(0.01, 20),
)  # fmt: skip
def test_scores_are_finite_and_in_order(
    x: int, share: float, T: float, horizon: float, r: float, alpha: float, a: float, b: float
) -> None:
    model = BgNbd.from_params(r=r, alpha=alpha, a=a, b=b)
    one = customers((x, share * T if x else 0, T))
    alive, purchases = model.probability_alive(one)[0], model.expected_purchases(one, horizon=horizon)[0]
    low, high = model.purchase_interval(one, horizon=min(horizon, T + 30))[0]
    assert 0 <= alive <= 1
    assert np.isfinite(purchases)
    assert 0 <= purchases <= alive * (r + x) * horizon / (alpha + T) * (1 + 1e-9)
    assert 0 <= low <= high
    assert np.isfinite(high)


# Simulated truth


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_parameters_are_recovered_within_three_standard_errors(seed: int) -> None:
    T = np.random.default_rng(seed).uniform(20, 60, 20_000)
    model = BgNbd().fit(bg_nbd(20_000, **SHOP, T=T, seed=seed))
    for name, truth in SHOP.items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]
        low, high = model.confidence_intervals_[name]
        assert 0 < low < model.params_[name] < high


@pytest.mark.slow
def test_95_percent_intervals_of_the_parameters_hold_the_truth_95_times_in_100() -> None:
    draws = 2_000
    held = dict.fromkeys(SHOP, 0)
    for seed in range(draws):
        intervals = BgNbd().fit(bg_nbd(2_000, **SHOP, T=52.0, seed=seed)).confidence_intervals_
        for name, truth in SHOP.items():
            held[name] += intervals[name][0] <= truth <= intervals[name][1]
    assert all(0.93 <= count / draws <= 0.97 for count in held.values()), held


def test_forecast_distributions_are_uniform_by_pit() -> None:
    n = 100_000
    T = np.random.default_rng(5).uniform(10, 80, n).round(1)
    drawn = bg_nbd(n, **SHOP, T=T, seed=5, horizon=26.0)
    model = BgNbd().fit(drawn)
    after = drawn["purchases_after"].to_numpy()
    below, at = (model.cdf(drawn, counts, horizon=26) for counts in (after - 1, after))
    rng = np.random.default_rng(6)
    assert distance_from_uniform(randomised_pit(below, at, rng=rng)) < 0.01
    assert model.expected_purchases(drawn, horizon=26).mean() == pytest.approx(after.mean(), rel=0.02)
    low, high = model.purchase_interval(drawn, horizon=26).T
    assert ((low <= after) & (after <= high)).mean() >= 0.95
    assert (after > high).mean() <= 0.025 + 0.002
    alive = model.probability_alive(drawn)
    truth = drawn["alive"].to_numpy(zero_copy_only=False)
    for part in np.array_split(np.argsort(alive, kind="stable"), 5):
        assert alive[part].mean() == pytest.approx(truth[part].mean(), abs=0.012)


# Too little, or no top


def test_a_shop_that_nobody_leaves_says_that_a_runs_away() -> None:
    rng = np.random.default_rng(1)
    T = np.full(300, 50.0)
    x = rng.poisson(rng.gamma(4, 0.1, 300) * 50)
    table = pa.table({"frequency": x, "recency": np.where(x > 0, T - 0.001, 0), "T": T})
    with pytest.raises(FitError) as caught:
        BgNbd().fit(table)
    assert "a" in str(caught.value.data["parameters"]).split(", ")
    assert "dropout=False" in caught.value.remedy


def test_without_dropout_it_is_the_nbd() -> None:
    rng = np.random.default_rng(2)
    T = rng.uniform(10, 50, 20_000)
    x = rng.poisson(rng.gamma(0.7, 1 / 12.0, 20_000) * T)
    recency = np.where(x > 0, T * rng.random(20_000) ** (1 / np.maximum(x, 1)), 0)
    table = pa.table({"frequency": x, "recency": recency, "T": T})
    model = BgNbd(dropout=False).fit(table)
    for name, truth in {"r": 0.7, "alpha": 12.0}.items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]
    assert (model.params_["a"], model.standard_errors_["a"]) == (0, 0)
    assert (model.probability_alive(table) == 1).all()
    expected = (model.params_["r"] + x) * 26 / (model.params_["alpha"] + T)
    assert model.expected_purchases(table, horizon=26) == pytest.approx(expected)
    assert model.expected_purchases_of_new(10.0) == pytest.approx(model.params_["r"] * 10 / model.params_["alpha"])
    columns = [table[name].to_numpy() for name in ("frequency", "recency", "T")]
    assert log_likelihoods(BgNbdParams(**model.params_), *columns).sum() == pytest.approx(model.log_likelihood_)
    low, high = model.purchase_interval(table, horizon=26).T
    negative_binomial = stats.nbinom(model.params_["r"] + x, 1 - 26 / (model.params_["alpha"] + T + 26))
    assert (low == negative_binomial.ppf(0.025)).all()
    assert (high == negative_binomial.ppf(0.975)).all()
    assert BgNbd.from_json(model.to_json()).fit(table).params_ == model.params_


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
        BgNbd().fit(customers(*rows))
    assert caught.value.data[fact]


def test_given_parameters_have_no_error_and_no_likelihood() -> None:
    assert set(PAPER.standard_errors_.values()) == {0.0}
    with pytest.raises(NotFitted):
        _ = PAPER.log_likelihood_


@pytest.mark.parametrize("counts", [[1, 2], [np.nan], [[1]]])
def test_counts_must_fit_the_rows(counts: Any) -> None:
    with pytest.raises(ArgumentError, match="counts"):
        PAPER.cdf(customers((1, 2, 3)), counts, horizon=1)

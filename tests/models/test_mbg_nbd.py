"""MBG/NBD against its peers on CDNOW, at the edges, and simulated truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.models import BgNbd, MbgNbd
from patron.models.dropout import log_likelihoods
from patron.models.mbg_nbd import MbgNbdParams
from patron.simulate import mbg_nbd
from patron.stats.pit import distance_from_uniform, randomised_pit

SHOP = {"r": 0.6, "alpha": 10.0, "a": 0.8, "b": 3.0}


def customers(*rows: tuple[float, float, float]) -> pa.Table:
    frequency, recency, T = np.array(rows, dtype=float).T
    return pa.table({"frequency": frequency, "recency": recency, "T": T})


# Batislam, Denizel & Filiztekin (2007), as lifetimes and BTYDplus compute it on the authors' summary table


@pytest.mark.real_data
def test_cdnow_parameters_and_log_likelihood(cdnow_summary: pa.Table) -> None:
    model = MbgNbd().fit(cdnow_summary)
    assert model.params_ == pytest.approx({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, abs=5e-4)
    assert model.log_likelihood_ == pytest.approx(-9582.13, abs=5e-3)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("x", "t_x", "T", "expected", "alive"),
    [
        (0, 0, 38.86, 0.15395364, 0.38971642),
        (1, 2, 38.86, 0.19755872, 0.17875440),
        (10, 30, 38.86, 3.97713663, 0.56512430),
    ],
)
def test_probes(cdnow_summary: pa.Table, x: int, t_x: float, T: float, expected: float, alive: float) -> None:
    model = MbgNbd().fit(cdnow_summary)
    # Our top is a little higher than the one that the probes were made at, so the last digits differ.
    assert model.expected_purchases(customers((x, t_x, T)), horizon=39)[0] == pytest.approx(expected, rel=1e-6)
    assert model.probability_alive(customers((x, t_x, T)))[0] == pytest.approx(alive, rel=1e-6)


@pytest.mark.real_data
def test_sum_over_all_and_busy_customers(cdnow_summary: pa.Table) -> None:
    model = MbgNbd().fit(cdnow_summary)
    assert model.expected_purchases(cdnow_summary, horizon=39).sum() == pytest.approx(1576.7367, rel=1e-6)
    # The peers return NaN for these. Per purchase of the past the two agree, since dropout hardly shows any more.
    busy = model.expected_purchases(customers((5_000, 38.86, 38.86), (20_000, 38.86, 38.86)), horizon=39)
    assert np.isfinite(busy).all()
    assert busy[1] / busy[0] == pytest.approx(4, rel=1e-3)
    assert busy[0] < 5_000 * 39 / 38.86


@pytest.mark.real_data
def test_fits_cdnow_as_well_as_bg_nbd(cdnow: Any) -> None:
    difference = MbgNbd().fit(cdnow.weeks).log_likelihood_ - BgNbd().fit(cdnow.weeks).log_likelihood_
    assert 0 < difference < 1


def test_likelihood_is_a_probability() -> None:
    """Over one week, the chances of no purchase and of the first one at any moment and what follows add up to one."""
    params = MbgNbdParams(**{**SHOP, "alpha": 1.0})
    moments = (np.arange(4000) + 0.5) / 4000
    total = np.exp(log_likelihoods(params, 0, 0, 1.0))
    for x in range(1, 60):
        volume = (x - 1) * np.log(moments) - np.log(np.arange(1, x)).sum()
        total += np.exp(log_likelihoods(params, x, moments, 1.0) + volume).mean()
    assert total == pytest.approx(1, abs=1e-6)


def test_log_likelihood_is_the_sum_over_customers_and_its_slope_vanishes() -> None:
    table = mbg_nbd(500, **SHOP, T=52.0, seed=2)
    model = MbgNbd().fit(table)
    columns = [table[name].to_numpy() for name in ("frequency", "recency", "T")]

    def total(**change: float) -> float:
        params = {name: value * change.get(name, 1) for name, value in model.params_.items()}
        return float(log_likelihoods(MbgNbdParams(**params), *columns).sum())

    assert total() == pytest.approx(model.log_likelihood_, rel=1e-12)
    for name in SHOP:
        assert total(**{name: 1.001}) < total() > total(**{name: 0.999})


@settings(max_examples=40, deadline=None)
@given(
    x=st.integers(0, 30_000), share=st.floats(0, 1), T=st.floats(0, 4_000), horizon=st.floats(1e-3, 4_000),
    r=st.floats(0.01, 20), alpha=st.floats(0.01, 500), a=st.floats(0.01, 20), b=st.floats(0.01, 20),
)  # fmt: skip
def test_nobody_is_as_alive_as_under_bg_nbd(
    x: int, share: float, T: float, horizon: float, r: float, alpha: float, a: float, b: float
) -> None:
    one = customers((x, share * T if x else 0, T))
    model, other = (kind.from_params(r=r, alpha=alpha, a=a, b=b) for kind in (MbgNbd, BgNbd))
    alive, purchases = model.probability_alive(one)[0], model.expected_purchases(one, horizon=horizon)[0]
    assert 0 <= alive <= 1
    assert 0 <= purchases <= alive * (r + x) * horizon / (alpha + T) * (1 + 1e-9)
    if x == 0:  # one occasion to leave, instead of none
        assert alive < other.probability_alive(one)[0] == 1


# Simulated truth


@pytest.mark.parametrize("seed", [1, 2])
def test_parameters_are_recovered_within_three_standard_errors(seed: int) -> None:
    T = np.random.default_rng(seed).uniform(20, 60, 20_000)
    model = MbgNbd().fit(mbg_nbd(20_000, **SHOP, T=T, seed=seed))
    for name, truth in SHOP.items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]


def test_forecasts_are_right_as_distributions_and_so_is_the_chance_of_being_there() -> None:
    n = 60_000
    T = np.random.default_rng(5).uniform(10, 80, n).round(1)
    drawn = mbg_nbd(n, **SHOP, T=T, seed=5, horizon=26.0)
    model = MbgNbd().fit(drawn)
    after = drawn["purchases_after"].to_numpy()
    below, at = (model.cdf(drawn, counts, horizon=26) for counts in (after - 1, after))
    assert distance_from_uniform(randomised_pit(below, at, rng=np.random.default_rng(6))) < 0.012
    assert model.expected_purchases(drawn, horizon=26).mean() == pytest.approx(after.mean(), rel=0.03)
    alive = MbgNbd.from_params(**SHOP).probability_alive(drawn)  # a fit's own error would move it by .02
    truth = drawn["alive"].to_numpy(zero_copy_only=False)
    for part in np.array_split(np.argsort(alive, kind="stable"), 5):
        assert alive[part].mean() == pytest.approx(truth[part].mean(), abs=0.012)


def test_a_new_customer_may_have_left_already() -> None:
    drawn = mbg_nbd(100_000, **SHOP, T=30.0, seed=7)
    expected = MbgNbd.from_params(**SHOP).expected_purchases_of_new(30.0)
    assert float(expected) == pytest.approx(drawn["frequency"].to_numpy().mean(), rel=0.02)
    assert float(expected) < BgNbd.from_params(**SHOP).expected_purchases_of_new(30.0)

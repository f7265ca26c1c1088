"""Gamma-Gamma against the paper's CDNOW figures and simulated truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from patron.errors import FitError, NotEnoughData
from patron.models import GammaGamma, MeanSpend
from patron.models.gamma_gamma import GammaGammaParams, log_likelihoods
from patron.simulate import gamma_gamma

TRUTH = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def drawn(customers: int, *, seed: int) -> pa.Table:
    frequency = np.random.default_rng(seed).geometric(0.3, customers) - 1
    return pa.table({"frequency": frequency, "monetary_value": gamma_gamma(frequency, **TRUTH, seed=seed)})


@pytest.mark.real_data
def test_cdnow_parameters_and_log_likelihood(cdnow: Any) -> None:
    model = GammaGamma().fit(cdnow.weeks)
    assert model.params_ == pytest.approx({"p": 6.25, "q": 3.74, "gamma": 15.44}, abs=0.006)
    assert model.log_likelihood_ == pytest.approx(-4055.92, abs=0.005)
    assert (model.customers_, model.left_out_) == (946, 1411)


@pytest.mark.real_data
def test_cdnow_spend_of_the_first_ten_customers(cdnow: Any) -> None:
    spend = GammaGamma().fit(cdnow.weeks).expected_spend(cdnow.weeks)[:10]
    assert spend == pytest.approx([24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.005)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_parameters_are_recovered_within_three_standard_errors(seed: int) -> None:
    model = GammaGamma().fit(drawn(20_000, seed=seed))
    for name, truth in TRUTH.items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]


def test_log_likelihood_is_the_sum_over_repeaters_and_its_slope_vanishes() -> None:
    table = drawn(2_000, seed=4)
    model = GammaGamma().fit(table)
    spent = table["frequency"].to_numpy() > 0
    x, m = (table[name].to_numpy()[spent].astype(float) for name in ("frequency", "monetary_value"))

    def total(**change: float) -> float:
        params = {name: value * change.get(name, 1) for name, value in model.params_.items()}
        return float(log_likelihoods(GammaGammaParams(**params), x, m).sum())

    assert total() == pytest.approx(model.log_likelihood_, rel=1e-11)
    for name in TRUTH:
        assert (total(**{name: 1.0001}) - total(**{name: 0.9999})) / 0.0002 == pytest.approx(0, abs=1e-2)


def test_the_unit_of_money_changes_nothing_but_gamma() -> None:
    table = drawn(2_000, seed=5)
    cents = table.set_column(1, "monetary_value", pa.array(table["monetary_value"].to_numpy() * 100))
    one, other = GammaGamma().fit(table), GammaGamma().fit(cents)
    assert other.params_ == pytest.approx(one.params_ | {"gamma": one.params_["gamma"] * 100}, rel=1e-7)
    assert other.expected_spend(cents) == pytest.approx(one.expected_spend(table) * 100, rel=1e-7)


def test_spend_is_drawn_towards_the_population_the_more_the_fewer_purchases() -> None:
    model = GammaGamma.from_params(**TRUTH)
    mean = model.population_spend_
    assert mean == pytest.approx(6.25 * 15.44 / 2.74)
    table = pa.table({"frequency": [1, 2, 50, 0, 3, 3, 3], "monetary_value": [90.0, 90, 90, None, None, 0.0, -5]})
    once, twice, often, *unknown = model.expected_spend(table)
    assert mean < once < twice < often < 90
    assert unknown == pytest.approx([mean] * 4)


def test_amounts_that_tell_nothing_are_left_out_and_counted() -> None:
    table = drawn(3_000, seed=6)
    odd = pa.table({"frequency": [2, 2, 2, 0], "monetary_value": [0.0, -3.0, None, 7.0]})
    both = pa.concat_tables([table, odd])
    one, other = GammaGamma().fit(table), GammaGamma().fit(both)
    assert other.params_ == one.params_
    assert other.left_out_ == one.left_out_ + 4


def test_a_tail_without_a_mean_is_said() -> None:
    model = GammaGamma.from_params(p=2.0, q=0.9, gamma=10.0)
    with pytest.raises(FitError, match="no") as caught:
        model.expected_spend(pa.table({"frequency": [1], "monetary_value": [5.0]}))
    assert caught.value.data["came"] == 0.9


@pytest.mark.parametrize("amounts", [[10.0] * 100, [5.0, 6.0] * 5, [None] * 100, [-1.0] * 100])
def test_equal_few_or_no_amounts_are_not_enough(amounts: list[float | None]) -> None:
    table = pa.table({"frequency": [2] * len(amounts), "monetary_value": pa.array(amounts, pa.float64())})
    with pytest.raises(NotEnoughData):
        GammaGamma().fit(table)


def test_mean_spend_and_its_error() -> None:
    table = drawn(20_000, seed=7)
    model = MeanSpend().fit(table)
    x, m = table["frequency"].to_numpy(), np.nan_to_num(table["monetary_value"].to_numpy())
    assert model.params_["mean"] == pytest.approx((x * m).sum() / x.sum())
    means = [MeanSpend().fit(drawn(2_000, seed=seed)).params_["mean"] for seed in range(100, 160)]
    errors = [MeanSpend().fit(drawn(2_000, seed=seed)).standard_errors_["mean"] for seed in range(100, 160)]
    assert np.std(means) == pytest.approx(np.mean(errors), rel=0.3)


def test_mean_spend_of_nobody_is_not_enough() -> None:
    with pytest.raises(NotEnoughData):
        MeanSpend().fit(pa.table({"frequency": [0, 0], "monetary_value": pa.array([None, None], pa.float64())}))

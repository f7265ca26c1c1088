"""BG/CNBD-k and MBG/CNBD-k: against integration, the models with k = 1, their peer's test, and simulated truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from regular_kinds import COLUMNS, KINDS, SHOP, Kind, customers, drawn, without_litt
from scipy import integrate, special, stats

from patron.errors import ArgumentError, FitError
from patron.models import MbgCnbd
from patron.models.dropout import DropoutParams, log_likelihoods, probability_alive
from patron.simulate import mbg_cnbd
from patron.stats.pit import distance_from_uniform, randomised_pit


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


# The likelihood, against the assumptions themselves


def by_integration(params: DropoutParams, x: int, t_x: float, T: float) -> tuple[float, float]:
    """Return the likelihood of (x, t_x, T), its part of who is still there, by integrating over the rate."""
    k, n = params.k, x + params.extra

    def at(rate: float) -> float:
        moment = stats.gamma.pdf(t_x, k * x, scale=1 / rate) if x else 1.0
        return stats.gamma.pdf(rate, params.r, scale=1 / params.alpha) * moment

    def silent(rate: float) -> float:
        return float(special.gammaincc(k, rate * (T - t_x)))

    beta = special.beta(params.a, params.b)
    stay = special.beta(params.a, params.b + n) / beta
    leave = special.beta(params.a + 1, params.b + n - 1) / beta if n else 0.0

    def mean(part: Callable[[float], float]) -> float:
        return integrate.quad(lambda rate: at(rate) * part(rate), 0, 60, epsabs=0, epsrel=1e-11, limit=400)[0]

    there, gone = mean(silent), mean(lambda rate: 1.0)
    return stay * there + leave * gone, stay * there


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0.0, 30.0), (1, 3.0, 30.0), (4, 25.0, 30.0), (9, 18.0, 30.0)])
def test_likelihood_and_chance_of_being_there_by_integration(kind: Kind, k: int, x: int, t_x: float, T: float) -> None:
    params = kind.params(**SHOP | {"r": 2.0}, k=k)
    height, there = by_integration(params, x, t_x, T)
    volume = (x - 1) * np.log(t_x) - special.gammaln(x) if x else 0.0  # what is left out, as in BG/NBD
    assert float(log_likelihoods(params, x, t_x, T) + volume) == pytest.approx(np.log(height), rel=1e-9)
    assert float(probability_alive(params, x, t_x, T)) == pytest.approx(there / height, rel=1e-9)


@pytest.mark.parametrize("k", [2, 3])
def test_likelihood_is_a_probability(kind: Kind, k: int) -> None:
    params = kind.params(**SHOP | {"alpha": 0.3}, k=k)
    moments = (np.arange(4000) + 0.5) / 4000
    total = np.exp(log_likelihoods(params, 0, 0, 1.0))
    for x in range(1, 60):
        volume = (x - 1) * np.log(moments) - np.log(np.arange(1, x)).sum()
        total += np.exp(log_likelihoods(params, x, moments, 1.0) + volume).mean()
    assert total == pytest.approx(1, abs=1e-6)


def test_log_likelihood_is_the_sum_over_customers_and_its_slope_vanishes(kind: Kind) -> None:
    table = without_litt(drawn(kind, n=600, k=3, seed=2))
    model = kind.model(k=3).fit(table)
    columns = [table[name].to_numpy() for name in COLUMNS]

    def total(**change: float) -> float:
        values = {name: model.params_[name] * change.get(name, 1) for name in SHOP}
        return float(log_likelihoods(kind.params(**values, k=3), *columns).sum())

    assert total() == pytest.approx(model.log_likelihood_, rel=1e-12)
    for name in SHOP:
        assert total(**{name: 1.001}) < total() > total(**{name: 0.999})
        assert (total(**{name: 1.001}) - total(**{name: 0.999})) / 0.002 == pytest.approx(0, abs=2e-2)


def test_scores_are_the_slopes_of_the_log_likelihoods(kind: Kind) -> None:
    model = kind.model.from_params(k=4, **SHOP)
    x, t_x, T = (np.array(v, dtype=float) for v in ([0, 1, 5, 5], [0, 4, 30, 9], [20, 40, 33, 33]))
    slopes = model.scores(x, t_x, T)
    for column, name in enumerate(SHOP):
        up, down = (
            log_likelihoods(kind.params(**SHOP | {name: SHOP[name] * np.exp(side)}, k=4), x, t_x, T)
            for side in (1e-5, -1e-5)
        )
        assert slopes[:, column] == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-8)


def test_the_moments_of_all_purchases_move_the_height_by_k_alone(kind: Kind) -> None:
    table = drawn(kind, n=2_000, k=2, seed=3)
    litt, x = table["litt"].to_numpy(), table["frequency"].to_numpy()
    last = np.where(x > 0, table["recency"].to_numpy(), 1.0)
    for k in (1, 2, 3):
        known, plain = kind.model(k=k).fit(table), kind.model(k=k).fit(without_litt(table))
        assert known.params_ == plain.params_
        # Of each customer: the density of every time between purchases, against that of their sum.
        bought = np.maximum(x, 1)
        of_sum = (k * x - x) * np.log(last) + special.gammaln(bought) - special.gammaln(k * bought)
        of_each = (k - 1) * litt - x * special.gammaln(k)
        moved = of_each.sum() - of_sum[x > 0].sum()
        assert known.log_likelihood_ - plain.log_likelihood_ == pytest.approx(moved, abs=1e-6)


# k = 1 is the model of buyers at random


@pytest.mark.real_data
def test_k_1_is_the_model_at_random_on_cdnow(kind: Kind, cdnow: Any) -> None:
    at_random, regular = kind.at_random().fit(cdnow.weeks), kind.model(k=1).fit(cdnow.weeks)
    assert regular.params_ == {"k": 1, **at_random.params_}
    assert regular.log_likelihood_ == at_random.log_likelihood_
    assert regular.standard_errors_ == at_random.standard_errors_
    for name in ("expected_purchases", "purchase_interval"):
        ours, theirs = (getattr(model, name)(cdnow.weeks, horizon=39) for model in (regular, at_random))
        assert (ours == theirs).all()
    assert (
        regular.cdf(cdnow.weeks, cdnow.after, horizon=39) == at_random.cdf(cdnow.weeks, cdnow.after, horizon=39)
    ).all()


@pytest.mark.real_data
def test_cdnow_buys_at_random(kind: Kind, cdnow: Any) -> None:
    chosen = kind.model().fit(cdnow.weeks)
    assert chosen.params_["k"] == 1
    assert kind.model(k=2).fit(cdnow.weeks).log_likelihood_ < chosen.log_likelihood_ - 10


# Simulated truth


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("known", [True, False])
def test_k_is_recovered_with_and_without_the_moments(kind: Kind, k: int, known: bool) -> None:
    table = drawn(kind, k=k, seed=10 + k)
    assert kind.model().fit(table if known else without_litt(table)).params_["k"] == k


@pytest.mark.parametrize("seed", [1, 2])
def test_parameters_are_recovered_within_three_standard_errors(kind: Kind, seed: int) -> None:
    model = kind.model().fit(drawn(kind, n=20_000, k=2, seed=seed))
    assert model.params_["k"] == 2
    assert set(model.standard_errors_) == set(SHOP)  # k is chosen
    for name, truth in SHOP.items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]


def test_recovery_as_btydplus_tests_it() -> None:
    """BTYDplus, test-mbg-cnbd-k.R: these parameters, 2,000 customers, whole years, all within 10 % on average."""
    truth = {"k": 3, "r": 0.85, "alpha": 1.45, "a": 0.79, "b": 2.42}
    T = np.round(np.random.default_rng(1).uniform(12, 96, 2_000) / 12) * 12
    model = MbgCnbd().fit(mbg_cnbd(2_000, **truth, T=T, seed=1))
    assert model.params_["k"] == truth["k"]
    off = sum(abs(model.params_[name] - value) for name, value in truth.items())
    assert off / sum(truth.values()) < 0.1


def test_forecasts_are_right_as_distributions_and_so_is_the_chance_of_being_there(kind: Kind) -> None:
    table = drawn(kind, n=60_000, k=3, seed=5, horizon=26.0)
    model = kind.model().fit(table)
    after = table["purchases_after"].to_numpy()
    below, at = (model.cdf(table, counts, horizon=26) for counts in (after - 1, after))
    assert distance_from_uniform(randomised_pit(below, at, rng=np.random.default_rng(6))) < 0.012
    assert model.expected_purchases(table, horizon=26).mean() == pytest.approx(after.mean(), rel=0.02)
    low, high = model.purchase_interval(table, horizon=26).T
    assert ((low <= after) & (after <= high)).mean() >= 0.95
    alive = model.probability_alive(table)
    truth = table["alive"].to_numpy(zero_copy_only=False)
    for part in np.array_split(np.argsort(alive, kind="stable"), 5):
        assert alive[part].mean() == pytest.approx(truth[part].mean(), abs=0.015)


def test_regular_buyers_are_forecast_better_than_by_the_model_at_random(kind: Kind) -> None:
    table = drawn(kind, n=20_000, k=3, seed=8, horizon=13.0)
    after, there = (table[name].to_numpy(zero_copy_only=False) for name in ("purchases_after", "alive"))
    errors, wrong, distance = [], [], []
    for model in (kind.model().fit(table), kind.at_random().fit(table)):
        errors.append(((model.expected_purchases(table, horizon=13) - after) ** 2).mean())
        wrong.append(((model.probability_alive(table) - there) ** 2).mean())
        below, at = (model.cdf(table, counts, horizon=13) for counts in (after - 1, after))
        distance.append(distance_from_uniform(randomised_pit(below, at, rng=np.random.default_rng(9))))
    assert errors[0] < 0.97 * errors[1]
    assert wrong[0] < 0.97 * wrong[1]
    assert distance[0] < 0.5 * distance[1]


# The unit of time, influence, and what is refused


def test_the_unit_of_time_changes_nothing_but_alpha(kind: Kind) -> None:
    table = drawn(kind, n=2_000, k=2, seed=4)
    x = table["frequency"].to_numpy()
    in_days = {name: table[name].to_numpy() * 7 for name in ("recency", "T")}
    days = pa.table({"frequency": x, **in_days, "litt": table["litt"].to_numpy() + x * np.log(7)})
    for one, other in ((table, days), (without_litt(table), without_litt(days))):
        weekly, daily = kind.model().fit(one), kind.model().fit(other)
        assert daily.params_ == pytest.approx(weekly.params_ | {"alpha": weekly.params_["alpha"] * 7}, rel=1e-6)
        assert daily.log_likelihood_ == pytest.approx(weekly.log_likelihood_ - x.sum() * np.log(7), rel=1e-12)


def test_influence_foretells_the_fit_without_a_customer(kind: Kind) -> None:
    table = drawn(kind, n=1_500, k=2, seed=6).select(COLUMNS)
    table = pa.concat_tables([table, pa.table({"frequency": [120], "recency": [50.0], "T": [51.0]})])
    model = kind.model(k=2).fit(table)
    worst = model.influence(table, top=1).to_pylist()[0]
    assert worst["frequency"] == 120
    without = kind.model(k=2).fit(table.slice(0, 1_500)).params_
    for name in SHOP:
        assert np.log(without[name] / model.params_[name]) == pytest.approx(np.log(worst[name]), rel=0.3, abs=0.02)


def test_without_dropout_it_is_the_condensed_nbd(kind: Kind) -> None:
    table = kind.draw(5_000, k=2, r=0.85, alpha=4.0, a=1e-4, b=1e3, T=60.0, seed=3)
    model = kind.model(dropout=False).fit(table)
    assert (model.params_["k"], model.params_["a"]) == (2, 0)
    assert (model.probability_alive(table) == 1).all()
    assert type(model).from_json(model.to_json()).fit(table).params_ == model.params_
    with pytest.raises(FitError, match="nobody seems to leave"):  # though a wrong k would find some who do
        kind.model().fit(table)
    assert kind.model(k=4).fit(table).has_dropout_


@pytest.mark.parametrize("k", [0, 13, 1.5, True, "2", float("nan")])
def test_a_regularity_that_cannot_be(kind: Kind, k: Any) -> None:
    for make in (lambda: kind.model(k=k), lambda: kind.model.from_params(k=k, **SHOP)):
        with pytest.raises(ArgumentError, match="1 to 12"):
            make()


def test_repeats_at_one_moment_are_refused(kind: Kind) -> None:
    table = pa.concat_tables([drawn(kind, n=200).select(COLUMNS), customers((2, 0, 20)).cast(
        pa.schema({"frequency": pa.int64(), "recency": pa.float64(), "T": pa.float64()})
    )])  # fmt: skip
    for model in (kind.model(), kind.model(k=2)):
        with pytest.raises(ArgumentError, match="at one moment") as caught:
            model.fit(table)
        assert caught.value.data["came"] == 1
    assert kind.model(k=1).fit(table).params_["r"] == kind.at_random().fit(table).params_["r"]


@pytest.mark.parametrize("value", [None, float("nan"), float("-inf")])
@pytest.mark.parametrize("form", [lambda table: table, ibis.memtable])
def test_the_moments_must_be_known_of_all_repeats_and_of_no_others(
    kind: Kind, value: float | None, form: Callable[[pa.Table], Any]
) -> None:
    table = drawn(kind, n=400)
    plain = kind.model().fit(table)

    def changed(row: int) -> Any:
        litt = table["litt"].to_pylist()
        litt[row] = value
        return form(table.set_column(table.column_names.index("litt"), "litt", pa.array(litt, pa.float64())))

    x = table["frequency"].to_pylist()
    fitted = kind.model().fit(changed(x.index(0)))
    assert fitted.params_ == pytest.approx(plain.params_, rel=1e-12)
    assert fitted.log_likelihood_ == pytest.approx(plain.log_likelihood_, abs=1e-5)
    with pytest.raises(ArgumentError) as caught:
        kind.model().fit(changed(x.index(3)))
    assert (caught.value.data["column"], caught.value.data["came"], caught.value.data["customers"]) == ("litt", 1, 400)

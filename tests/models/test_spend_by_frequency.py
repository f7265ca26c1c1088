"""Spend that depends on frequency: the Gamma-Gamma where it does not, and simulated truth where it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.errors import FitError
from patron.models import BgNbd, GammaGamma, LifetimeValue, SpendByFrequency
from patron.models.spend_likelihood import log_likelihood, read_repeaters, tabulate
from patron.simulate import bg_nbd, gamma_gamma, spend_by_frequency, spend_by_rate

AMOUNTS = {"p": 6.25, "q": 3.74, "gamma": 15.44}
PURCHASES = {"r": 0.8, "alpha": 60.0, "a": 0.8, "b": 2.5}


def drawn(customers: int, *, doubling: float, seed: int) -> pa.Table:
    frequency = np.random.default_rng(seed).geometric(0.3, customers) - 1
    spend = spend_by_frequency(frequency, **AMOUNTS, doubling=doubling, seed=seed)
    return pa.table({"frequency": frequency, "monetary_value": spend})


def by_rate(customers: int, *, elasticity: float, seed: int) -> pa.Table:
    T = np.random.default_rng(seed).integers(100, 700, customers).astype(float)
    people = bg_nbd(customers, **PURCHASES, T=T, seed=seed, horizon=365)
    money = spend_by_rate(
        people["rate"], people["frequency"], people["purchases_after"], p=4.0, q=4.0, gamma=30.0,
        elasticity=elasticity, seed=seed,
    )  # fmt: skip
    return people.append_column("monetary_value", money["monetary_value"]).append_column(
        "value_after", money["value_after"]
    )


@pytest.mark.parametrize(("doubling", "seed"), [(1.2, 1), (0.85, 2), (1.0, 3)])
def test_parameters_are_recovered_within_three_standard_errors(doubling: float, seed: int) -> None:
    model = SpendByFrequency().fit(drawn(20_000, doubling=doubling, seed=seed))
    for name, truth in (AMOUNTS | {"doubling": doubling}).items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]
    assert model.theta_ == pytest.approx(np.log2(model.params_["doubling"]))


def test_the_slope_is_that_of_the_height() -> None:
    tables = tabulate(read_repeaters(drawn(500, doubling=1.3, seed=4), model="test"), unit=20.0)
    point = np.array([5.0, 3.0, 0.7, 1.2])
    _, slope = log_likelihood(tables, point)
    for place, side in enumerate(np.eye(4) * 1e-5):
        above, below = (log_likelihood(tables, point + way * side)[0] for way in (1, -1))
        assert (above - below) / 2e-5 == pytest.approx(slope[place], rel=1e-6)


@pytest.mark.parametrize("table", [lambda table: table, ibis.memtable], ids=["arrow", "ibis"])
def test_without_dependence_it_is_the_gamma_gamma_to_the_last_digit(table: Any) -> None:
    history = table(drawn(300, doubling=1.3, seed=5))
    one, other = GammaGamma.from_params(**AMOUNTS), SpendByFrequency.from_params(**AMOUNTS, doubling=1.0)
    scores = [model.expected_spend(history) for model in (one, other)]
    if not isinstance(scores[0], np.ndarray):
        scores = [score.expected_spend.to_pyarrow().to_numpy() for score in scores]
    assert (scores[0] == scores[1]).all()
    assert one.population_spend_ == other.population_spend_


def test_the_plain_model_is_biased_by_frequency_and_this_one_is_not() -> None:
    """A history cut into two independent halves of purchases: the first is fitted on, the second judges."""
    rng = np.random.default_rng(6)
    frequency = rng.geometric(0.3, 40_000)
    scale = 1.25 ** np.log2(frequency) / rng.gamma(AMOUNTS["q"], 1 / AMOUNTS["gamma"], len(frequency))
    mean, later = (rng.gamma(AMOUNTS["p"] * frequency) / frequency * scale for _ in range(2))
    history = pa.table({"frequency": frequency, "monetary_value": mean})
    off = {}
    for kind in (GammaGamma, SpendByFrequency):
        spend = kind().fit(history).expected_spend(history)
        off[kind] = [spend[chosen].mean() / later[chosen].mean() - 1 for chosen in (frequency == 1, frequency >= 8)]
    assert off[GammaGamma][0] > 0.05
    assert off[GammaGamma][1] < -0.015
    assert np.abs(off[SpendByFrequency]).max() < 0.015


def test_who_has_not_come_back_spends_as_half_a_repeat_says_where_spend_depends_on_the_hidden_rate() -> None:
    people = by_rate(60_000, elasticity=0.3, seed=7)
    frequency, later = people["frequency"].to_numpy(), people["purchases_after"].to_numpy()
    once = (frequency == 0) & (later > 0)
    came = people["value_after"].to_numpy()[once].sum() / later[once].sum()
    plain, other = (kind().fit(people).population_spend_ for kind in (GammaGamma, SpendByFrequency))
    assert plain / came > 1.3
    assert other / came == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize(("elasticity", "plain"), [(0.3, 0.43), (-0.3, -0.24)])
def test_the_value_of_who_has_not_come_back_is_right_where_the_plain_model_is_far_off(
    elasticity: float, plain: float
) -> None:
    people = by_rate(60_000, elasticity=elasticity, seed=8)
    came, frequency = people["value_after"].to_numpy(), people["frequency"].to_numpy()
    purchases = BgNbd().fit(people)
    off = {}
    for kind in (GammaGamma, SpendByFrequency):
        told = LifetimeValue.of(purchases, kind().fit(people), discount_rate=0.0).predict(people, horizon=365)
        off[kind] = [told[group].sum() / came[group].sum() - 1 for group in (frequency == 0, frequency > 0)]
    assert off[GammaGamma][0] == pytest.approx(plain, abs=0.03)
    assert abs(off[SpendByFrequency][0]) < 0.12
    assert abs(off[SpendByFrequency][1]) < 0.04


def test_value_intervals_hold_as_often_as_they_say() -> None:
    T = np.random.default_rng(9).integers(100, 700, 20_000).astype(float)
    people = bg_nbd(len(T), **PURCHASES, T=T, seed=9, horizon=365)
    frequency, after = people["frequency"].to_numpy(), people["purchases_after"].to_numpy()
    rng = np.random.default_rng(10)
    nu = rng.gamma(AMOUNTS["q"], 1 / AMOUNTS["gamma"], len(T)) / 1.3 ** np.log2(np.maximum(frequency, 0.5))
    mean = rng.gamma(AMOUNTS["p"] * np.maximum(frequency, 1)) / np.maximum(frequency, 1) / nu
    came = np.where(after > 0, rng.gamma(AMOUNTS["p"] * np.maximum(after, 1)) / nu, 0.0)
    history = people.append_column("monetary_value", pa.array(mean, mask=frequency == 0))
    model = LifetimeValue.of(
        BgNbd.from_params(**PURCHASES), SpendByFrequency.from_params(**AMOUNTS, doubling=1.3), discount_rate=0.0
    )
    low, high = model.value_interval(history, horizon=365).T
    for group in (frequency == 0, (frequency > 0) & (frequency < 4), frequency >= 4):
        above, below = (came[group] > high[group]).mean(), (came[group] < low[group]).mean()
        assert above == pytest.approx(0.025, abs=0.008)
        assert below <= 0.025 + 0.008


def test_the_engine_computes_what_the_arrays_say_also_of_unknown_amounts() -> None:
    table = pa.table({
        "customer_id": ["a", "b", "c", "d"], "frequency": [0, 3, 7, 2], "recency": [0, 30, 90, 5],
        "T": [50, 60, 100, 9], "monetary_value": pa.array([None, 20.0, -4.0, float("nan")]),
    })  # fmt: skip
    model = LifetimeValue.of(
        BgNbd.from_params(r=0.3, alpha=30.0, a=0.8, b=2.5), SpendByFrequency.from_params(**AMOUNTS, doubling=0.8)
    )
    scored = model.predict(ibis.memtable(table), horizon=90).order_by("customer_id").to_pyarrow()
    assert scored["predicted_value"].to_numpy() == pytest.approx(model.predict(table, horizon=90), rel=1e-12)
    ends = model.value_interval(ibis.memtable(table), horizon=90).order_by("customer_id").to_pyarrow()
    both = np.column_stack([ends[name].to_numpy() for name in ("value_low", "value_high")])
    assert both == pytest.approx(model.value_interval(table, horizon=90), rel=1e-12)
    spend = model.spend_.expected_spend(table)
    assert spend[3] / spend[2] == pytest.approx(0.8 ** np.log2(2 / 7))  # the class counts, where no amount is known


def test_the_engine_s_expression_compiles_for_spark() -> None:
    history = ibis.table({"frequency": "int64", "monetary_value": "float64"}, name="history")
    model = SpendByFrequency.from_params(**AMOUNTS, doubling=1.2)
    amount = model.scale(history.frequency.cast("float64"), history.monetary_value)
    _ = ibis.pyspark
    text = ibis.to_sql(history.mutate(scale=amount), dialect="pyspark")
    assert "GREATEST" in text
    assert "0.5D" in text or "DOUBLE" in text


def test_a_saved_value_model_keeps_it() -> None:
    model = LifetimeValue.of(
        BgNbd.from_params(r=0.3, alpha=30.0, a=0.8, b=2.5), SpendByFrequency.from_params(**AMOUNTS, doubling=1.2)
    )
    loaded = LifetimeValue.from_json(model.to_json())
    assert isinstance(loaded.spend_, SpendByFrequency)
    assert loaded.to_json() == model.to_json()


def test_customers_of_one_frequency_tell_nothing_of_others() -> None:
    same = pa.table({
        "frequency": np.full(500, 2),
        "monetary_value": gamma_gamma(np.full(500, 2), **AMOUNTS, seed=11),
    })  # fmt: skip
    with pytest.raises(FitError) as caught:
        SpendByFrequency().fit(same)
    assert caught.value.remedy


def test_the_unit_of_money_changes_nothing_but_gamma() -> None:
    repeaters = read_repeaters(drawn(2_000, doubling=1.2, seed=12), model="test")
    one = SpendByFrequency().fit_repeaters(repeaters)
    other = SpendByFrequency().fit_repeaters(replace(repeaters, mean=repeaters.mean * 100))
    assert other.params_ == pytest.approx(one.params_ | {"gamma": one.params_["gamma"] * 100}, rel=1e-7)

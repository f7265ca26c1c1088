"""Recalibration: planted distortions are found, true models are left alone, and intervals follow."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.errors import ArgumentError
from patron.models import GammaGamma, LifetimeValue, Lookback, MbgNbd, Recalibration, backtest, fit_value_model
from patron.models.backtest import measure
from patron.models.recalibration import FEATURES, MOST, Lesson, spend_factor
from patron.models.value_model import model_name, recalibrate
from patron.simulate import mbg_nbd

TRUE = {"r": 0.7, "alpha": 80.0, "a": 0.5, "b": 3.0}
AMOUNTS = {"p": 6.0, "q": 4.0, "gamma": 15.0}
HORIZON = 365.0
MODEL = MbgNbd.from_params(**TRUE)


def drawn(customers: int = 40_000, *, seed: int, horizon: float = HORIZON) -> tuple[pa.Table, np.ndarray]:
    """Histories in whole days as a shop has them, and the purchases that came."""
    T = np.random.default_rng(seed).integers(1, 730, customers).astype(float)
    table = mbg_nbd(customers, **TRUE, T=T, seed=seed, horizon=horizon)
    recency = np.minimum(np.ceil(table["recency"].to_numpy()), T)
    history = pa.table({"frequency": table["frequency"], "recency": recency, "T": T})
    return history, table["purchases_after"].to_numpy().astype(float)


def lesson(history: pa.Table, came: np.ndarray) -> Lesson:
    """Each customer as a pattern of its own."""
    x, t_x, T = (history[name].to_numpy().astype(float) for name in ("frequency", "recency", "T"))
    return Lesson(
        x=x, t_x=t_x, T=T, customers=np.ones(len(x)), expected=MODEL.expected_purchases(history, horizon=HORIZON),
        orders=came, squared_orders=came**2,
    )  # fmt: skip


def learned(history: pa.Table, came: np.ndarray) -> Recalibration:
    found = Recalibration.learn(lesson(history, came), horizon=HORIZON)
    assert found is not None
    return found


def factors(found: Recalibration, history: pa.Table) -> np.ndarray:
    told = lesson(history, np.zeros(history.num_rows))
    return found.factors(told.x, told.t_x, told.T, told.expected)


def mean_factor(found: Recalibration, history: pa.Table) -> float:
    """Of all orders."""
    return float(np.average(factors(found, history), weights=MODEL.expected_purchases(history, horizon=HORIZON)))


def thinned(came: np.ndarray, keep: np.ndarray, seed: int) -> np.ndarray:
    """Let each customer be lost for good with chance 1 - keep."""
    return came * (np.random.default_rng(seed).random(len(came)) < keep)


# What is learned


def test_a_true_model_is_left_alone() -> None:
    for seed in (1, 2, 3):
        history, came = drawn(seed=seed)
        known = learned(history, came)
        counted_on = MODEL.expected_purchases(history, horizon=HORIZON) > known.least
        assert counted_on.mean() > 0.9
        assert factors(known, history)[counted_on] == pytest.approx(1, abs=0.06)
        other, after = drawn(seed=seed + 10)
        found = factors(learned(history, came), other)
        predicted = found * MODEL.expected_purchases(other, horizon=HORIZON)
        rows = [row for row in measure(predicted, after) if row["metric"] == "calibration"]
        # Each decile's interval holds the forecast's mean 95 times in 100.
        assert sum(row["low"] <= row["predicted"] <= row["high"] for row in rows) >= 8


def test_a_planted_distortion_is_found_in_other_customers() -> None:
    history, came = drawn(seed=4)
    silence = (history["T"].to_numpy() - history["recency"].to_numpy()) / HORIZON
    never = history["frequency"].to_numpy() == 0
    keep = np.where(never, 0.5, 0.9) * np.exp(-0.5 * silence)
    other, after = drawn(seed=5)
    silence = (other["T"].to_numpy() - other["recency"].to_numpy()) / HORIZON
    never = other["frequency"].to_numpy() == 0
    planted = np.where(never, 0.5, 0.9) * np.exp(-0.5 * silence)
    after = thinned(after, planted, 6)
    found = factors(learned(history, thinned(came, keep, 7)), other)
    expected = MODEL.expected_purchases(other, horizon=HORIZON)
    for part in (never, ~never, silence < 0.3, silence > 0.8, never & (silence > 0.8)):
        # Of the smallest part 617 orders came in the lesson, in bunches: chance alone makes that uncertain by 6 %.
        assert (found * expected)[part].sum() == pytest.approx((planted * expected)[part].sum(), rel=0.1)
        chance = 3 * np.sqrt(2) * after[part].std() * np.sqrt(part.sum())  # of the lesson, and of what came
        assert (found * expected)[part].sum() == pytest.approx(after[part].sum(), abs=chance)
        assert expected[part].sum() > after[part].sum() + chance, "without recalibration it is off"


def test_who_is_silent_for_longer_is_corrected_more_where_silence_was_underrated() -> None:
    history, came = drawn(seed=8)
    silence = (history["T"].to_numpy() - history["recency"].to_numpy()) / HORIZON
    found = learned(history, thinned(came, np.exp(-silence), 9))
    days = np.arange(30.0, 700.0, 30.0)
    once = pa.table({"frequency": np.zeros(len(days)), "recency": np.zeros(len(days)), "T": days})
    assert (np.diff(factors(found, once)) < 0).all()


def test_few_customers_are_corrected_less_than_many() -> None:
    history, came = drawn(seed=11)
    lost = thinned(came, np.full(len(came), 0.6), 12)
    corrections = []
    for size in (300, 3_000, 40_000):
        part = history.slice(0, size)
        corrections.append(mean_factor(learned(part, lost[:size]), part))
    assert corrections[-1] == pytest.approx(0.6, abs=0.03)
    assert abs(corrections[0] - 1) < abs(corrections[-1] - 1) + 0.05


def test_too_little_is_no_recalibration() -> None:
    history, came = drawn(2_000, seed=13)
    assert Recalibration.learn(lesson(history, came * 0), horizon=HORIZON) is None
    few = history.slice(0, 30)
    assert Recalibration.learn(lesson(few, came[:30]), horizon=HORIZON) is None


def test_beyond_what_was_learned_the_factor_stays() -> None:
    history, came = drawn(seed=14)
    found = learned(history, thinned(came, np.full(len(came), 0.7), 15))
    rows = [(0, 0, 1e12), (0, 0, 1e13), (5, 5_000, 5_001), (9_999, 729, 730), (1, 1, 1e6), (0, 0, 0)]
    frequency, recency, T = np.array(rows, dtype=float).T
    far = factors(found, pa.table({"frequency": frequency, "recency": recency, "T": T}))
    assert np.isfinite(far).all()
    told = MODEL.expected_purchases(
        pa.table({"frequency": frequency, "recency": recency, "T": T}), horizon=HORIZON
    ).clip(1e-300)
    lifted = np.maximum(told, found.least)
    orders = told * far
    assert ((orders >= lifted / MOST * 0.999) & (orders <= lifted * MOST * 1.001)).all()
    assert orders[0] == pytest.approx(orders[1])


def test_nobody_is_given_up_for_certain() -> None:
    """A heavy buyer whose silence the model cannot explain is still worth what the least of all are."""
    history, came = drawn(seed=14)
    found = learned(history, came)
    silent = pa.table({"frequency": [60.0], "recency": [200.0], "T": [700.0]})
    told = MODEL.expected_purchases(silent, horizon=HORIZON)
    assert told[0] < found.least / 1e3
    assert (told * factors(found, silent))[0] == pytest.approx(found.least, rel=0.2)
    assert found.least * 900 < MODEL.expected_purchases(history, horizon=HORIZON).mean()


def test_who_is_silent_for_longer_than_was_learned_is_worth_still_less() -> None:
    history, came = drawn(seed=8)
    silence = (history["T"].to_numpy() - history["recency"].to_numpy()) / HORIZON
    found = learned(history, thinned(came, np.exp(-silence), 9))
    days = np.array([700.0, 800.0, 1000.0, 1100.0])
    once = pa.table({"frequency": np.zeros(4), "recency": np.zeros(4), "T": days})
    assert found.window < 730.5
    assert (np.diff(factors(found, once)) < -0.005).all()


def test_pattern_counts_say_the_same_as_customers_one_by_one() -> None:
    history, came = drawn(5_000, seed=16)
    told = lesson(history, came)
    pairs = np.stack([told.x, told.t_x, told.T])
    distinct, place = np.unique(pairs, axis=1, return_inverse=True)
    sums = {name: np.bincount(place, getattr(told, name)) for name in ("customers", "orders", "squared_orders")}
    first = np.unique(place, return_index=True)[1]
    grouped = Lesson(x=distinct[0], t_x=distinct[1], T=distinct[2], expected=told.expected[first], **sums)
    one, other = (Recalibration.learn(each, horizon=HORIZON) for each in (told, grouped))
    assert one is not None
    assert other is not None
    assert other.weights == pytest.approx(one.weights, abs=1e-6)
    assert other.customers == one.customers == 5_000


# Saving


def test_what_is_saved_corrects_the_same() -> None:
    history, came = drawn(5_000, seed=17)
    found = learned(history, came * 2)
    loaded = Recalibration.from_json(found.to_json())
    assert loaded == found
    assert set(found.params_) == {*FEATURES, "spend"}
    model = LifetimeValue.of(MODEL, GammaGamma.from_params(**AMOUNTS), recalibration=found)
    again = LifetimeValue.from_json(model.to_json())
    assert again.recalibration_ == found
    assert isinstance(again.purchases_, MbgNbd)
    assert again.to_json() == model.to_json()


@pytest.mark.parametrize("text", ["", "{}", '{"model": "BgNbd"}', '{"model": "Recalibration", "x": [1]}'])
def test_a_broken_save_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError):
        Recalibration.from_json(text)


# Spend


def test_spend_factor_is_drawn_to_one_by_chance_alone() -> None:
    sure, unsure = (spend_factor(value=1_500.0, told=1_000.0, squares=squares) for squares in (1.0, 1e6))
    assert sure == pytest.approx(1.5, abs=1e-3)
    assert 1 < unsure < 1.15
    assert spend_factor(value=0.0, told=0.0, squares=0.0) == spend_factor(value=-5.0, told=9.0, squares=1.0) == 1
    assert spend_factor(value=500.0, told=1_000.0, squares=1.0) == pytest.approx(0.5, abs=1e-3)


# What follows from it


def with_amounts(history: pa.Table, came: np.ndarray, seed: int) -> tuple[pa.Table, np.ndarray]:
    """Add the mean spend of the repeats, and the value that came; each customer's own rate rules both."""
    rng = np.random.default_rng(seed)
    x = history["frequency"].to_numpy()
    rate = rng.gamma(AMOUNTS["q"], 1 / AMOUNTS["gamma"], len(x))
    mean = np.where(x > 0, rng.gamma(AMOUNTS["p"] * np.maximum(x, 1)) / rate / np.maximum(x, 1), np.nan)
    value = np.where(came > 0, rng.gamma(AMOUNTS["p"] * np.maximum(came, 1)) / rate, 0.0)
    return history.append_column("monetary_value", pa.array(mean, from_pandas=True)), value


@pytest.mark.parametrize("faster", [False, True])
def test_intervals_hold_what_they_say_when_the_truth_is_off_from_the_model(faster: bool) -> None:
    def world(seed: int) -> tuple[pa.Table, np.ndarray]:
        """More than expected: as if the horizon were half as long again. Less: a third of all is lost."""
        history, came = drawn(seed=seed, horizon=HORIZON * 1.5 if faster else HORIZON)
        return history, came if faster else thinned(came, np.full(len(came), 2 / 3), seed)

    found = learned(*world(21))
    history, value = with_amounts(*world(22), seed=23)
    _, came = world(22)
    model = LifetimeValue.of(MODEL, GammaGamma.from_params(**AMOUNTS), discount_rate=0.0, recalibration=found)
    plain = LifetimeValue.of(MODEL, model.spend_, discount_rate=0.0)
    patterns = model._read(history, HORIZON)
    outcome = model.outcome(patterns, horizon=HORIZON)
    low, high, mean = (
        patterns.restore(score=score) for score in (outcome.purchases_low, outcome.purchases_high, outcome.purchases)
    )
    assert mean.mean() == pytest.approx(came.mean(), rel=0.03)
    assert ((low <= came) & (came <= high)).mean() >= 0.95
    # More than expected first means more who are there, then a faster rate; where in truth all of it is a faster rate,
    # the upper end is a little low.
    assert (came > high).mean() <= (0.033 if faster else 0.027)
    ends = model.value_interval(history, horizon=HORIZON)
    assert ((ends[:, 0] <= value) & (value <= ends[:, 1])).mean() >= 0.945
    assert (value > ends[:, 1]).mean() == pytest.approx(0.025, abs=0.012 if faster else 0.004)
    uncorrected = plain.value_interval(history, horizon=HORIZON)
    assert abs((value > uncorrected[:, 1]).mean() - 0.025) > 0.006, "without recalibration the upper end is off"
    assert model.predict(history, horizon=HORIZON).mean() == pytest.approx(value.mean(), rel=0.05)


def test_factor_of_the_spend_multiplies_every_amount() -> None:
    history, _ = with_amounts(*drawn(500, seed=24), seed=24)
    told = drawn(5_000, seed=25)
    one, dear = (
        LifetimeValue.of(
            MODEL, GammaGamma.from_params(**AMOUNTS),
            recalibration=Recalibration.learn(lesson(*told), horizon=HORIZON, spend=spend),
        )
        for spend in (1.0, 1.25)
    )  # fmt: skip
    for ask in ("predict", "value_interval"):
        assert getattr(dear, ask)(history, horizon=90) == pytest.approx(1.25 * getattr(one, ask)(history, horizon=90))


# From tables


def tables(seed: int, *, keep: float = 1.0, dear: float = 1.0) -> tuple[ir.Table, ir.Table]:
    history, came = drawn(8_000, seed=seed)
    came = thinned(came, np.full(len(came), keep), seed)
    history, value = with_amounts(history, came, seed)
    ids = pa.array([f"c{i:05d}" for i in range(len(came))])
    whole = {name: history[name].cast(pa.int64()) for name in ("frequency", "recency", "T")}
    outcome = {"customer_id": ids, "orders": came, "value": value * dear}
    outcome |= {"previous_orders": came, "previous_value": value}
    table = pa.table({"customer_id": ids, **whole, "monetary_value": history["monetary_value"]})
    return ibis.memtable(table), ibis.memtable(pa.table(outcome))


def lookback(seed: int, **changes: Any) -> Lookback:
    history, outcome = tables(seed, **changes)
    return Lookback(orders=history, history=history, outcome=outcome, origin=date(2023, 12, 31), horizon_days=365)


def test_the_model_is_asked_for_the_earlier_day_and_put_right() -> None:
    model = LifetimeValue.of(MODEL, GammaGamma.from_params(**AMOUNTS))
    found = recalibrate(model, lookback(31, keep=0.6, dear=1.3))
    assert found is not None
    assert found.spend == pytest.approx(1.3, abs=0.03)
    history, _ = tables(31)
    assert factors(found, history.order_by("customer_id").to_pyarrow()).mean() == pytest.approx(0.6, abs=0.05)
    # Customers without an outcome had none.
    half = lookback(31)
    empty = Lookback(**{**vars(half), "outcome": half.outcome.filter(half.outcome.customer_id < "")})
    assert recalibrate(model, empty) is None


def test_a_value_model_with_a_look_back_is_recalibrated_and_says_so() -> None:
    history, outcome = tables(32, keep=0.6)
    plain, model = fit_value_model(history), fit_value_model(history, lookback=lookback(33, keep=0.6))
    assert plain is not None
    assert model is not None
    assert model.purchases_.params_ == plain.purchases_.params_
    assert (model_name(plain), model_name(model)) == (
        "mbg_nbd+gamma_gamma", "mbg_nbd+gamma_gamma+recalibrated",
    )  # fmt: skip
    bias = {}
    for name, lesson_ in (("plain", None), ("recalibrated", lookback(33, keep=0.6))):
        result = backtest(history, outcome, origin=date(2024, 12, 30), horizon_days=365, lookback=lesson_)
        rows = result.filter(result.model != "naive", result.metric == "bias", result.target == "orders").to_pyarrow()
        bias[name] = rows["value"][0].as_py()
        assert ("recalibrated" in rows["model"][0].as_py()) == (name == "recalibrated")
    assert bias["plain"] > 0.4
    assert abs(bias["recalibrated"]) < 0.08

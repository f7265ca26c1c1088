"""The forecast on days it had not seen."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.outcome import BACKTEST
from patron.errors import ArgumentError
from patron.models import backtest
from patron.simulate import bg_nbd

ORIGIN = date(2024, 6, 30)
KNOWN = {"r": 0.8, "alpha": 40.0, "a": 0.9, "b": 4.0}


def world(customers: int = 8_000, *, seed: int = 1) -> tuple[ir.Table, ir.Table]:
    rng = np.random.default_rng(seed)
    T = rng.integers(1, 500, customers).astype(float)
    drawn = bg_nbd(customers, **KNOWN, T=T, seed=seed, horizon=180.0)
    x, after = drawn["frequency"].to_numpy(), drawn["purchases_after"].to_numpy()
    rate = rng.gamma(4.0, 1 / 20.0, customers)
    ids = [f"c{i:05d}" for i in range(customers)]
    mean = np.where(x > 0, rng.gamma(4.0 * np.maximum(x, 1)) / rate / np.maximum(x, 1), np.nan)
    history = pa.table({
        "customer_id": ids,
        "frequency": x,
        "recency": np.minimum(np.ceil(drawn["recency"].to_numpy()), T).astype(np.int64),
        "T": T.astype(np.int64),
        "monetary_value": pa.array(mean, from_pandas=True),
    })  # fmt: skip
    previous = rng.binomial(x, np.minimum(1, 180 / T))  # the share of the repeats in the last 180 days
    outcome = pa.table({
        "customer_id": ids,
        "orders": after,
        "value": np.where(after > 0, rng.gamma(4.0 * np.maximum(after, 1)) / rate, 0.0),
        "previous_orders": previous,
        "previous_value": previous * np.nan_to_num(mean),
    })  # fmt: skip
    return ibis.memtable(history), ibis.memtable(outcome)


HISTORY, OUTCOME = world()
RESULT = backtest(HISTORY, OUTCOME, origin=ORIGIN, horizon_days=180)
ROWS = RESULT.to_pyarrow().to_pylist()


def rows(model: str, target: str, metric: str) -> list[dict[str, object]]:
    keys = {"model": model, "target": target, "metric": metric}
    return sorted(
        (row for row in ROWS if all(row[key] == value for key, value in keys.items())), key=lambda row: row["decile"]
    )


def test_contract_is_kept() -> None:
    BACKTEST.check(RESULT)
    assert {row["model"] for row in ROWS} == {"bg_nbd+gamma_gamma", "naive"}
    assert {(row["origin"], row["horizon_days"]) for row in ROWS} == {(ORIGIN, 180)}


@pytest.mark.parametrize("target", ["orders", "value"])
def test_true_model_is_calibrated_and_ranks_better_than_the_period_before(target: str) -> None:
    deciles = rows("bg_nbd+gamma_gamma", target, "calibration")
    assert [row["decile"] for row in deciles] == list(range(1, 11))
    assert sum(row["customers"] for row in deciles) == 8_000
    # Each decile's interval holds the forecast's mean 95 times in 100.
    assert sum(row["low"] <= row["predicted"] <= row["high"] for row in deciles) >= 8
    assert abs(rows("bg_nbd+gamma_gamma", target, "bias")[0]["value"]) < 0.05
    for metric, better in (("gini", 1), ("mae", -1), ("rmse", -1)):
        own, naive = (rows(model, target, metric)[0]["value"] for model in ("bg_nbd+gamma_gamma", "naive"))
        assert better * own > better * naive
    gini = rows("bg_nbd+gamma_gamma", target, "gini")[0]
    assert gini["low"] < gini["value"] < gini["high"]


def test_figures_are_what_they_say() -> None:
    actual = OUTCOME.order_by("customer_id").to_pyarrow()
    orders, before = actual["orders"].to_numpy(), actual["previous_orders"].to_numpy()
    naive = {metric: rows("naive", "orders", metric)[0] for metric in ("bias", "mae", "rmse")}
    assert naive["mae"]["value"] == pytest.approx(np.abs(orders - before).mean())
    assert naive["rmse"]["value"] == pytest.approx(np.sqrt(((orders - before) ** 2).mean()))
    assert naive["bias"]["value"] == pytest.approx(before.mean() / orders.mean() - 1)
    for row in rows("naive", "orders", "decile_lift"):
        assert row["value"] == pytest.approx(row["actual"] / orders.mean())
    # Most had no order before; they share one group, whatever the order of the rows.
    groups = rows("naive", "orders", "calibration")
    assert max(row["customers"] for row in groups) == (before == 0).sum()


def test_order_of_the_rows_changes_nothing() -> None:
    turned = backtest(
        HISTORY.order_by(ibis.desc("customer_id")), OUTCOME.order_by("value"), origin=ORIGIN, horizon_days=180
    )
    assert turned.to_pyarrow().equals(RESULT.to_pyarrow())


def test_customers_without_an_outcome_bought_nothing() -> None:
    some = OUTCOME.filter(OUTCOME.orders > 0)
    full = OUTCOME.mutate(
        previous_orders=ibis.ifelse(OUTCOME.orders > 0, OUTCOME.previous_orders, 0),
        previous_value=ibis.ifelse(OUTCOME.orders > 0, OUTCOME.previous_value, 0.0),
    )
    left, right = (backtest(HISTORY, table, origin=ORIGIN, horizon_days=180) for table in (some, full))
    assert left.to_pyarrow().equals(right.to_pyarrow())


def test_without_a_model_only_the_naive_forecast_is_judged() -> None:
    few = HISTORY.filter(HISTORY.customer_id < "c00020")
    table = BACKTEST.check(backtest(few, OUTCOME, origin=ORIGIN, horizon_days=180))
    assert set(table.to_pyarrow()["model"].to_pylist()) == {"naive"}


def test_when_nobody_buys_the_ratios_are_not_defined() -> None:
    nobody = OUTCOME.mutate(orders=0, value=0.0)
    table = BACKTEST.check(backtest(HISTORY, nobody, origin=ORIGIN, horizon_days=180)).to_pyarrow().to_pylist()
    assert all(row["value"] is None for row in table if row["metric"] in ("gini", "bias", "decile_lift"))
    assert all(row["value"] is not None for row in table if row["metric"] in ("mae", "rmse"))


def test_a_horizon_that_cannot_be() -> None:
    with pytest.raises(ArgumentError):
        backtest(HISTORY, OUTCOME, origin=ORIGIN, horizon_days=-5)

"""Forecasts of a shop: the contract, the basis, the grades, and what happens when no model can be fitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.customer import CONTRIBUTION, FORECASTS, HISTORY
from patron.errors import ArgumentError
from patron.models import GammaGamma, LifetimeValue, MeanSpend, fit_value_model, forecasts
from patron.simulate import bg_nbd, gamma_gamma


def shop(customers: int = 1_200, *, spend: bool = True) -> ir.Table:
    T = np.random.default_rng(1).integers(1, 400, customers).astype(float)
    drawn = bg_nbd(customers, r=0.8, alpha=50.0, a=0.9, b=4.0, T=T, seed=1)
    x = drawn["frequency"].to_numpy()
    nothing = pa.nulls(customers, pa.float64())
    return ibis.memtable(pa.table({
        "customer_id": [f"c{i:05d}" for i in range(customers)],
        "frequency": x,
        "recency": np.minimum(np.ceil(drawn["recency"].to_numpy()), T).astype(np.int64),
        "T": T.astype(np.int64),
        "monetary_value": gamma_gamma(x, p=4.0, q=4.0, gamma=20.0, seed=1) if spend else nothing,
    }))  # fmt: skip


def books(history: ir.Table, *, rate: float = 0.4, basis: str = "margin") -> ir.Table:
    """A contribution in which everybody has the same margin rate."""
    revenue = (history.monetary_value.fill_null(25.0) * (history.frequency + 1)).round(2)
    nothing = ibis.literal(0)
    return CONTRIBUTION.shape(
        history.select(
            "customer_id",
            revenue=revenue.cast("decimal(18, 2)"),
            discount=nothing.cast("decimal(18, 2)"),
            returns=nothing.cast("decimal(18, 2)"),
            unmatched_returns=nothing.cast("decimal(18, 2)"),
            net_revenue=revenue.cast("decimal(18, 2)"),
            cost=(revenue * (1 - rate)).cast("decimal(18, 2)"),
            cost_to_serve=nothing.cast("decimal(18, 2)"),
            margin=(revenue * rate).cast("decimal(18, 2)"),
            basis=ibis.literal(basis),
            adjustments=nothing.cast("decimal(18, 2)"),
        )
    )


SHOP = shop()
BOOKS = books(SHOP)
MODEL = fit_value_model(SHOP)


def arrays(table: ir.Table) -> dict[str, np.ndarray]:
    arrow = table.order_by("customer_id").to_pyarrow()
    return {name: arrow[name].to_numpy(zero_copy_only=False) for name in arrow.column_names}


@pytest.mark.parametrize("model", [MODEL, LifetimeValue(spend=MeanSpend()).fit(SHOP), None])
def test_contract_is_kept_by_every_model_and_nothing_is_missing_that_can_be_known(
    model: LifetimeValue | None, tmp_path: Path
) -> None:
    forecasts(SHOP, BOOKS, model=model, horizon_days=365).to_parquet(tmp_path / "forecasts.parquet")
    table = FORECASTS.check(ibis.read_parquet(tmp_path / "forecasts.parquet"))  # the types that the engine wrote
    rows = arrays(table)
    assert len(rows["customer_id"]) == 1_200
    for name in ("expected_orders", "expected_spend", "predicted_value"):
        assert np.isfinite(rows[name]).all()
        assert (rows[name] > 0).all()
    has_counts, has_values = model is not None, model is not None and isinstance(model.spend_, GammaGamma)
    assert np.isfinite(rows["orders_high"].astype(float)).all() == has_counts
    assert np.isfinite(rows["value_high"].astype(float)).all() == has_values
    if has_values:
        assert (rows["value_low"] <= rows["value_high"]).all()
        assert (rows["orders_low"] <= rows["orders_high"]).all()


def test_numbers_are_those_of_the_model() -> None:
    assert MODEL is not None
    rows = arrays(forecasts(SHOP, books(SHOP, basis="revenue"), model=MODEL, horizon_days=180))
    history = SHOP.order_by("customer_id").to_pyarrow()
    assert rows["predicted_value"] == pytest.approx(MODEL.predict(history, horizon=180), rel=1e-12)
    assert rows["expected_orders"] == pytest.approx(MODEL.purchases_.expected_purchases(history, horizon=180))
    assert rows["probability_alive"] == pytest.approx(MODEL.purchases_.probability_alive(history))
    assert np.column_stack([rows["value_low"], rows["value_high"]]) == pytest.approx(
        MODEL.value_interval(history, horizon=180)
    )
    assert set(rows["basis"]) == {"revenue"}
    assert set(rows["model"]) == {"bg_nbd+gamma_gamma"}


def test_grades_follow_the_repeats() -> None:
    rows = arrays(forecasts(SHOP, BOOKS, model=MODEL, horizon_days=90))
    repeats = arrays(SHOP)["frequency"]
    assert set(rows["grade"][repeats >= 4]) == {"A"}
    assert set(rows["grade"][(repeats >= 1) & (repeats < 4)]) == {"B"}
    assert set(rows["grade"][repeats == 0]) == {"C"}


def test_margin_is_revenue_times_the_common_rate_when_all_have_it() -> None:
    margin = arrays(forecasts(SHOP, BOOKS, model=MODEL, horizon_days=365))
    revenue = arrays(forecasts(SHOP, books(SHOP, basis="revenue"), model=MODEL, horizon_days=365))
    for name in ("predicted_value", "value_low", "value_high"):
        assert margin[name] == pytest.approx(0.4 * revenue[name], rel=1e-3)  # cents are rounded
    assert set(margin["basis"]) == {"margin"}


def test_one_unknown_cost_makes_everybody_s_value_revenue() -> None:
    one = BOOKS.mutate(basis=ibis.ifelse(BOOKS.customer_id == "c00000", "revenue", BOOKS.basis))
    assert set(arrays(forecasts(SHOP, one, model=MODEL, horizon_days=365))["basis"]) == {"revenue"}


def test_own_margin_rate_is_mixed_with_five_days_of_the_common_one() -> None:
    rich = BOOKS.customer_id == "c00000"
    changed = BOOKS.mutate(
        net_revenue=ibis.ifelse(rich, 1000, BOOKS.net_revenue).cast("decimal(18, 2)"),
        margin=ibis.ifelse(rich, 900, BOOKS.margin).cast("decimal(18, 2)"),
    )
    rows = arrays(forecasts(SHOP, changed, model=MODEL, horizon_days=365))
    plain = arrays(forecasts(SHOP, books(SHOP, basis="revenue"), model=MODEL, horizon_days=365))
    totals = arrays(changed)
    common = float(totals["margin"].sum()) / float(totals["net_revenue"].sum())
    mixed = 5 * rows["expected_spend"].mean()
    rate = (900 + common * mixed) / (1000 + mixed)
    assert rows["predicted_value"][0] == pytest.approx(rate * plain["predicted_value"][0])


def test_customers_who_lose_money_have_a_negative_value_with_its_ends_in_order() -> None:
    lossy = BOOKS.mutate(margin=(-BOOKS.net_revenue * 2).cast("decimal(18, 2)"))
    rows = arrays(forecasts(SHOP, lossy, model=MODEL, horizon_days=365))
    assert (rows["predicted_value"] < 0).all()
    assert (rows["value_low"] <= rows["value_high"]).all()
    assert (rows["value_high"] <= 0).all()


def test_customers_without_revenue_left_get_the_common_rate() -> None:
    returned = BOOKS.customer_id < "c00100"
    changed = BOOKS.mutate(
        net_revenue=ibis.ifelse(returned, -10, BOOKS.net_revenue).cast("decimal(18, 2)"),
        margin=ibis.ifelse(returned, -30, BOOKS.margin).cast("decimal(18, 2)"),
    )
    rows = arrays(forecasts(SHOP, changed, model=MODEL, horizon_days=365))
    plain = arrays(forecasts(SHOP, books(SHOP, basis="revenue"), model=MODEL, horizon_days=365))
    rates = rows["predicted_value"] / plain["predicted_value"]
    assert np.ptp(rates[:100]) < 1e-12


def test_naive_rule_goes_on_at_the_shrunk_pace() -> None:
    rows = arrays(forecasts(SHOP, books(SHOP, basis="revenue"), model=None, horizon_days=100, discount_rate=0))
    history = arrays(SHOP)
    pace = (history["frequency"].sum() + 0.5) / (history["T"].sum() + 100)
    expected = (history["frequency"] + 1) / (history["T"] + 1 / pace) * 100
    assert rows["expected_orders"] == pytest.approx(expected)
    assert rows["predicted_value"] == pytest.approx(rows["expected_orders"] * rows["expected_spend"])
    assert set(rows["grade"]) == {"D"}
    assert set(rows["model"]) == {"naive"}


def test_a_shop_without_repeats_still_gets_an_honest_forecast() -> None:
    once = ibis.memtable(pa.table({
        "customer_id": [f"c{i}" for i in range(50)],
        "frequency": [0] * 50,
        "recency": [0] * 50,
        "T": list(range(50)),
        "monetary_value": pa.nulls(50, pa.float64()),
    }))  # fmt: skip
    assert fit_value_model(once) is None
    rows = arrays(FORECASTS.check(forecasts(once, books(once), model=None, horizon_days=365)))
    assert (rows["expected_orders"] > 0).all()
    assert rows["expected_orders"].max() < 1
    assert rows["expected_spend"] == pytest.approx(25.0)


def test_equal_amounts_leave_the_mean_and_say_so() -> None:
    table = SHOP.mutate(monetary_value=ibis.ifelse(SHOP.frequency > 0, 30.0, ibis.null("float64")))
    model = fit_value_model(table)
    assert model is not None
    rows = arrays(forecasts(table, BOOKS, model=model, horizon_days=365))
    assert set(rows["model"]) == {"bg_nbd+mean_spend"}
    assert rows["expected_spend"] == pytest.approx(30.0)


def test_a_shop_that_nobody_leaves_has_a_model_without_dropout() -> None:
    rng = np.random.default_rng(3)
    x = rng.poisson(rng.gamma(2, 2, 500))
    loyal = ibis.memtable(pa.table({
        "customer_id": [f"c{i:05d}" for i in range(500)],
        "frequency": x,
        "recency": np.where(x > 0, 100, 0),
        "T": np.full(500, 100),
        "monetary_value": gamma_gamma(x, p=4.0, q=4.0, gamma=20.0, seed=1),
    }))  # fmt: skip
    rows = arrays(FORECASTS.check(forecasts(loyal, books(loyal), model=fit_value_model(loyal), horizon_days=100)))
    assert set(rows["model"]) == {"nbd+gamma_gamma"}
    assert set(rows["probability_alive"]) == {1.0}
    assert rows["expected_orders"].mean() == pytest.approx(x.mean(), rel=0.02)


def test_no_amounts_at_all_is_the_naive_rule() -> None:
    assert fit_value_model(shop(200, spend=False)) is None


def test_discounting_lowers_the_value_by_less_than_a_year_s_rate() -> None:
    for model in (fit_value_model(SHOP, discount_rate=0.2), None):
        with_rate = arrays(forecasts(SHOP, BOOKS, model=model, horizon_days=365, discount_rate=0.2))
        free = model and LifetimeValue.of(model.purchases_, model.spend_, discount_rate=0)
        without = arrays(forecasts(SHOP, BOOKS, model=free, horizon_days=365, discount_rate=0))
        ratio = with_rate["predicted_value"] / without["predicted_value"]
        assert (ratio < 1).all()
        assert (ratio > 1 / 1.2).all()


@pytest.mark.parametrize("horizon_days", [-1, float("nan")])
def test_a_horizon_that_cannot_be(horizon_days: Any) -> None:
    with pytest.raises(ArgumentError, match="horizon"):
        forecasts(SHOP, BOOKS, model=MODEL, horizon_days=horizon_days)


@pytest.mark.parametrize("model", [MODEL, None])
def test_forecasts_compile_for_spark(model: LifetimeValue | None) -> None:
    _ = ibis.pyspark
    history = HISTORY.unbound() if model is None else SHOP  # a model counts the patterns of a history that is there
    expression = forecasts(history, CONTRIBUTION.unbound(), model=model, horizon_days=365)
    assert "LEFT OUTER JOIN" in ibis.to_sql(expression, dialect="pyspark").upper()


def test_the_same_forecast_twice() -> None:
    once, twice = (forecasts(SHOP, BOOKS, model=MODEL, horizon_days=365).order_by("customer_id") for _ in range(2))
    assert once.to_pyarrow().equals(twice.to_pyarrow())

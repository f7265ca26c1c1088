"""A customer seen through the last days alone: the same as if the orders before had never been."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.customer import HISTORY, ORDERS
from patron.models import GammaGamma, LifetimeValue, MbgNbd, Recalibration, recent_history, seen_by
from patron.models.recalibration import Lesson
from patron.models.recent_history import RECENT
from patron.profile import purchase_history

AS_OF = date(2024, 12, 31)
DAYS = 365


def drawn(seed: int, customers: int = 300) -> ir.Table:
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), rng.integers(1, 12, customers))
    ago = rng.integers(0, 900, len(who))
    return ibis.memtable(pa.table({
        "customer_id": [f"c{i:04d}" for i in who],
        "ordered_at": pa.array([AS_OF - timedelta(days=int(day)) for day in ago]),
        "amount": rng.integers(1, 100, len(who)).astype(float),
    }))  # fmt: skip


def seen(orders: ir.Table, days: int = DAYS) -> dict[str, dict[str, float]]:
    history = purchase_history(orders, as_of=AS_OF)
    rows = recent_history(history, orders, as_of=AS_OF, days=days).to_pyarrow().to_pylist()
    return {row["customer_id"]: row for row in rows}


def test_it_is_the_history_of_the_orders_of_the_window() -> None:
    orders = drawn(1)
    window = orders.filter(orders.ordered_at >= AS_OF - timedelta(days=DAYS))
    inside = {row["customer_id"]: row for row in purchase_history(window, as_of=AS_OF).to_pyarrow().to_pylist()}
    rows = seen(orders)
    assert len(rows) == 300 > len(inside) > 200
    for who, row in rows.items():
        if who in inside:
            assert [row[name] for name in RECENT] == [inside[who][name] for name in ("frequency", "recency", "T")]
        else:
            assert [row[name] for name in RECENT] == [0, 0, row["T"] - row["recency"]]
            assert row["recent_T"] > DAYS
        assert row["recent_T"] - row["recent_recency"] == row["T"] - row["recency"], "the silence stays"


def test_a_window_that_holds_everything_changes_nothing() -> None:
    for row in seen(drawn(2), days=900).values():
        assert [row[name] for name in RECENT] == [row[name] for name in ("frequency", "recency", "T")]


def test_the_last_day_of_the_window_counts_and_the_one_before_does_not() -> None:
    ago = {"in": DAYS, "out": DAYS + 1}
    orders = ibis.memtable({
        "customer_id": [*ago, *ago], "ordered_at": [*(AS_OF - timedelta(days=n) for n in ago.values()), AS_OF, AS_OF],
    })  # fmt: skip
    rows = seen(orders)
    assert [rows["in"][name] for name in RECENT] == [1, DAYS, DAYS]
    assert [rows["out"][name] for name in RECENT] == [0, 0, 0]


def model(window: int) -> LifetimeValue:
    """One whose lesson was that old customers bring half of what it told."""
    rng = np.random.default_rng(3)
    T = rng.integers(1, window + 1, 20_000).astype(float)
    x = rng.integers(0, 6, 20_000).astype(float)
    t_x = np.where(x > 0, np.floor(T * rng.random(20_000)), 0.0)
    purchases = MbgNbd.from_params(r=0.7, alpha=80.0, a=0.5, b=3.0)
    told = purchases.expected_purchases(pa.table({"frequency": x, "recency": t_x, "T": T}), horizon=365)
    came = rng.poisson(told * np.where(T - t_x > 100, 0.5, 1.0)).astype(float)
    lesson = Lesson(x=x, t_x=t_x, T=T, customers=np.ones(20_000), expected=told, orders=came, squared_orders=came**2)
    found = Recalibration.learn(lesson, horizon=365.0)
    return LifetimeValue.of(purchases, GammaGamma.from_params(p=6.0, q=4.0, gamma=15.0), recalibration=found)


def test_the_factor_is_that_of_the_window_and_the_forecast_that_of_all_days() -> None:
    orders = drawn(4)
    history = purchase_history(orders, as_of=AS_OF)
    known = model(DAYS)
    both = seen_by(known, history, orders, as_of=AS_OF)
    assert known.recalibration_ is not None
    assert set(RECENT) <= set(both.columns)
    rows = both.order_by("customer_id").to_pyarrow()
    plain = LifetimeValue.of(known.purchases_, known.spend_)
    told = plain.purchases_.expected_purchases(rows, horizon=365)
    factor = known.recalibration_.factors(*(rows[name].to_numpy().astype(float) for name in RECENT), told)
    discounted = plain.predict(rows, horizon=365)
    in_engine = known.predict(both, horizon=365).order_by("customer_id").predicted_value.to_pyarrow().to_numpy()
    assert known.predict(rows, horizon=365) == pytest.approx(discounted * factor)
    assert in_engine == pytest.approx(discounted * factor)
    assert factor.min() < 0.7 < 0.9 < factor.max()


def test_a_model_without_recalibration_asks_for_no_window() -> None:
    orders = drawn(5)
    history = purchase_history(orders, as_of=AS_OF)
    known = model(DAYS)
    assert seen_by(LifetimeValue.of(known.purchases_, known.spend_), history, orders, as_of=AS_OF) is history
    assert seen_by(None, history, orders, as_of=AS_OF) is history
    assert seen_by(known, history, None, as_of=AS_OF) is history


def test_it_compiles_for_spark() -> None:
    _ = ibis.pyspark
    table = recent_history(HISTORY.unbound(), ORDERS.unbound(), as_of=AS_OF, days=DAYS)
    assert "JOIN" in ibis.to_sql(table, dialect="pyspark").upper()

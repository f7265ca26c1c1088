"""What came since an origin."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ibis
import pyarrow as pa

from patron.contracts.customer import HISTORY, ORDERS
from patron.models import outcome

ORIGIN = date(2024, 6, 30)


def orders(*rows: tuple[str, int, float]) -> ibis.expr.types.Table:
    """Of a customer, some days after the origin, an amount."""
    noon = datetime(2024, 6, 30, 12)  # noqa: DTZ001 - a shop's own clock
    return ibis.memtable(pa.table({
        "customer_id": [who for who, _, _ in rows],
        "ordered_at": pa.array([noon + timedelta(days=day) for _, day, _ in rows], pa.timestamp("us")),
        "amount": [amount for _, _, amount in rows],
    }))  # fmt: skip


def test_periods_end_where_they_should_and_one_day_is_one_order() -> None:
    known = orders(("ann", -30, 1.0), ("ann", -29, 2.0), ("ann", 0, 4.0), ("bob", -90, 8.0))
    later = orders(
        ("ann", 0, 4.0), ("ann", 1, 16.0), ("ann", 1, 32.0), ("ann", 30, 64.0), ("ann", 31, 128.0), ("eve", 5, 1.0)
    )
    history = ibis.memtable({"customer_id": ["ann", "bob"]})
    rows = outcome(history, known, later, origin=ORIGIN, horizon_days=30).order_by("customer_id").to_pyarrow()
    assert rows.to_pylist() == [
        {"customer_id": "ann", "orders": 2, "value": 112.0, "previous_orders": 2, "previous_value": 6.0},
        {"customer_id": "bob", "orders": 0, "value": 0.0, "previous_orders": 0, "previous_value": 0.0},
    ]


def test_it_compiles_for_spark() -> None:
    _ = ibis.pyspark
    table = outcome(HISTORY.unbound(), ORDERS.unbound(), ORDERS.unbound(), origin=ORIGIN, horizon_days=365)
    assert "JOIN" in ibis.to_sql(table, dialect="pyspark").upper()

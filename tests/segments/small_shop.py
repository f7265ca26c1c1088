"""Tables that keep their contracts, made from the few facts that a case is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import Contract
from patron.contracts.customer import FORECASTS, MEMBERSHIPS, PROFILES, TAKINGS

TODAY = date(2024, 6, 30)


def table(contract: Contract, rows: Iterable[Mapping[str, Any]]) -> ir.Table:
    import ibis

    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=contract.schema.to_pyarrow()))


def profiles(*people: Mapping[str, Any]) -> ir.Table:
    """Profiles of people given by customer_id, and days, times (purchase days) and margin when they bought."""
    return table(PROFILES, [_profile(**person) for person in people])


def _profile(customer_id: str, days: int | None = None, times: int = 0, margin: float = 0) -> dict[str, Any]:
    last = None if days is None else TODAY - timedelta(days=days)
    money = Decimal(str(margin))
    return {
        "customer_id": customer_id, "as_of": TODAY, "first_order_on": last, "last_order_on": last,
        "days_since_last": days, "tenure_days": days, "orders": times, "purchase_days": times, "units": float(times),
        "net_revenue": money, "margin": money, "basis": "margin",
        "average_order_value": float(margin) / times if times else None, "return_rate": 0.0, "discount_rate": 0.0,
        "products": times, "categories": times, "channels": min(times, 1), "main_channel": None, "country": None,
        "acquisition_channel": None, "expected_interval_days": 30.0, "lateness": None, "lapsed": False,
    }  # fmt: skip


def forecasts(values: Mapping[str, float], *, horizon_days: int = 365) -> ir.Table:
    """Forecasts of the customers' predicted values."""
    rows = [
        {
            "customer_id": customer_id, "horizon_days": horizon_days, "expected_orders": 1.0, "orders_low": 0.0,
            "orders_high": 3.0, "probability_alive": 0.5, "expected_spend": 1.0, "predicted_value": float(value),
            "value_low": 0.0, "value_high": float(value) * 3, "basis": "margin", "grade": "B", "model": "bg_nbd",
        }
        for customer_id, value in values.items()
    ]  # fmt: skip
    return table(FORECASTS, rows)


def memberships(segmentation: str, segments: Mapping[str, str]) -> ir.Table:
    """Who is in which segment of one segmentation."""
    rows = [
        {"customer_id": customer_id, "segmentation": segmentation, "segment": segment, "detail": None}
        for customer_id, segment in segments.items()
    ]
    return table(MEMBERSHIPS, rows)


def takings(*brought: tuple[str, date, float]) -> ir.Table:
    """Takings of (customer, day, margin)."""
    nothing = Decimal(0)
    rows = [
        {
            "customer_id": customer_id, "day": on, "revenue": Decimal(str(margin)), "discount": nothing,
            "returns": nothing, "net_revenue": Decimal(str(margin)), "cost": None, "cost_to_serve": None,
            "margin": Decimal(str(margin)), "basis": "revenue",
        }
        for customer_id, on, margin in brought
    ]  # fmt: skip
    return table(TAKINGS, rows)


def rows(expression: ir.Table) -> list[dict[str, Any]]:
    """The rows of a table."""
    return expression.to_pyarrow().to_pylist()


def by_customer(expression: ir.Table, column: str) -> dict[str, Any]:
    """One column of a table, by customer."""
    return {row["customer_id"]: row[column] for row in rows(expression)}

"""The ledger knows on each earlier day what `orders` knew on it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.raw import RAW_ORDER_LINES
from patron.profile import known_purchases, orders, purchase_ledger

START = date(2024, 1, 1)


def lines_of(sales: list[tuple[str, int, int, int | None]]) -> ir.Table:
    """Return lines of sales: who, on which day, how many, and after how many days how much of it came back."""
    rows: list[dict[str, Any]] = []
    for number, (who, day, units, after) in enumerate(sales):
        sale = _line(2 * number, who, START + timedelta(days=day), units, number)
        rows.append(sale)
        if after is not None:
            back = _line(2 * number + 1, who, START + timedelta(days=day + after), -units, number)
            rows.append(back | {"kind": "return", "reverses": sale["line_id"]})
    return ibis.memtable(pa.Table.from_pylist(rows, schema=RAW_ORDER_LINES.schema.to_pyarrow()))


def _line(number: int, who: str, day: date, units: int, order: int) -> dict[str, Any]:
    return {
        "line_id": number, "file": "f", "row": number + 1, "order_id": f"o{order}", "customer_id": who,
        "ordered_at": datetime.combine(day, datetime.min.time()), "quantity": float(units),
        "unit_price": Decimal("2.50"), "amount": Decimal("2.50") * units, "discount": Decimal("0.25") * units,
        "kind": "sale", "repeated": False,
    }  # fmt: skip


sale = st.tuples(st.sampled_from("abc"), st.integers(0, 20), st.integers(1, 5), st.none() | st.integers(0, 20))


@settings(max_examples=15)
@given(st.lists(sale, min_size=1, max_size=12), st.integers(0, 40))
def test_what_it_says_of_a_day_is_what_orders_said_on_it(
    sales: list[tuple[str, int, int, int | None]], age: int
) -> None:
    lines, day = lines_of(sales), START + timedelta(days=age)
    ledger = purchase_ledger(lines, as_of=START + timedelta(days=60))
    known = known_purchases(ledger, days=[day, START + timedelta(days=50)])
    found = known.filter(known.origin == ibis.literal(day)).to_pyarrow().to_pylist()
    then = orders(lines, as_of=day)
    by_day = then.group_by("customer_id", day=then.ordered_at.date()).aggregate(amount=then.amount.sum())
    expected = {(row["customer_id"], row["day"]): row["amount"] for row in by_day.to_pyarrow().to_pylist()}
    assert {(row["customer_id"], row["day"]): row["amount"] for row in found} == expected


def test_what_came_back_later_was_bought_until_then() -> None:
    ledger = purchase_ledger(lines_of([("a", 0, 2, 10)]), as_of=START + timedelta(days=30))
    days = [START + timedelta(days=age) for age in (9, 10)]
    assert known_purchases(ledger, days=days).origin.to_pyarrow().to_pylist() == days[:1]


def test_nothing_later_is_in_the_ledger() -> None:
    lines = lines_of([("a", 0, 2, 10), ("b", 12, 1, None)])
    ledger = purchase_ledger(lines, as_of=START + timedelta(days=9)).to_pyarrow().to_pylist()
    assert [(row["customer_id"], row["amount"]) for row in ledger] == [("a", Decimal("4.50"))]


def test_the_ledger_compiles_for_spark() -> None:
    assert ibis.pyspark
    ledger = purchase_ledger(RAW_ORDER_LINES.unbound(), as_of=START)
    assert "JOIN" in ibis.to_sql(known_purchases(ledger, days=[START]), dialect="pyspark")

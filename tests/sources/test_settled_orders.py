"""Orders that come as events: told twice, refunded, cancelled, and both."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox_calls import NOON, call, numbered
from patron.sources.collected import tables_of
from patron.sources.collected.settled_orders import order_lines
from patron.sources.stream import read_event

Line = tuple[str, str, Decimal, Decimal]


@pytest.fixture(scope="module")
def duck() -> Any:
    return ibis.duckdb.connect()


def said(event: str, *products: tuple[str, float, float], day: int = 0, **more: Any) -> Any:
    told = [{"product_id": name, "price": price, "quantity": units} for name, price, units in products]
    properties = {"order_id": "o1", **({"products": told} if told else {}), **more}
    return call("track", NOON + timedelta(days=day), userId="u1", event=event, properties=properties)


def lines(duck: Any, *calls: Any) -> list[dict[str, Any]]:
    parts = tables_of(map(read_event, numbered(calls)))["order_lines"]
    found: list[dict[str, Any]] = duck.to_pyarrow(order_lines(ibis.memtable(parts))).to_pylist()
    return found


def net(rows: list[dict[str, Any]]) -> dict[str | None, Decimal]:
    """Return the units, or the money, that are left of each product."""
    left: dict[str | None, Decimal] = defaultdict(Decimal)
    for row in rows:
        left[row["product_id"]] += Decimal(row["quantity"] if row["product_id"] else row["amount"])
    return {name: value for name, value in left.items() if value}


ORDER = said("Order Completed", ("p", 10, 2), ("q", 5, 1), discount=3)


def test_an_order_told_twice_counts_once(duck):
    assert net(lines(duck, ORDER, ORDER)) == {"p": 2, "q": 1}


def test_a_cancelled_order_is_taken_back_whole_and_once(duck):
    rows = lines(duck, ORDER, said("Order Cancelled", day=1), said("Order Cancelled", day=2))
    assert net(rows) == {}
    back = [row for row in rows if row["says"] == "order_cancel"]
    assert {row["ordered_at"][:10] for row in back} == {"2026-03-02"}
    assert sum(Decimal(row["discount"]) for row in rows) == 0


def test_a_cancellation_takes_back_what_refunds_left(duck):
    refund = said("Order Refunded", ("p", 10, 1), day=1)
    rows = lines(duck, ORDER, refund, said("Order Cancelled", day=2))
    assert net(rows) == {}
    assert [row["quantity"] for row in rows if row["says"] == "order_cancel" and row["product_id"] == "p"] == [
        "-1.0000"
    ]


def test_a_refund_after_the_cancellation_is_a_refund_of_its_own(duck):
    rows = lines(duck, ORDER, said("Order Cancelled", day=1), said("Order Refunded", ("p", 10, 1), day=2))
    assert net(rows) == {"p": -1}


def test_money_that_is_left_of_an_order_without_products(duck):
    rows = lines(
        duck, said("Order Completed", total=30), said("Order Refunded", total=12, day=1), said("Order Cancelled", day=2)
    )
    assert sorted(row["amount"] for row in rows) == ["-12", "-18.00", "30"]


def test_a_cancellation_of_nothing_is_nothing(duck):
    assert lines(duck, said("Order Cancelled")) == []


PRODUCTS = st.lists(st.tuples(st.sampled_from("pqr"), st.integers(1, 4)), min_size=1, max_size=4)


@settings(max_examples=8, deadline=None)
@given(PRODUCTS, st.data())
def test_whatever_was_refunded_before_nothing_is_left_of_a_cancelled_order(duck, products, data):
    units: dict[str, int] = defaultdict(int)
    for name, count in products:
        units[name] += count
    refunded = {name: data.draw(st.integers(0, count)) for name, count in units.items()}
    order = said("Order Completed", *((name, 10 + place, count) for place, (name, count) in enumerate(products)))
    refunds = [said("Order Refunded", (name, 10, count), day=1) for name, count in refunded.items() if count]
    assert net(lines(duck, order, *refunds, said("Order Cancelled", day=2))) == {}

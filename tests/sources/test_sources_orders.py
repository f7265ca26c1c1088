"""Orders, currencies and returns: laws, and one expression for two engines."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.raw import RAW_RATES
from patron.sources import currency, orders, reversals
from patron.sources.rules import Setting, classify
from patron.sources.spec import SourceSpec

few = settings(max_examples=10, deadline=None)
DAY = datetime(2024, 1, 1)  # noqa: DTZ001 - moments are in the project's zone, and carry none
CENT = Decimal("0.01")
SCHEMA = {
    "line_id": "int64", "order_id": "string", "customer_id": "string", "product_id": "string", "currency": "string",
    "ordered_at": "timestamp(6)", "quantity": "float64", "unit_price": "decimal(18, 4)", "derived_price": "boolean",
    "amount": "decimal(18, 2)", "discount": "decimal(18, 2)", "unit_cost": "decimal(18, 4)", "kind": "string",
    "reverses": "int64",
}  # fmt: skip
ORDERS = {
    "order_id": "string", "customer_id": "string", "ordered_at": "timestamp(6)", "amount": "decimal(18, 2)",
    "discount": "decimal(18, 2)", "shipping": "decimal(18, 2)", "currency": "string", "status": "string",
    "channel": "string", "country": "string", "rule": "string", "file_number": "int64", "row": "int64",
    "mark": "int64", "seal": "int64", "broken": "boolean", "bad_number": "boolean", "quantity": "float64",
    "unit_price": "decimal(18, 4)", "file": "string",
}  # fmt: skip


def table(rows: list[dict[str, Any]], schema: dict[str, str] = SCHEMA) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=ibis.schema(schema).to_pyarrow()))


def line(number: int, days: int, quantity: int = 1, price: str = "4", **facts: Any) -> dict[str, Any]:
    each = Decimal(price)
    return {
        "line_id": number, "order_id": f"o{number}", "customer_id": "ann", "product_id": "mug", "currency": None,
        "ordered_at": DAY + timedelta(days=days), "quantity": float(quantity), "unit_price": each,
        "derived_price": False, "amount": (each * quantity).quantize(CENT, ROUND_HALF_UP), "discount": None,
        "unit_cost": None, "kind": "return" if quantity < 0 else "sale", "reverses": None, **facts,
    }  # fmt: skip


def linked(rows: list[dict[str, Any]]) -> dict[int, int | None]:
    found = reversals.link_reversals(table(rows).drop("reverses")).select("line_id", "reverses")
    return {row["line_id"]: row["reverses"] for row in found.to_pyarrow().to_pylist()}


goods = st.lists(
    st.tuples(
        st.integers(0, 9),  # day
        st.sampled_from([1, 2, 3, -1, -1, -1, -2]),
        st.sampled_from(["mug", "mug", "cup", None]),
        st.sampled_from(["ann", "ann", "bob"]),
    ),
    max_size=16,
)


def made(drawn: list[tuple[int, int, str | None, str]]) -> list[dict[str, Any]]:
    return [
        line(number, day, quantity, product_id=product, customer_id=who)
        for number, (day, quantity, product, who) in enumerate(drawn)
    ]


@given(goods)
@few
def test_returns_are_served_one_by_one_as_a_clerk_would(drawn):
    rows = made(drawn)
    left = {row["line_id"]: row["quantity"] for row in rows if row["kind"] == "sale"}
    served: Counter[Any] = Counter()
    expected: dict[int, int | None] = {row["line_id"]: None for row in rows}
    for back in sorted((r for r in rows if r["kind"] == "return"), key=lambda r: (r["ordered_at"], r["line_id"])):
        key = (back["customer_id"], back["product_id"])
        served[key] += 1
        if served[key] > reversals.TRIED:
            return  # the rest is served at once
        fitting = [
            sale
            for sale in rows
            if sale["kind"] == "sale"
            and (sale["customer_id"], sale["product_id"]) == key
            and sale["ordered_at"] <= back["ordered_at"]
            and left[sale["line_id"]] >= -back["quantity"]
        ]
        if fitting:
            best = max(fitting, key=lambda sale: (sale["ordered_at"], sale["line_id"]))["line_id"]
            left[best] += back["quantity"]
            expected[back["line_id"]] = best
    assert linked(rows) == expected


@given(goods, st.integers(0, 9))
@few
def test_what_comes_later_changes_no_match_and_no_sale_gives_back_more_than_it_had(drawn, last):
    rows = made(drawn)
    whole = linked(rows)
    known = [row for row in rows if row["ordered_at"] <= DAY + timedelta(days=last)]
    assert linked(known) == {row["line_id"]: whole[row["line_id"]] for row in known}
    by_id = {row["line_id"]: row for row in rows}
    back: Counter[int] = Counter()
    for number, sale in whole.items():
        if sale is not None:
            back[sale] -= by_id[number]["quantity"]
    assert all(units <= by_id[sale]["quantity"] for sale, units in back.items())


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9_999), st.sampled_from([None, "0.50"])), max_size=12),
    st.lists(st.integers(0, 99_999), min_size=3, max_size=3),
)
@few
def test_the_discount_of_an_order_adds_up_to_the_cent(drawn, discounts):
    rows = [
        line(n, 0, price=str(Decimal(cents).scaleb(-2)), order_id=f"o{order}", discount=own and Decimal(own))
        for n, (order, cents, own) in enumerate(drawn)
    ]
    told = [
        {
            "order_id": f"o{n}", "discount": Decimal(cents).scaleb(-2), "file_number": 0, "row": n + 1,
            "amount": None, "rule": None,
        }
        for n, cents in enumerate(discounts)
    ]  # fmt: skip
    found = orders.with_order_discount(table(rows), table(told, ORDERS)).to_pyarrow().to_pylist()
    assert len(found) == len(rows)
    for n, cents in enumerate(discounts):
        of_order = [row["discount"] or 0 for row in found if row["order_id"] == f"o{n}"]
        own = sum(Decimal(drawn[row["line_id"]][2] or 0) for row in found if row["order_id"] == f"o{n}")
        if of_order:
            assert sum(of_order) - own == Decimal(cents).scaleb(-2)
            assert min(of_order) >= 0


@given(
    st.lists(st.tuples(st.sampled_from(["USD", "GBP", "EUR", None]), st.integers(0, 20), st.integers(-999, 999))),
    st.dictionaries(st.integers(1, 19), st.integers(1, 10**9), max_size=4),
)
@few
def test_each_line_is_converted_by_the_rate_of_its_day_to_the_cent(drawn, changes):
    steps = {DAY.date(): Decimal("0.5")} | {
        DAY.date() + timedelta(days=day): Decimal(rate).scaleb(-8) for day, rate in changes.items()
    }
    exchange = currency.Exchange("EUR", {"USD": steps, "GBP": {date(1990, 1, 1): Decimal("1.2")}})
    rows = [
        line(n, days, quantity=-1 if cents < 0 else 1, price=str(abs(Decimal(cents)).scaleb(-2)), currency=code)
        for n, (code, days, cents) in enumerate(drawn)
    ]
    rated = currency.with_rate(table(rows), currency.rates(exchange, RAW_RATES.empty()), currency="EUR")
    currency.check_rates(rated, currency="EUR")
    found = {row["line_id"]: row["amount"] for row in currency.converted(rated).to_pyarrow().to_pylist()}
    for row in rows:
        day = row["ordered_at"].date()
        rate = Decimal(1)
        if row["currency"] == "USD":
            rate = steps[max(since for since in steps if since <= day)]
        elif row["currency"] == "GBP":
            rate = Decimal("1.2")
        assert found[row["line_id"]] == (row["amount"] * rate).quantize(CENT, ROUND_HALF_UP)


def _unbound(schema: dict[str, str], name: str) -> ibis.Table:
    return ibis.table(ibis.schema(schema), name=name)


EXTRA = {
    "broken": "boolean",
    "in_earlier_file": "boolean",
    "bad_number": "boolean",
    "rule": "string",
    "channel": "string",
    "country": "string",
}
SETTING = Setting(SourceSpec(path="x.csv", cancelled="status = 'void'"), date(2024, 1, 1), date(2024, 1, 1), "orders")
LINES = _unbound({**SCHEMA, **EXTRA}, "order_lines")
KEPT = _unbound(SCHEMA, "kept")
TOLD = _unbound(ORDERS, "orders")
RATES = _unbound({"foreign": "string", "rate": "decimal(18, 8)", "since": "date", "until": "date"}, "rates")
STEPS = {
    "judged": lambda: orders.judged(TOLD.drop("rule"), SETTING, alone=True),
    "with_orders": lambda: classify(
        orders.with_orders(LINES.drop("rule"), TOLD), Setting(SourceSpec(path="x"), SETTING.as_of, SETTING.today)
    ),
    "with_order_discount": lambda: orders.with_order_discount(KEPT, TOLD),
    "differing": lambda: orders.differing(TOLD),
    "link_reversals": lambda: reversals.link_reversals(KEPT.drop("reverses")),
    "converted": lambda: currency.converted(currency.with_rate(KEPT, RATES, currency="EUR")),
}


@pytest.mark.parametrize("step", STEPS)
def test_it_compiles_for_spark(step):
    assert ibis.pyspark
    assert ibis.to_sql(STEPS[step](), dialect="pyspark")

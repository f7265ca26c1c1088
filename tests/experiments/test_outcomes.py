"""Sums per arm, against the same sums by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.customer import ORDERS, TAKINGS
from patron.contracts.experiment import ASSIGNMENTS
from patron.experiments import outcomes

DAY = date(2024, 3, 1)


def assigned(*rows):
    """Return assignments from (audience, customer, arm), and the number of the household where one was drawn."""
    records = [
        {
            "experiment": a,
            "customer_id": c,
            "arm": arm,
            "segment": "rfm.champions",
            "assigned_on": DAY,
            "purpose": "marketing",
            "unit": unit[0] if unit else None,
            "contaminated": False,
        }
        for a, c, arm, *unit in rows
    ]
    return ibis.memtable(pa.Table.from_pylist(records, schema=ASSIGNMENTS.schema.to_pyarrow()))


def ordered(*rows):
    """Return orders from (customer, moment, margin)."""
    schema = pa.schema(
        [("customer_id", pa.string()), ("ordered_at", pa.timestamp("us")), ("margin", pa.decimal128(18, 2))]
    )
    records = [{"customer_id": c, "ordered_at": at, "margin": Decimal(str(m))} for c, at, m in rows]
    return ibis.memtable(pa.Table.from_pylist(records, schema=schema))


def taken(orders):
    """Return the takings of orders: their margin by day."""
    days = orders.select("customer_id", "margin", day=orders.ordered_at.date())
    return days.group_by("customer_id", "day").aggregate(margin=days.margin.sum())


def at(days, hour=12):
    """Return a moment so many days after the assignment."""
    return datetime.combine(DAY, time(hour)) + timedelta(days=days)


def summed(assignments, orders, days):
    """Return the sums of each audience and arm."""
    rows = outcomes(assignments, orders, taken(orders), as_of=DAY + timedelta(days=days)).to_pyarrow().to_pylist()
    return {(row["experiment"], row["arm"]): row for row in rows}


def test_counts_from_the_day_after_the_assignment_to_the_last_day():
    orders = ordered(
        ("ann", at(0, 23), 100), ("ann", at(1, 0), 1), ("ann", at(30, 23), 2.5), ("ann", at(31, 0), 100),
        ("bob", at(-5), 100), ("eve", at(3), 7), ("stranger", at(3), 100),
    )  # fmt: skip
    found = summed(assigned(("a", "ann", "treated"), ("a", "bob", "treated"), ("a", "eve", "control")), orders, 30)
    assert found["a", "treated"] == {
        "experiment": "a", "arm": "treated", "assigned_on": DAY, "assigned_last": DAY, "n": 2, "contaminated": 0,
        "by_household": False, "units": 2, "size_squares": 2.0,
        "orders": 2.0, "orders_squares": 4.0, "orders_cross": 2.0,
        "margin": 3.5, "margin_squares": 12.25, "margin_cross": 3.5,
    }  # fmt: skip
    assert (found["a", "control"]["n"], found["a", "control"]["margin_squares"]) == (1, 49.0)


def test_a_household_is_one_unit():
    """Two of three at home 7 ordered; a home of one did nothing."""
    rows = [("a", who, "treated", 7) for who in ("ann", "bob", "cid")] + [("a", "dan", "treated", 8)]
    found = summed(assigned(*rows), ordered(("ann", at(2), 5), ("ann", at(3), 1), ("cid", at(4), 4)), 10)
    row = found["a", "treated"]
    assert (row["by_household"], row["n"], row["units"], row["size_squares"]) == (True, 4, 2, 10.0)
    assert (row["orders"], row["orders_squares"], row["orders_cross"]) == (3.0, 9.0, 9.0)
    assert (row["margin"], row["margin_squares"], row["margin_cross"]) == (10.0, 100.0, 30.0)


def test_a_customer_in_two_audiences_counts_in_both():
    rows = [("a", "ann", "treated"), ("b", "ann", "control")]
    found = summed(assigned(*rows), ordered(("ann", at(2), 5)), 10)
    assert found["a", "treated"]["margin"] == found["b", "control"]["margin"] == 5.0


def test_an_arm_without_an_order_counts_as_zero():
    found = summed(assigned(("a", "ann", "treated")), ordered(("bob", at(1), 5)), 10)["a", "treated"]
    assert (found["n"], found["orders"], found["margin"], found["margin_squares"]) == (1, 0.0, 0.0, 0.0)


people = st.sampled_from(["ann", "bob", "eve", "dan"])
cents = st.integers(-10_000_000, 10_000_000).map(lambda c: c / 100)


@given(st.dictionaries(people, st.sampled_from(["treated", "control"]), min_size=1),
       st.lists(st.tuples(people, st.integers(-3, 12), cents), max_size=20))  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_equals_the_sums_by_hand(arms, orders):
    found = summed(
        assigned(*[("a", c, arm) for c, arm in arms.items()]), ordered(*[(c, at(d), m) for c, d, m in orders]), 10
    )
    for arm in set(arms.values()):
        members = [c for c in arms if arms[c] == arm]
        margins = [sum(round(100 * m) for c, d, m in orders if c == who and 0 < d <= 10) for who in members]
        row = found["a", arm]
        assert row["n"] == len(members)
        assert row["margin"] == pytest.approx(sum(margins) / 100, abs=1e-9)
        assert row["margin_squares"] == pytest.approx(sum(m * m for m in margins) / 10_000, rel=1e-12)


def test_margin_is_all_that_came_in_and_went_back_not_only_with_orders():
    """An order taken back whole is no order, yet handling it cost something; a return without a sale counts too."""
    money = ibis.memtable(pa.table({
        "customer_id": ["ann", "ann", "bob", "bob"],
        "day": pa.array([DAY + timedelta(days=d) for d in (1, 9, 0, 3)], pa.date32()),
        "margin": pa.array([Decimal("20.00"), Decimal("-2.25"), Decimal(99), Decimal("-7.50")], pa.decimal128(18, 2)),
    }))  # fmt: skip
    assignments = assigned(("a", "ann", "treated"), ("a", "bob", "treated"))
    [row] = (
        outcomes(assignments, ordered(("ann", at(1), 20)), money, as_of=DAY + timedelta(days=9))
        .to_pyarrow()
        .to_pylist()
    )
    assert (row["n"], row["orders"], row["margin"]) == (2, 1.0, 10.25)
    assert (row["orders_squares"], row["margin_squares"]) == (1.0, 17.75**2 + 7.5**2)


def test_squares_of_large_money_are_exact():
    large = 12_345_678_901.23
    found = summed(assigned(("a", "ann", "treated")), ordered(("ann", at(1), large)), 10)["a", "treated"]
    assert found["margin_squares"] == float(Decimal("12345678901.23") ** 2)


def test_compiles_for_spark():
    assert ibis.pyspark is not None
    text = ibis.to_sql(
        outcomes(ASSIGNMENTS.unbound(), ORDERS.unbound(), TAKINGS.unbound(), as_of=DAY), dialect="pyspark"
    )
    assert ".`margin`) AS `margin_squares`" in text

"""Money has one source: by customer and day, with one rule of cost for the whole shop."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from lines_of import AS_OF, line, line_lists, lines, rows
from plain_money import plain_contribution, plain_costs, plain_takings

from patron.profile import ServiceCosts, contribution, costed, orders, takings

DAY, NEXT, LATER = date(2024, 1, 1), date(2024, 1, 2), date(2024, 2, 1)
SERVICE = ServiceCosts(per_order=1.5, per_line=0.1, per_return=2.25)
ANCHOR = line(5_000, "dan", DAY, unit_price=1_000_000, unit_cost=600_000)
"""With it, nearly all of what is sold has a cost."""


def told(made, *, service=None):
    return rows(takings(lines(*made), as_of=AS_OF, service=service))


def brought(made, *, service=None):
    raw = lines(*made)
    return rows(contribution(raw, takings(raw, as_of=AS_OF, service=service), as_of=AS_OF))


@pytest.mark.parametrize("besides", [[], [ANCHOR]], ids=["few costs", "nearly all costs"])
@given(made=line_lists)
@settings(max_examples=12, deadline=None)
def test_all_of_it_equals_the_plain_reference(besides, made):
    known = [sold for sold in [*made, *besides] if sold["ordered_at"].date() <= AS_OF]
    basis, costs = plain_costs(known)
    found = rows(costed(lines(*made, *besides), as_of=AS_OF))
    assert {row["line_id"]: row["cost"] for row in found} == costs
    assert {row["basis"] for row in found} <= {basis}
    for service in (ServiceCosts(), SERVICE):
        assert told([*made, *besides], service=service) == plain_takings(known, service)
        assert brought([*made, *besides], service=service) == plain_contribution(known, service)


@given(made=line_lists)
@settings(max_examples=12, deadline=None)
def test_orders_never_have_more_margin_than_a_line_ever_gave(made):
    """Orders that were not touched by a return have the day's money: one rule of cost in both tables."""
    made = [{**sold, "order_id": f"o{sold['line_id']}"} for sold in made if sold["kind"] == "sale"]
    raw = lines(*made, ANCHOR)
    bought, taken = rows(orders(raw, as_of=AS_OF)), rows(takings(raw, as_of=AS_OF))
    for name, column in (("amount", "net_revenue"), ("cost", "cost"), ("margin", "margin")):
        assert sum(row[name] for row in bought) == sum(row[column] for row in taken)


def costs_of(*made):
    found = rows(costed(lines(*made), as_of=AS_OF))
    return {row["basis"] for row in found}, {row["line_id"]: row["cost"] for row in found}


def test_from_ninety_five_per_cent_on_the_rest_costs_the_average_rate():
    bought = [line(1, "ann", DAY, unit_price=95, unit_cost="57"), line(2, "bob", DAY, unit_price=5, discount=1)]
    assert costs_of(*bought) == ({"margin"}, {1: Decimal(57), 2: Decimal("2.40")})
    short = [line(1, "ann", DAY, unit_price="94.99", unit_cost="57"), line(2, "bob", DAY, unit_price="5.01")]
    assert costs_of(*short) == ({"revenue"}, {1: None, 2: None})


def test_a_return_without_a_cost_gives_back_its_sales():
    made = [
        line(1, "ann", DAY, unit_price=100, unit_cost=20, quantity=2),
        line(2, "bob", DAY, unit_price=100, unit_cost=80),
        line(3, "ann", LATER, unit_price=100, quantity=-1, reverses=1),
        line(4, "bob", LATER, unit_price=100, quantity=-1, product_id="cup"),
    ]  # fmt: skip
    assert costs_of(*made) == ({"margin"}, {1: Decimal(40), 2: Decimal(80), 3: Decimal(-20), 4: Decimal(-40)})


def test_one_line_without_a_cost_lifts_nobody_over_anybody():
    """Two customers who bought the same, and one of them a card at 1.00 whose cost is not known."""
    made = [
        line(20 * who + n, name, DAY, unit_price=100, unit_cost=60)
        for who, name in enumerate(("ann", "bob"))
        for n in range(20)
    ]
    found = brought([*made, line(99, "bob", DAY, unit_price=1, product_id="card")])
    assert [(row["customer_id"], row["margin"], row["basis"]) for row in found] == [
        ("ann", Decimal(800), "margin"), ("bob", Decimal("800.40"), "margin"),
    ]  # fmt: skip


def test_returns_count_on_the_day_of_their_sale_and_are_handled_on_their_own():
    made = [
        line(1, "ann", DAY, order_id="a", unit_price=50), line(2, "ann", NEXT, order_id="a", unit_price=20),
        line(3, "ann", LATER, quantity=-1, unit_price=20, reverses=2),
        line(4, "ann", LATER, quantity=-1, unit_price=7),
        line(5, "ann", LATER, kind="adjustment", unit_price=3),
    ]  # fmt: skip
    money = [
        (row["day"], row["revenue"], row["returns"], row["cost_to_serve"], row["margin"])
        for row in told(made, service=SERVICE)
    ]
    assert money == [
        (DAY, Decimal(50), Decimal(0), Decimal("1.60"), Decimal("48.40")),
        (NEXT, Decimal(20), Decimal(20), Decimal("0.10"), Decimal("-0.10")),
        (LATER, Decimal(0), Decimal(7), Decimal("4.50"), Decimal("-11.50")),
    ]


def test_who_only_paid_a_fee_or_sent_something_back_is_a_customer():
    made = [line(1, "fee", DAY, kind="adjustment"), line(2, "back", DAY, quantity=-1), ANCHOR]
    found = {row["customer_id"]: row for row in brought(made, service=SERVICE)}
    assert (found["fee"]["margin"], found["fee"]["adjustments"], found["fee"]["cost_to_serve"]) == (0, 10, 0)
    assert (found["back"]["margin"], found["back"]["unmatched_returns"]) == (Decimal("-6.25"), 10)
    assert {row["basis"] for row in found.values()} == {"margin"}
    assert {row["cost"] is None for row in found.values()} == {False}
    assert [row["basis"] for row in brought(made[:1])] == ["revenue"]

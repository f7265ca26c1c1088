"""Money is exact to the cent, and what was taken back whole was no order."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from lines_of import AS_OF, line, line_lists, lines, rows
from plain_money import plain_costs

from patron.profile import ServiceCosts, contribution, orders, takings

ZERO = Decimal(0)
DAY = date(2024, 1, 1)


def summed(raw, *, service=None):
    return contribution(raw, takings(raw, as_of=AS_OF, service=service), as_of=AS_OF)


def total(made, name, *kinds):
    return sum((sold[name] for sold in made if sold["kind"] in kinds and sold[name] is not None), ZERO)


def kept_order(made, back, costs):
    """One order less its returns, in plain Python; None when nothing of it is left."""
    returned = [part for sold in made for part in back[sold["line_id"]]]
    units = sum(Decimal(str(row["quantity"])) for row in [*made, *returned])
    if units <= 0:
        return None
    revenue, discount = total(made, "amount", "sale"), total([*made, *returned], "discount", "sale", "return")
    returns = -total(returned, "amount", "return")
    kept = [costs[row["line_id"]] for row in [*made, *returned]]
    cost = None if None in kept else sum(kept, ZERO)
    amount = revenue - discount - returns
    channels, countries = ([sold[name] for sold in made if sold[name]] for name in ("channel", "country"))
    return {
        "ordered_at": min(sold["ordered_at"] for sold in made), "lines": len(made), "units": float(units),
        "revenue": revenue, "discount": discount, "returns": returns, "amount": amount, "cost": cost,
        "margin": amount - (cost or ZERO), "channel": min(channels, default=None),
        "country": min(countries, default=None),
    }  # fmt: skip


@pytest.mark.parametrize("price", ["0.01", 1_000_000], ids=["few costs", "nearly all costs"])
@given(made=line_lists)
@settings(max_examples=15, deadline=None)
def test_orders_equal_the_plain_reference(price, made):
    made = [*made, line(5_000, "dan", DAY, unit_price=price, unit_cost="0.01")]
    known = [sold for sold in made if sold["ordered_at"].date() <= AS_OF]
    _, costs = plain_costs(known)
    by_order, back = defaultdict(list), defaultdict(list)
    for sold in known:
        if sold["kind"] == "sale":
            by_order[sold["order_id"], sold["customer_id"]].append(sold)
        elif sold["reverses"] is not None:
            back[sold["reverses"]].append(sold)
    kept = {key: kept_order(sold, back, costs) for key, sold in sorted(by_order.items())}
    expected = [{"order_id": key[0], "customer_id": key[1], **order} for key, order in kept.items() if order]
    assert rows(orders(lines(*made), as_of=AS_OF)) == expected


@given(line_lists)
@settings(max_examples=20, deadline=None)
def test_the_identities_hold(made):
    raw = lines(*made)
    money = rows(summed(raw))
    for row in money:
        assert row["net_revenue"] == row["revenue"] - row["discount"] - row["returns"]
        assert row["margin"] == row["net_revenue"] - (row["cost"] or 0)
        assert ZERO <= row["unmatched_returns"] <= row["returns"]
        assert (row["basis"] == "margin") == (row["cost"] is not None)
    for order in rows(orders(raw, as_of=AS_OF)):
        assert order["amount"] == order["revenue"] - order["discount"] - order["returns"]
        assert order["units"] > 0
    assert sum(row["adjustments"] for row in money) == total(
        [sold for sold in made if sold["ordered_at"].date() <= AS_OF], "amount", "adjustment"
    )


@pytest.mark.parametrize(
    ("sold", "parts"), [(1, (1,)), (0.3, (0.1, 0.2)), (0.8, (0.7, 0.1)), (1.1, (0.4, 0.7)), (3, (1, 1, 1))]
)
def test_an_order_that_was_taken_back_whole_is_no_order(sold, parts):
    """Also in tenths, which floating point does not add up: .7 + .1 is less than .8."""
    back = [line(2 + n, "ann", DAY, quantity=-part, reverses=1) for n, part in enumerate(parts)]
    assert rows(orders(lines(line(1, "ann", DAY, quantity=sold), *back), as_of=AS_OF)) == []
    one = rows(orders(lines(line(1, "ann", DAY, quantity=sold), *back[1:]), as_of=AS_OF))
    assert [order["units"] for order in one] == [pytest.approx(parts[0])]


def test_a_hundred_thousand_cents_add_up():
    made = [line(n, "ann", DAY, unit_price="0.01", order_id="o") for n in range(1, 1_001)]
    made += [line(2_000 + n, "ann", DAY, unit_price="90000000000.10", order_id="o") for n in range(3)]
    [row] = rows(summed(lines(*made)))
    assert row["net_revenue"] == Decimal("270000000010.30")


def test_an_adjustment_is_no_revenue_no_order_and_no_return():
    made = lines(
        line(1, "ann", DAY, kind="adjustment"), line(2, "ann", DAY, quantity=-1, kind="adjustment", unit_price=4)
    )
    [row] = rows(summed(made))
    assert (row["revenue"], row["returns"], row["net_revenue"], row["adjustments"]) == (0, 0, 0, 6)
    assert rows(orders(made, as_of=AS_OF)) == []


def test_costs_that_are_known_to_be_nothing_are_known():
    assert ServiceCosts(per_order=0).known
    assert not ServiceCosts().known
    [row] = rows(summed(lines(line(1, "ann", DAY)), service=ServiceCosts(per_order=0)))
    assert row["cost_to_serve"] == 0

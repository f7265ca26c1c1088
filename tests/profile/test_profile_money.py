"""Money is exact to the cent, and what was taken back whole was no order."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from lines_of import AS_OF, CENT, line, line_lists, lines, rows

from patron.profile import ServiceCosts, contribution, orders

ZERO = Decimal(0)


def total(made, name, *kinds):
    return sum((sold[name] for sold in made if sold["kind"] in kinds and sold[name] is not None), ZERO)


def brought(made, service):
    """One customer's contribution, in plain Python."""
    sales = [sold for sold in made if sold["kind"] == "sale"]
    returns = [sold for sold in made if sold["kind"] == "return"]
    goods = sales + returns
    has_cost = all(sold["cost"] is not None for sold in sales) and any(sold["cost"] is not None for sold in goods)
    cost = total(goods, "cost", "sale", "return") if has_cost else None
    serving = (
        Decimal("1.5") * len({sold["order_id"] for sold in sales}) + Decimal("0.1") * len(sales)
        + Decimal("2.25") * len(returns)
    ).quantize(CENT, ROUND_HALF_UP)  # fmt: skip
    net = total(made, "amount", "sale") - total(made, "discount", "sale", "return") + total(made, "amount", "return")
    return {
        "revenue": total(made, "amount", "sale"),
        "discount": total(made, "discount", "sale", "return"),
        "returns": -total(made, "amount", "return"),
        "unmatched_returns": -sum((sold["amount"] for sold in returns if sold["reverses"] is None), ZERO),
        "net_revenue": net,
        "cost": cost,
        "cost_to_serve": serving if service.known else None,
        "margin": net - (cost or ZERO) - (serving if service.known else ZERO),
        "basis": "margin" if has_cost else "revenue",
        "adjustments": total(made, "amount", "adjustment"),
    }


@given(line_lists)
@settings(max_examples=20, deadline=None)
def test_contribution_equals_the_plain_reference(made):
    known = [sold for sold in made if sold["ordered_at"].date() <= AS_OF]
    by_customer = defaultdict(list)
    for sold in known:
        by_customer[sold["customer_id"]].append(sold)
    for service in (ServiceCosts(), ServiceCosts(per_order=1.5, per_line=0.1, per_return=2.25)):
        expected = [{"customer_id": who, **brought(by_customer[who], service)} for who in sorted(by_customer)]
        assert rows(contribution(lines(*made), as_of=AS_OF, service=service)) == expected


def kept_order(made, back):
    """One order less its returns, in plain Python; None when nothing of it is left."""
    returned = [part for sold in made for part in back[sold["line_id"]]]
    units = sum(Decimal(str(row["quantity"])) for row in [*made, *returned])
    if units <= 0:
        return None
    revenue, discount = total(made, "amount", "sale"), total([*made, *returned], "discount", "sale", "return")
    returns = -total(returned, "amount", "return")
    costs = [sold["cost"] for sold in made]
    cost = None if None in costs else sum([*costs, *(part["cost"] or ZERO for part in returned)], ZERO)
    amount = revenue - discount - returns
    channels, countries = ([sold[name] for sold in made if sold[name]] for name in ("channel", "country"))
    return {
        "ordered_at": min(sold["ordered_at"] for sold in made), "lines": len(made), "units": float(units),
        "revenue": revenue, "discount": discount, "returns": returns, "amount": amount, "cost": cost,
        "margin": amount - (cost or ZERO), "channel": min(channels, default=None),
        "country": min(countries, default=None),
    }  # fmt: skip


@given(line_lists)
@settings(max_examples=20, deadline=None)
def test_orders_equal_the_plain_reference(made):
    known = [sold for sold in made if sold["ordered_at"].date() <= AS_OF]
    by_order, back = defaultdict(list), defaultdict(list)
    for sold in known:
        if sold["kind"] == "sale":
            by_order[sold["order_id"], sold["customer_id"]].append(sold)
        elif sold["reverses"] is not None:
            back[sold["reverses"]].append(sold)
    kept = {key: kept_order(sold, back) for key, sold in sorted(by_order.items())}
    expected = [{"order_id": key[0], "customer_id": key[1], **order} for key, order in kept.items() if order]
    assert rows(orders(lines(*made), as_of=AS_OF)) == expected


@given(line_lists)
@settings(max_examples=20, deadline=None)
def test_the_identities_hold(made):
    raw = lines(*made)
    money = rows(contribution(raw, as_of=AS_OF))
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


DAY = date(2024, 1, 1)


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
    [row] = rows(contribution(lines(*made), as_of=AS_OF))
    assert row["net_revenue"] == Decimal("270000000010.30")


def test_an_adjustment_is_no_revenue_no_order_and_no_return():
    made = lines(
        line(1, "ann", DAY, kind="adjustment"), line(2, "ann", DAY, quantity=-1, kind="adjustment", unit_price=4)
    )
    [row] = rows(contribution(made, as_of=AS_OF))
    assert (row["revenue"], row["returns"], row["net_revenue"], row["adjustments"]) == (0, 0, 0, 6)
    assert rows(orders(made, as_of=AS_OF)) == []


def test_costs_that_are_known_to_be_nothing_are_known():
    assert ServiceCosts(per_order=0).known
    assert not ServiceCosts().known
    [row] = rows(contribution(lines(line(1, "ann", DAY)), as_of=AS_OF, service=ServiceCosts(per_order=0)))
    assert row["cost_to_serve"] == 0

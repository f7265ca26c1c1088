"""Signals of how customers buy: only what is reduced, or never."""

from __future__ import annotations

import ibis.expr.types as ir

from patron.decisions.signals.fires import fires, share
from patron.decisions.signals.known import Known
from patron.engines.constant import constant

LEAST_ORDERS = 3
ADDICT = 0.8
"""Share of reduced orders from which a customer counts as waiting for discounts."""


def discount_addict(known: Known) -> ir.Table:
    """Find of whose three orders and more four in five were reduced."""
    people = known.people.filter(known.people.kept_orders >= LEAST_ORDERS)
    often = people.filter(share(people.reduced, people.kept_orders) >= constant(ADDICT))
    return _ordered(often, share(often.reduced, often.kept_orders))


def full_price_buyer(known: Known) -> ir.Table:
    """Find of whose three orders and more none was reduced, in a shop that gives discounts."""
    people = known.people.filter((known.people.kept_orders >= LEAST_ORDERS) & (known.people.reduced == 0))
    sure = constant(1.0) - constant(1.0) / (people.kept_orders.cast("float64") + constant(1.0))
    return _ordered(people, sure)


def _ordered(people: ir.Table, strength: ir.Value) -> ir.Table:
    return fires(
        people, fired_on=people.last_order_on, strength=strength, value=people.ahead,
        facts={"orders": people.kept_orders, "reduced": people.reduced},
    )  # fmt: skip

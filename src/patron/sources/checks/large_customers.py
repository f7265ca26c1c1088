"""One customer with a tenth of all orders is mostly none: a till, a marketplace, a reseller, an id for nobody.

No sentence names the customer, for a report is passed around: it says where to look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.language import number, percent, say
from patron.sources.checks.look import Look
from patron.sources.quality import Finding

SHARE = 0.10
"""Share of all orders of one customer."""

ORDERS = 100
"""Orders of that customer without which a tenth is the ordinary lot of a small shop."""

CUSTOMERS = 20
"""Customers without which somebody must have a tenth."""

FOR_NOBODY = re.compile(
    r"0+|9{3,}|-1|1{4,}|12345\d*|x+|\?+|-+|(un)?known|guest|gast|anonym\w*|test\w*|n\.?n\.?|walk.?in|cash|pos|dummy|"
    r"customer|no.?name|default|none|null|various|divers\w*",
    re.IGNORECASE,
)
"""Ids that programs and people write when there is no customer."""


@dataclass(frozen=True)
class Customer:
    """One of the largest customers."""

    id: str
    orders: int
    lines: int
    amount: float


@dataclass(frozen=True)
class Totals:
    """All customers."""

    customers: int
    orders: int
    amount: float


def largest(orders: ir.Table) -> ir.Table:
    """Return the ten customers with the most orders, each with the totals of all customers."""
    by_customer = orders.group_by("customer_id").aggregate(
        orders=orders.count(), lines=orders.lines.sum(), amount=orders.amount.sum()
    )
    whole = by_customer.mutate(
        customers=by_customer.count().over(),
        all_orders=by_customer.orders.sum().over(),
        all_amount=by_customer.amount.sum().over(),
    )
    return whole.order_by(ibis.desc("orders"), "customer_id").limit(10)


def large_customers(look: Look) -> list[Finding]:
    """Say how many customers have a tenth of all orders each."""
    rows = largest(look.orders).to_pyarrow().to_pylist()
    totals = Totals(rows[0]["customers"], rows[0]["all_orders"], rows[0]["all_amount"])
    return judge([Customer(r["customer_id"], r["orders"], r["lines"], r["amount"]) for r in rows], totals)


def judge(customers: Sequence[Customer], totals: Totals) -> list[Finding]:
    """Tell of the customers with a tenth of all orders, and whether an id stands for nobody."""
    if totals.customers < CUSTOMERS:
        return []
    found = [one for one in customers if one.orders >= max(ORDERS, SHARE * totals.orders)]
    if not found:
        return []
    orders = sum(one.orders for one in found)
    nobody = sum(bool(FOR_NOBODY.fullmatch(one.id)) for one in found)
    facts = {
        "count": len(found),
        "customers": number(len(found)),
        "orders": number(orders),
        "order_share": percent(orders / totals.orders, digits=1),
        "revenue_share": percent(sum(one.amount for one in found) / (totals.amount or 1.0), digits=1),
        "nobody": f" {say('quality.for_nobody', count=nobody, ids=number(nobody))}" if nobody else "",
        "limit": min(one.orders for one in found),
    }
    return [Finding("order_lines", "large_customers", "flagged", sum(o.lines for o in found), "warning", facts)]

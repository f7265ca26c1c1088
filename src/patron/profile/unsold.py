"""Customers of whom only a record is known: in a project without any orders, they are who there is.

In   contracts.raw.RAW_CUSTOMERS            one row per record, with the customer's id
Out  contracts.customer.CONTRIBUTION        one row per customer, nothing brought
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.customer import CONTRIBUTION

_NOTHING = ("revenue", "discount", "returns", "unmatched_returns", "net_revenue", "margin", "adjustments")


def unsold(customers: ir.Table, *, as_of: date) -> ir.Table:
    """Return the customers who were known by a day, with an empty account, for `profiles` to begin with.

    Nothing is claimed of what they spend: without orders nobody's account holds anything.

    Parameters
    ----------
    customers : Table
        Customer records, with the customer's id.
    as_of : date
        The last day we may know about: who was acquired later is not there yet.
    """
    known = customers.filter(customers.acquired_on.isnull() | (customers.acquired_on <= ibis.literal(as_of)))
    people = known.select("customer_id").distinct()
    unknown = ibis.null(MONEY)
    return CONTRIBUTION.shape(
        people.mutate(
            **{name: ibis.literal(0).cast(MONEY) for name in _NOTHING},
            cost=unknown,
            cost_to_serve=unknown,
            basis=ibis.literal("revenue"),
        )
    )

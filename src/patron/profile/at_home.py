"""What do those who live together do together?

In   one row per customer: customer_id, orders, margin, days_since_last; contracts.person.HOUSEHOLDS
Out  the same rows, with what the whole household did

Only who has a row here is added up: nobody who keeps out of profiles is seen through the people she lives with.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY


def at_home(people: ir.Table, households: ir.Table) -> ir.Table:
    """Add ``household_id, household_members, household_orders, household_margin, household_days_since_last``.

    Parameters
    ----------
    people : Table, one row per customer
        Columns ``customer_id, orders, margin, days_since_last``.
    households : Table, one row per customer
        contracts.person.HOUSEHOLDS. Who is not in it is a household alone.
    """
    placed = with_household(people, households)
    together = placed.group_by("household_id").aggregate(
        household_members=placed.count(),
        household_orders=placed.orders.sum().cast("int64"),
        household_margin=placed.margin.sum().cast(MONEY),
        household_days_since_last=placed.days_since_last.min(),
    )
    return placed.inner_join(together, "household_id")


def with_household(people: ir.Table, households: ir.Table) -> ir.Table:
    """Add ``household_id``; who is not in `households` is a household alone."""
    homes = households.select("customer_id", home="household_id")
    placed = people.left_join(homes, "customer_id").drop("customer_id_right")
    return placed.mutate(household_id=ibis.coalesce(placed.home, "h:" + placed.customer_id)).drop("home")

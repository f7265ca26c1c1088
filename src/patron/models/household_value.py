"""What will the people of a household be worth together?

In   one row per customer: customer_id, predicted_value; contracts.person.HOUSEHOLDS
Out  the same rows with household_id and household_value

Only who has a forecast is added up: nobody who keeps out of profiles is seen through the people she lives with.
"""

from __future__ import annotations

import ibis.expr.types as ir

from patron.profile.at_home import with_household

EXACT = "decimal(28, 6)"  # a sum of floats would depend on the order of the rows


def household_value(forecasts: ir.Table, households: ir.Table | None) -> ir.Table:
    """Add ``household_id`` and ``household_value``, the sum over those who live together.

    Parameters
    ----------
    forecasts : Table, one row per customer
        Columns ``customer_id`` and ``predicted_value``.
    households : Table or None
        Keeps the contract HOUSEHOLDS. Who is not in it is a household alone; so is everybody without it.
    """
    if households is None:
        return forecasts.mutate(household_id="h:" + forecasts.customer_id, household_value=forecasts.predicted_value)
    placed = with_household(forecasts, households)
    together = placed.group_by("household_id").aggregate(
        household_value=placed.predicted_value.cast(EXACT).sum().cast("float64")
    )
    return placed.inner_join(together, "household_id")

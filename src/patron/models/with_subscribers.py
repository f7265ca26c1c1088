"""How do subscribers and other customers stand in one table?

In   contracts.customer.FORECASTS of what customers buy; what running subscriptions will pay (`subscription_value.py`)
Out  contracts.customer.FORECASTS

Orders and subscriptions are different money: order lines hold no subscription's payments. So who buys and subscribes is
worth the sum of both.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import FORECASTS
from patron.engines.constant import constant
from patron.models.household_value import household_value

SUMMED = "decimal(28, 12)"  # a sum of floats would depend on the order of the rows
COLUMNS = tuple(name for name in FORECASTS.names if not name.startswith("household_"))


def with_subscribers(forecasts: ir.Table, subscribers: ir.Table, *, households: ir.Table | None = None) -> ir.Table:
    """Put subscribers and other customers in one table.

    Parameters
    ----------
    forecasts : Table
        Keeps the contract FORECASTS.
    subscribers : Table
        Of `subscription_value`, on the same basis.
    households : Table, optional
        Keeps the contract HOUSEHOLDS: what a household is worth is added up anew.

    Returns
    -------
    Table
        Keeps the contract FORECASTS. Of who is in both tables values and the ends of their intervals are added (as wide
        as they can be), the grade is the worse one, and both models are named. Payments are no orders.
    """
    nothing = constant(0)
    buys = forecasts.select(*COLUMNS).mutate(payment=nothing, buys=ibis.literal(1, "int64"))
    pays = subscribers.mutate(
        expected_payments=subscribers.expected_orders, payment=subscribers.expected_spend, expected_orders=nothing,
        orders_low=nothing, orders_high=nothing, expected_spend=nothing, buys=ibis.literal(0, "int64"),
    )  # fmt: skip
    both = buys.union(pays.select(*buys.columns))
    summed = both.group_by("customer_id").aggregate(
        horizon_days=both.horizon_days.max(),
        expected_orders=_sum(both.expected_orders),
        orders_low=_known_sum(both.orders_low),
        orders_high=_known_sum(both.orders_high),
        expected_payments=_sum(both.expected_payments),
        probability_alive=both.probability_alive.max(),
        bought=_sum(both.expected_spend),
        payment=both.payment.max(),
        buys=both.buys.max(),
        predicted_value=_sum(both.predicted_value),
        value_low=_known_sum(both.value_low),
        value_high=_known_sum(both.value_high),
        basis=both.basis.max(),
        began_before=both.began_before.max(),
        grade=both.grade.max(),
        first=both.model.min(),
        last=both.model.max(),
    )
    whole = summed.mutate(
        expected_spend=ibis.ifelse(summed.buys == 1, summed.bought, summed.payment),
        model=ibis.ifelse(
            summed["first"] == summed["last"], summed["first"], summed["first"].concat("+", summed["last"])
        ),
    )
    return FORECASTS.shape(household_value(whole, households))


def _sum(value: ir.NumericValue) -> ir.FloatingValue:
    return value.cast(SUMMED).sum().cast("float64")


def _known_sum(value: ir.NumericColumn) -> ir.FloatingValue:
    """Return the sum, or nothing where a part is not known."""
    return ibis.ifelse(value.isnull().any(), ibis.null("float64"), _sum(value))

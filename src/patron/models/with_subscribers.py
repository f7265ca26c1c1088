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
from patron.models.household_value import household_value

SUMMED = "decimal(28, 12)"  # a sum of floats would depend on the order of the rows
SUBSCRIBING = ("shifted_beta_geometric", "beta_discrete_weibull", "constant_rate", "mixed")
"""What the column `model` says of a row that holds payments of subscriptions."""

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
        Keeps the contract FORECASTS. Of who is in both tables orders, values and the ends of the intervals are added
        (as wide as they can be), the grade is the worse one, both models are named, and `expected_spend` is the mean
        over purchase days and payments.
    """
    both = forecasts.select(*COLUMNS).union(subscribers.select(*COLUMNS))
    summed = both.group_by("customer_id").aggregate(
        horizon_days=both.horizon_days.max(),
        expected_orders=_sum(both.expected_orders),
        orders_low=_known_sum(both.orders_low),
        orders_high=_known_sum(both.orders_high),
        probability_alive=both.probability_alive.max(),
        spent=_sum(both.expected_orders * both.expected_spend),
        usual=_sum(both.expected_spend) / both.count().cast("float64"),
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
        expected_spend=(summed.spent / summed.expected_orders.nullif(0.0)).fill_null(summed.usual),
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


def only_buys(forecasts: ir.Table) -> ir.BooleanValue:
    """Tell, as an expression, whether a row holds no payments of subscriptions."""
    holds: list[ir.BooleanValue] = [forecasts.model.contains(name) for name in SUBSCRIBING]
    return ~ibis.or_(*holds)

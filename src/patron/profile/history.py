"""How often, how recently and for how long has each customer bought?

In   orders                       one row per purchase: customer_id, ordered_at, amount
Out  contracts.customer.HISTORY   one row per customer
Ref  Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284: x, t_x and T
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import HISTORY, ORDERS
from patron.errors import ContractError
from patron.language import did_you_mean, failure, listing
from patron.profile.known import day_of, known_by


def purchase_history(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Summarise each customer's purchases up to and including `as_of`.

    Parameters
    ----------
    orders : Table, one row per purchase
        Columns ``customer_id``, ``ordered_at`` (date or timestamp) and ``amount`` (net money; optional). Rows without a
        customer_id are left out: they are purchases of many people, not of one.
    as_of : date
        The last day we may know about. Required: it never defaults to today.

    Returns
    -------
    Table, one row per customer
        ``frequency``       count, purchase days after the first                        (x)
        ``recency``         days from the first purchase to the last                    (t_x)
        ``T``               days from the first purchase to `as_of`
        ``monetary_value``  mean net amount of the days counted in frequency, or null

    Raises
    ------
    ContractError
        A column is missing.

    Examples
    --------
    >>> import ibis
    >>> orders = ibis.memtable({
    ...     "customer_id": ["ann", "ann", "ann", "bob"],
    ...     "ordered_at": [date(2024, 1, 1), date(2024, 1, 11), date(2024, 1, 11), date(2024, 1, 5)],
    ...     "amount": [10.0, 20.0, 5.0, 8.0],
    ... })
    >>> purchase_history(orders, as_of=date(2024, 1, 31)).order_by("customer_id").to_pyarrow().to_pylist()[0]
    {'customer_id': 'ann', 'frequency': 1, 'recency': 10, 'T': 30, 'monetary_value': 25.0}
    """
    _check_orders(orders)
    known = known_by(orders.filter(orders.customer_id.notnull()), as_of=as_of)
    amount = known.amount if "amount" in known.columns else ibis.null("float64")
    days = (
        known.mutate(day=day_of(known.ordered_at), amount=amount)
        .group_by("customer_id", "day")
        .aggregate(amount=lambda t: t.amount.sum())
    )
    # A customer has one row a day here, so the first day's amount has no ties that engines could break differently.
    spans = days.group_by("customer_id").aggregate(
        first=days.day.min(),
        last=days.day.max(),
        repeats=days.count() - 1,
        later_amount=days.amount.sum().cast("float64") - days.amount.argmin(days.day).cast("float64"),
    )
    return HISTORY.shape(
        spans.select(
            spans.customer_id,
            frequency=spans.repeats,
            recency=spans["last"].delta(spans["first"], unit="day"),
            T=ibis.literal(as_of).delta(spans["first"], unit="day"),
            monetary_value=spans.later_amount / spans.repeats.nullif(0).cast("float64"),
        )
    )


def _check_orders(orders: ir.Table) -> None:
    """Say which column is missing before the engine does."""
    for name in ("customer_id", "ordered_at"):
        if name not in orders.columns:
            raise failure(
                ContractError,
                "errors.contract_column_missing",
                table="orders",
                column=name,
                came=listing(orders.columns),
                allowed=str(ORDERS.schema[name]),
                hint=did_you_mean(name, orders.columns),
            )

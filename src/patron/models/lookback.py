"""What was known one horizon ago, and what came since?

The backtest judges a forecast by it, and the recalibration learns from it; so both see the past in one way.

In   contracts.customer.ORDERS as known at the origin, and as known later
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True, kw_only=True)
class Lookback:
    """The history at an origin, and what each of its customers did since.

    ``orders`` and ``history`` keep the contracts ORDERS and HISTORY as of the origin; ``outcome`` is that of the
    function of this name.
    """

    orders: ir.Table
    history: ir.Table
    outcome: ir.Table
    origin: date
    horizon_days: int


def outcome(history: ir.Table, known: ir.Table, later: ir.Table, *, origin: date, horizon_days: int) -> ir.Table:
    """Return what each customer of `history` did in the horizon after the origin, and in the equal period before it.

    Parameters
    ----------
    history : Table, one row per customer
        Column ``customer_id``.
    known, later : Table, one row per order
        Keep the contract ORDERS: as known at the origin, and as known when the horizon was over.
    origin : date
        The last day of `known`.
    horizon_days : int
        Length of both periods.

    Returns
    -------
    Table, one row per customer
        ``orders`` (purchase days) and ``value`` (net amount) after the origin, ``previous_orders`` and
        ``previous_value`` before it; 0 where there was nothing.
    """
    after = _bought(later, since=origin, days=horizon_days)
    before = _bought(known, since=origin - timedelta(days=horizon_days), days=horizon_days)
    before = before.rename(previous_orders="orders", previous_value="value")
    joined = history.select("customer_id").left_join(after, "customer_id").drop("customer_id_right")
    joined = joined.left_join(before, "customer_id").drop("customer_id_right")
    return joined.mutate(
        **{name: joined[name].fill_null(0) for name in ("orders", "value", "previous_orders", "previous_value")}
    )


def _bought(orders: ir.Table, *, since: date, days: int) -> ir.Table:
    """Sum each customer's orders of the days after `since`."""
    day = orders.ordered_at.date()
    part = orders.filter((day > ibis.literal(since)) & (day <= ibis.literal(since + timedelta(days=days))))
    return part.group_by("customer_id").aggregate(
        orders=part.ordered_at.date().nunique(), value=part.amount.sum().cast("float64")
    )

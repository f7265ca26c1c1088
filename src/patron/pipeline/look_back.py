"""What was known some days before a day, and what came since?

The backtest judges by it, and the forecasts are chosen and recalibrated by it: both see the past in one way.

In   raw order lines with the customer's id, contracts.customer.ORDERS
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

import ibis.expr.types as ir

from patron.models import Lookback, outcome
from patron.profile import join_covariates, orders, purchase_history

Keep = Callable[[str, ir.Table], ir.Table]

ENOUGH_BEFORE = 0.9
"""Of the days that are looked back: how much history an origin needs behind it. A little less than all, for a shop that
opens a few days into its first year."""

YEAR_DAYS = 365


def look_back(
    lines: ir.Table,
    bought: ir.Table,
    *,
    as_of: date,
    days: int,
    horizon_days: int,
    keep: Keep,
    covariates: ir.Table | None = None,
) -> Lookback | None:
    """Return the history some days before a day, and what came in the horizon after it, each as known on its day.

    Parameters
    ----------
    lines : Table
        Raw order lines, with the customer's id.
    bought : Table
        Keeps the contract ORDERS as of the day.
    as_of : date
        The day.
    days : int
        How far to look back; a horizon or more.
    horizon_days : int
        How much of what came since is looked at.
    keep : callable
        As for `standing`.
    covariates : Table, optional
        How customers began: columns that the history has besides. They do not change, so those of a later day do.

    Returns
    -------
    Lookback, or None
        None where the orders do not begin about as many days before the origin again.
    """
    origin = as_of - timedelta(days=days)
    first = bought.aggregate(first=bought.ordered_at.date().min()).to_pyarrow()["first"][0].as_py()
    if first is None or (origin - first).days < ENOUGH_BEFORE * days:
        return None
    known = keep("orders", orders(lines, as_of=origin))
    history = keep("history", join_covariates(purchase_history(known, as_of=origin), covariates))
    came = keep("outcome", outcome(history, known, bought, origin=origin, horizon_days=horizon_days))
    return Lookback(orders=known, history=history, outcome=came, origin=origin, horizon_days=horizon_days)


def lesson_days(horizon_days: int) -> int:
    """Return how far back a recalibration is learned: whole years, so that what came lies in the forecast's season.

    Examples
    --------
    >>> lesson_days(90), lesson_days(365), lesson_days(400)
    (365, 365, 730)
    """
    return YEAR_DAYS * max(1, math.ceil(horizon_days / YEAR_DAYS))


def lesson(
    lines: ir.Table,
    bought: ir.Table,
    *,
    as_of: date,
    horizon_days: int,
    keep: Keep,
    covariates: ir.Table | None = None,
) -> Lookback | None:
    """Return what the forecasts of a day are chosen and recalibrated by, with the arguments of `look_back`."""
    return look_back(
        lines, bought, as_of=as_of, days=lesson_days(horizon_days), horizon_days=horizon_days,
        keep=beside(keep, f"lesson_{horizon_days}_{as_of:%Y%m%d}"), covariates=covariates,
    )  # fmt: skip


def beside(keep: Keep, prefix: str) -> Keep:
    """Return a `keep` whose names do not clash with those of another day."""
    return lambda name, table: keep(f"{prefix}_{name}", table)

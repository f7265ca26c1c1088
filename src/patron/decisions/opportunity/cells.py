"""What customers for whom a signal is fresh are worth and do by themselves, counted by signal, segment and channel.

Sums are of decimals, so that they are the same in whatever order rows come.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts.action import EVERYBODY
from patron.engines.constant import constant

BUYS = "buys"


def base(forecasts: ir.Table, *, window_days: int, propensities: ir.Table | None = None) -> ir.Table:
    """Return what each customer does within the window by herself.

    The chance to order is that of the propensity model with the nearest horizon h, carried over as
    1 - (1 - p)^(window / h); without one 1 - exp(-orders), of the forecast's expected orders at an even pace.

    Returns
    -------
    Table, one row per customer with a forecast
        ``customer_id``; ``chance`` to order within the window; ``margin`` that she is expected to bring in it;
        ``spend``, what she pays for it; ``basis``; ``told``, whether a propensity told the chance.
    """
    share = constant(window_days) / forecasts.horizon_days.cast("float64")
    orders = (forecasts.expected_orders + forecasts.expected_payments) * share
    found = forecasts.select(
        "customer_id", chance=constant(1.0) - (-orders).exp(), margin=forecasts.predicted_value * share,
        spend=orders * forecasts.expected_spend, basis="basis",
    )  # fmt: skip
    if propensities is None:
        return found.mutate(told=ibis.literal(value=False))
    buys = propensities.filter(propensities.target == BUYS)
    away = (buys.horizon_days - ibis.literal(window_days)).abs()
    place = ibis.row_number().over(group_by=buys.customer_id, order_by=[away, buys.horizon_days])
    nearest = buys.mutate(place=place)
    nearest = nearest.filter(nearest.place == 0).select("customer_id", "probability", "horizon_days")
    power = constant(window_days) / nearest.horizon_days.cast("float64")
    bought = nearest.select("customer_id", bought=constant(1.0) - (constant(1.0) - nearest.probability) ** power)
    joined = found.left_join(bought, "customer_id")
    return joined.select(
        "customer_id", "margin", "spend", "basis", chance=ibis.coalesce(joined.bought, joined.chance),
        told=joined.bought.notnull(),
    )  # fmt: skip


def fresh(signals: ir.Table) -> ir.Table:
    """Return each signal once a customer, with the money that it is about: the most that one of its subjects is."""
    money = signals.value.cast("float64") * signals.strength.fill_null(constant(1.0))
    rows = signals.mutate(money=money)
    return rows.group_by("customer_id", "signal").aggregate(family=rows.family.max(), stake=rows.money.max())


def placed(fired: ir.Table, memberships: ir.Table, segmentations: Sequence[str]) -> ir.Table:
    """Return the rows once for everybody, and once for each segmentation in which the customer has a segment."""
    every = fired.mutate(segmentation=ibis.literal(EVERYBODY), segment=ibis.literal(EVERYBODY))
    if not segmentations:
        return every
    members = memberships.filter(memberships.segmentation.isin(list(segmentations)))
    within = fired.inner_join(members.select("customer_id", "segmentation", "segment"), "customer_id")
    return every.union(within.select(every.columns))


def counted(rows: ir.Table, bases: ir.Table, channels: Sequence[str], reachable: ir.Table | None) -> ir.Table:
    """Count the cells.

    Returns
    -------
    Table, one row per signal, segment and channel
        ``customers``, ``reachable``, ``known`` (reachable with a forecast) and sums over those: ``chance``,
        ``margin``, ``spend``, ``told``; ``stakes`` (customers with one) and ``stake``.
    """
    ways = ibis.memtable({"channel": list(channels)}, schema={"channel": "string"})
    if reachable is None:
        by = rows.cross_join(ways).mutate(open=ibis.literal(value=True))
    else:
        opened = reachable.select("customer_id", "channel").distinct().mutate(open=ibis.literal(value=True))
        crossed = rows.cross_join(ways)
        by = crossed.left_join(opened, ["customer_id", "channel"]).select(*crossed.columns, "open")
        by = by.mutate(open=by.open.fill_null(False))
    known = by.left_join(bases, "customer_id").select(*by.columns, "chance", "margin", "spend", "told", "basis")
    return known.group_by("signal", "segmentation", "segment", "channel").aggregate(
        family=known.family.max(),
        basis=known.basis.max(),  # `revenue` as soon as one customer's costs are unknown
        customers=known.count(),
        reachable=known.open.sum(),
        known=(known.open & known.chance.notnull()).sum(),
        told=(known.open & known.told.fill_null(False)).sum(),
        stakes=known.stake.count(),
        stake=_sum(known.stake, known.stake.notnull()),
        **{name: _sum(known[name], known.open) for name in ("chance", "margin", "spend")},
    )


def _sum(value: ir.FloatingColumn, counts: ir.BooleanColumn) -> ir.FloatingScalar:
    """Add up to nine digits, exactly."""
    taken = ibis.ifelse(counts, value, ibis.null("float64"))
    return taken.round(9).cast("decimal(28, 9)").sum().cast("float64")

"""Signals of a customer's first steps: newly won, the time of the second order, and orders at which many stop."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import fires, later
from patron.decisions.signals.known import Known
from patron.engines.constant import constant


def second_order_window(known: Known) -> ir.Table:
    """Find who has ordered on one day, while it is the time in which the middle half of second orders come."""
    days = known.fresh["second_order_window"]
    opens, closes = max(known.gaps["early"], 1), max(known.gaps["late"], known.gaps["early"] + 7)
    once = known.people.filter(known.people.purchase_days == 1)
    return fires(
        once, fired_on=later(once.first_order_on, opens),
        until=later(once.first_order_on, min(closes, opens + days)), strength=once.alive, value=once.ahead,
        facts={"first": once.first_order_on, "opens": ibis.literal(opens), "closes": ibis.literal(closes)},
    )  # fmt: skip


def stuck_at_n(known: Known) -> ir.Table:
    """Find who has as many orders as those at which more customers stop than elsewhere, and is late."""
    points = known.tables["stuck_points"]
    points = points.filter(points.found & (points.orders > 1)).select(at="orders", share="share")
    people = known.people.filter(known.people.expected_interval_days.notnull() & ~known.people.lapsed)
    stuck = people.inner_join(points, people.purchase_days == points["at"])
    late = stuck.expected_interval_days.floor().cast("int64") + 1
    return fires(
        stuck, fired_on=later(stuck.last_order_on, late), strength=stuck["share"],
        value=stuck.ahead, facts={"orders": stuck.purchase_days, "last": stuck.last_order_on},
    )  # fmt: skip


def first_90_days(known: Known) -> ir.Table:
    """Find who ordered for the first time not long ago."""
    days = known.fresh["first_90_days"]
    new = known.people.filter(known.people.first_order_on >= known.since(days))
    return fires(
        new, fired_on=new.first_order_on,
        strength=constant(1.0) - new.tenure_days.cast("float64") / constant(float(days + 1)), value=new.ahead,
        facts={"first": new.first_order_on, "orders": new.purchase_days},
    )  # fmt: skip

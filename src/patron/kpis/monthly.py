"""How does each segment do, month by month?

In   contracts.customer.ORDERS, TAKINGS, PROFILES, RHYTHM, MEMBERSHIPS, FORECASTS, and flows of other sources
Out  contracts.outcome.KPIS   one row per month, segment and metric

Every source is turned into flows: one row per customer and month in which something happened, with columns that can be
added up. Flows are summed by segment; only then, on tens of segments x tens of months, are the months without a flow
filled in, running sums taken, and the metrics of the registry computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from patron.contracts.outcome import KPIS
from patron.kpis.activity import activity
from patron.kpis.calendar import calendar, month_number
from patron.kpis.metrics import METRICS
from patron.kpis.monthly_takings import monthly_takings
from patron.profile.known import day_of, known_by
from patron.profile.message_facts import COUNTS

TOTAL = "all"
"""The segmentation, and its one segment, that holds every customer."""

_GROUP = ("segmentation", "segment")
_CENTS = "decimal(38, 2)"
_FLOWS = {
    "orders": "int64",
    "active": "int64",
    "new": "int64",
    "returning": "int64",
    "retained": "int64",
    "lapsed": "int64",
    "won_back": "int64",
    "forecasts": "int64",
    "gross_revenue": _CENTS,
    "returns": _CENTS,
    "net_revenue": _CENTS,
    "margin": _CENTS,
    "costed_revenue": _CENTS,
    "order_amount": _CENTS,
    # Rounded before it is added up, so that the sum does not depend on the order of the rows.
    "predicted_value": "decimal(38, 4)",
}
MORE = {
    "visits": {"visits": "int64", "visits_told": "int64", "visits_ordered": "int64", "visitors": "int64",
               "visit_depth": "decimal(38, 6)"},
    "messages": {"messaged": "int64", **{f"messages_{name}": "int64" for name in COUNTS}},
    "surveys": {"nps_answers": "int64", "nps_points": "int64", "effort_answers": "int64",
                "effort_points": "decimal(38, 4)", "satisfaction_answers": "int64", "satisfied": "int64"},
}  # fmt: skip
"""Flows that a run has where a source tells them, with their columns."""

Kinds = Mapping[str, str]
Flows = Mapping[str, ir.Table]


def kpis(
    orders: ir.Table,
    takings: ir.Table,
    profiles: ir.Table,
    rhythm: ir.Table,
    memberships: ir.Table,
    forecasts: ir.Table,
    *,
    as_of: date,
    more: Flows = MappingProxyType({}),
) -> ir.Table:
    """Compute every metric of the registry per month, in total and for each segment.

    Parameters
    ----------
    orders : Table
        ``contracts.customer.ORDERS``: how many orders and buyers.
    takings : Table
        ``contracts.customer.TAKINGS``: the money, all of it.
    profiles : Table
        ``contracts.customer.PROFILES``: the one definition of a customer's first day.
    rhythm : Table
        ``contracts.customer.RHYTHM``: the silence after which each customer counts as lapsed.
    memberships : Table
        ``contracts.customer.MEMBERSHIPS``. No segmentation in it may be called `all`: that is the total's name.
    forecasts : Table
        ``contracts.customer.FORECASTS``.
    as_of : date
        The last day we may know about.
    more : mapping of str to Table
        Flows of `MORE` by name (`visit_flow`, `message_flow`, `survey_answers`): one row per customer and month. Those
        of nobody known count in the total. The metrics of a flow that is not here are absent, and so are its months
        before its first row.

    Returns
    -------
    Table, one row per month, segment and metric
        ``contracts.outcome.KPIS``. Every month from the first sale to `as_of` is there, with zeros where nothing
        happened, and null where a metric is not defined (a rate over nothing).

    Notes
    -----
    The segments are those of the day `as_of`, in every month: the table tells how *today's* members of a segment have
    fared, not how the members of that time did. Where a segment is chosen by recent or large purchases, its past
    contains that choice: today's best customers bought much lately because that is what made them the best. Compare
    such segments with one another, and read their months with this in mind; the total is free of it.

    A customer lapses on the first day on which the silence is longer than `lapse_after_days`, as `rhythm` knows it on
    the day `as_of`, and is won back by the next order. So, summed over all months up to `as_of`, lapsed - won_back is
    the number of customers who stand lapsed.

    In the first months of the data, customers who bought before it began look new. Returns stand in the month of the
    sale that they take back, so those of the last months may still come; a return without a sale stands in its own.
    So, over all months, revenue, margin and returns are those of ``contribution``, to the cent, whereas the average
    order value is that of the orders that were kept.
    """
    members = _members(profiles, memberships)
    flows = (
        _purchases(orders, as_of=as_of),
        monthly_takings(takings, as_of=as_of),
        _first_orders(profiles, as_of=as_of),
        *_silences(orders, rhythm, as_of=as_of),
        _forecasts(forecasts, as_of=as_of),
    )
    kinds: Kinds = _FLOWS | {column: kind for name in more for column, kind in MORE[name].items()}
    # Each source is summed by segment before it meets the others: nothing as long as the customers is put together.
    parts = [_summed(flow.inner_join(members, "customer_id"), kinds) for flow in flows]
    parts += [part for flow in more.values() for part in _of_all(flow, members, kinds)]
    sums = _summed(ibis.union(*(_padded(part, kinds) for part in parts)), kinds)
    groups = members.select(*_GROUP).distinct()
    filled = _filled(sums, groups.cross_join(calendar(takings, as_of=as_of)), kinds)
    return KPIS.shape(_measured(_begun(_stocked(filled), more), more, as_of=as_of))


def _of_all(flow: ir.Table, members: ir.Table, kinds: Kinds) -> list[ir.Table]:
    """Sum a flow by segment; the total also holds what nobody known did."""
    total = flow.mutate(segmentation=ibis.literal(TOTAL), segment=ibis.literal(TOTAL))
    divided = flow.inner_join(members.filter(members.segmentation != TOTAL), "customer_id")
    return [_summed(total, kinds), _summed(divided, kinds)]


def _begun(sums: ir.Table, more: Flows) -> ir.Table:
    """Add the month with which each further flow begins."""
    for name, flow in more.items():
        sums = sums.cross_join(flow.aggregate(**{f"_{name}_from": flow.number.min()}))
    return sums


def _members(profiles: ir.Table, memberships: ir.Table) -> ir.Table:
    """Return who belongs to which segment, the total being one more."""
    everyone = profiles.select("customer_id", segmentation=ibis.literal(TOTAL), segment=ibis.literal(TOTAL))
    return ibis.union(everyone, memberships.select("customer_id", *_GROUP))


def _purchases(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Return what came of orders, one row per customer and month with one."""
    months = activity(orders, as_of=as_of)
    before = months.number.lag().over(group_by=months.customer_id, order_by=months.number)
    since = (months.number - before).fill_null(0)
    return months.mutate(
        active=ibis.literal(1), returning=(since > 0).cast("int64"), retained=(since == 1).cast("int64")
    )


def _first_orders(profiles: ir.Table, *, as_of: date) -> ir.Table:
    """Return the month in which each customer began."""
    known = known_by(profiles, as_of=as_of, column="first_order_on")
    return known.select("customer_id", number=month_number(known.first_order_on), new=ibis.literal(1))


def _silences(orders: ir.Table, rhythm: ir.Table, *, as_of: date) -> tuple[ir.Table, ir.Table]:
    """Return the months in which customers lapsed, and those in which they came back."""
    known = known_by(orders, as_of=as_of)
    days = known.select("customer_id", day=day_of(known.ordered_at)).distinct()
    days = days.mutate(back=days.day.lead().over(group_by=days.customer_id, order_by=days.day))
    own = rhythm.select("customer_id", "lapse_after_days")
    # A century is as good as for ever, and keeps the sum of a day and a silence within the calendar.
    limited = own.mutate(lapses_after=own.lapse_after_days.clip(upper=36500).floor().cast("int64") + 1)
    gaps = days.inner_join(limited, "customer_id")
    until = gaps.back.fill_null(ibis.literal(as_of))
    gaps = gaps.filter(until.delta(gaps.day, unit="day") >= gaps.lapses_after)
    ended = gaps.filter(gaps.back.notnull())
    lapsing = gaps.day + gaps.lapses_after.as_interval("D")
    return (
        gaps.select("customer_id", number=month_number(lapsing), lapsed=ibis.literal(1)),
        ended.select("customer_id", number=month_number(ended.back), won_back=ibis.literal(1)),
    )


def _forecasts(forecasts: ir.Table, *, as_of: date) -> ir.Table:
    """Return each customer's predicted value, in the month of `as_of`."""
    return forecasts.select(
        "customer_id",
        number=month_number(ibis.literal(as_of)),
        forecasts=ibis.literal(1),
        predicted_value=forecasts.predicted_value.cast(_FLOWS["predicted_value"]),
    )


def _summed(flows: ir.Table, kinds: Kinds) -> ir.Table:
    """Add up, by segment and month, the flow columns that are there."""
    present = {name: kind for name, kind in kinds.items() if name in flows.columns}
    return flows.group_by(*_GROUP, "number").aggregate(
        **{name: flows[name].sum().cast(kind) for name, kind in present.items()}
    )


def _padded(sums: ir.Table, kinds: Kinds) -> ir.Table:
    """Return `sums` with all flow columns, zero where they are not there."""
    columns = {name: sums[name] if name in sums.columns else _zero(kind) for name, kind in kinds.items()}
    return sums.select(*_GROUP, "number", **columns)


def _zero(kind: str) -> ir.Scalar:
    return ibis.literal(0).cast(kind)


def _filled(sums: ir.Table, grid: ir.Table, kinds: Kinds) -> ir.Table:
    """Return `sums` on every segment and month of `grid`, zero where there were none."""
    joined = grid.left_join(sums, [*_GROUP, "number"])
    zeroed = {name: joined[name].fill_null(_zero(kind)) for name, kind in kinds.items()}
    return joined.select(*_GROUP, "number", "month", "complete", **zeroed)


def _stocked(sums: ir.Table) -> ir.Table:
    """Add what reaches over months: running sums, and the month before."""
    months = ibis.window(group_by=_GROUP, order_by=sums.number)
    to_date = ibis.cumulative_window(group_by=_GROUP, order_by=sums.number)
    # Who began and did not lapse, or came back, stands.
    standing = (sums.new + sums.won_back - sums.lapsed).sum().over(to_date)
    stocked = sums.mutate(
        standing=standing,
        customers=sums.new.sum().over(to_date),
        margin_to_date=sums.margin.sum().over(to_date),
        active_before=sums.active.lag().over(months),
    )
    return stocked.mutate(standing_before=stocked.standing.lag().over(months))


def _measured(sums: ir.Table, more: Flows, *, as_of: date) -> ir.Table:
    """Compute the registry's metrics that the flows allow, one row each."""
    told = [metric for metric in METRICS if metric.flow is None or metric.flow in more]
    begins = [f"_{name}_from" for name in more]
    values = {metric.name: metric.value(sums) for metric in told}
    wide = sums.select(*_GROUP, "month", "complete", "number", *begins, **values)
    long = wide.pivot_longer([metric.name for metric in told], names_to="metric", values_to="value")
    for name, begin in zip(more, begins, strict=True):
        own = [metric.name for metric in told if metric.flow == name]
        long = long.filter(~long.metric.isin(own) | (long.number >= long[begin]))
    on_the_day = [metric.name for metric in told if metric.on_the_day]
    return long.filter(~long.metric.isin(on_the_day) | (long.month == ibis.literal(as_of.replace(day=1))))

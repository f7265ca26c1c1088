"""Who moved from one segment to another between two days, and what was it worth?

In   contracts.customer.MEMBERSHIPS, FORECASTS  as of two days
     contracts.customer.TAKINGS                 what was bought between them
Out  contracts.customer.MOVEMENTS               one row per flow
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from patron.contracts.customer import MOVEMENTS
from patron.errors import ArgumentError
from patron.language import day, failure
from patron.stats.wilson import wilson

NEW = "new"
GONE = "gone"
OUTSIDE = "outside"

FEW = 30
"""Of fewer customers a share says little: the interval of one half reaches from a third to two thirds."""


def movements(
    before: ir.Table,
    after: ir.Table,
    *,
    forecasts_before: ir.Table,
    forecasts_after: ir.Table,
    takings: ir.Table,
    compared_with: str,
    from_day: date,
    to_day: date,
) -> ir.Table:
    """Count the customers that went from each segment to each other, and those that stayed.

    Every customer of either day is in exactly one flow of each segmentation in which one of the days knows the
    customer. Who was not a customer comes from ``new``; who is none any more (erased, merged) goes to ``gone``. In a
    segmentation that does not hold everybody, a customer comes from or goes to ``outside``. A segmentation that only
    one of the days knows is left out: it is new, or was given up, and nobody moved.

    Parameters
    ----------
    before, after : Table, one row per customer and segmentation
        `MEMBERSHIPS` as of `from_day` and `to_day`.
    forecasts_before, forecasts_after : Table, one row per customer with a purchase
        `FORECASTS` as of the two days; who has none adds nothing.
    takings : Table, one row per customer and day
        `TAKINGS` as known on `to_day`.
    compared_with : str
        The earlier run's id, or ``month``.
    from_day, to_day : date
        Margin counts from the day after `from_day` up to and including `to_day`.

    Returns
    -------
    Table, one row per flow
        `MOVEMENTS`; the shares of one from_segment add up to one. Each has the interval of the rate behind it: what
        may be expected of other customers, or another month, of the kind.

    Raises
    ------
    ArgumentError
        `from_day` is not before `to_day`.
    """
    if from_day >= to_day:
        raise failure(ArgumentError, "segments.days", from_day=day(from_day), to_day=day(to_day))
    moved = _moved(before, after)
    figures = _figures(moved, forecasts_before, forecasts_after, _margin(takings, from_day=from_day, to_day=to_day))
    origin = ibis.window(group_by=["segmentation", "from_segment"])
    flows = figures.mutate(from_customers=figures.customers.sum().over(origin))
    count, of = flows.customers.cast("float64"), flows.from_customers.cast("float64")
    low, high = wilson(count, of)
    return MOVEMENTS.shape(
        flows.mutate(
            compared_with=ibis.literal(compared_with),
            from_day=ibis.literal(from_day),
            to_day=ibis.literal(to_day),
            share=count / of,
            share_low=low.clip(lower=0.0),
            share_high=high.clip(upper=1.0),
            few=flows.from_customers < FEW,
            worth=flows.predicted_after - flows.predicted_before,
        )
    )


def _moved(before: ir.Table, after: ir.Table) -> ir.Table:
    """Return from where to where each customer went in each segmentation."""
    nowhere = ibis.null("string")
    then = _shared(before, after).select("customer_id", "segmentation", was="segment", becomes=nowhere)
    now = _shared(after, before).select("customer_id", "segmentation", was=nowhere, becomes="segment")
    both = then.union(now).group_by("customer_id", "segmentation").aggregate(was=_.was.max(), becomes=_.becomes.max())
    known_then = before.select(_then=before.customer_id).distinct()
    known_now = after.select(_now=after.customer_id).distinct()
    both = both.left_join(known_then, [("customer_id", "_then")])
    both = both.left_join(known_now, [("customer_id", "_now")])
    return both.select(
        "customer_id",
        "segmentation",
        from_segment=both.was.fill_null(ibis.ifelse(both["_then"].isnull(), NEW, OUTSIDE)),
        to_segment=both.becomes.fill_null(ibis.ifelse(both["_now"].isnull(), GONE, OUTSIDE)),
    )


def _shared(these: ir.Table, those: ir.Table) -> ir.Table:
    """Return the rows of `these` whose segmentation is in `those` too."""
    return these.semi_join(those.select("segmentation").distinct(), "segmentation")


def _margin(takings: ir.Table, *, from_day: date, to_day: date) -> ir.Table:
    """Add up what each customer brought between the two days."""
    inside = (takings.day > ibis.literal(from_day)) & (takings.day <= ibis.literal(to_day))
    between = takings.filter(inside)
    return between.group_by("customer_id").aggregate(margin=between.margin.sum())


def _figures(moved: ir.Table, ahead_then: ir.Table, ahead_now: ir.Table, margin: ir.Table) -> ir.Table:
    """Add up the customers of each flow."""
    then = ahead_then.select("customer_id", predicted_then="predicted_value")
    now = ahead_now.select("customer_id", predicted_now="predicted_value")
    people = moved.left_join(then, "customer_id").drop("customer_id_right")
    people = people.left_join(now, "customer_id").drop("customer_id_right")
    people = people.left_join(margin, "customer_id").drop("customer_id_right")
    return people.group_by("segmentation", "from_segment", "to_segment").aggregate(
        customers=people.count(),
        margin_between=people.margin.sum().fill_null(0),
        predicted_before=people.predicted_then.sum().fill_null(0.0),
        predicted_after=people.predicted_now.sum().fill_null(0.0),
    )

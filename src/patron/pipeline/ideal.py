"""Who are the ideal customers: those of the segment that the settings name, else the best by predicted value."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.engines.constant import constant
from patron.pipeline.step import Context

IDEAL_SHARE = 0.2
"""Of the customers, by predicted value, where the settings name no segment."""


def with_ideal(context: Context, people: ir.Table) -> ir.Table:
    """Add ``ideal``, 1 or 0.

    Parameters
    ----------
    context : Context
        Of a step that needs `memberships` and the settings `market`.
    people : Table, one row per customer
        ``customer_id, predicted_value``.
    """
    named = context.settings.market.ideal
    if named is None:
        least = people.predicted_value.quantile(1 - IDEAL_SHARE).to_pyarrow().as_py()
        best = people.predicted_value > constant(least) if least is not None else ibis.literal(value=False)
        return people.mutate(ideal=best.cast("int64"))
    members = context["memberships"]
    theirs = members.filter((members.segmentation == named.segmentation) & (members.segment == named.segment))
    both = people.left_join(theirs.select(_member="customer_id").distinct(), [("customer_id", "_member")])
    return both.mutate(ideal=both._member.notnull().cast("int64")).drop("_member")

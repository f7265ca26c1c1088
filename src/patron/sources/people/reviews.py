"""Reviews: who gave how many stars, when, and what did they write?

In   came.Came   one review a row
Out  contracts.raw_experience.RAW_REVIEWS
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_experience import MOST_STARS, RAW_REVIEWS
from patron.sources.came import Came
from patron.sources.people.judging import dated, missing, unreadable
from patron.sources.people.once import off_scale, once
from patron.sources.rules import Rule, Setting


def _owned(rows: ir.Table, came: Came, setting: Setting) -> ir.Table:
    """Give a review that names its order alone to who ordered it; reviews of orders that nobody made fall."""
    if "customer_id" in came.mapped or setting.lines is None:
        return rows.mutate(ownerless=ibis.literal(value=False))
    lines = setting.lines
    buyers = lines.group_by(bought_order=lines.order_id).aggregate(buyer_id=lines.customer_id.min())
    joined = rows.left_join(buyers, rows.order_id == buyers.bought_order)
    both = joined.mutate(customer_id=joined.buyer_id, ownerless=joined.order_id.notnull() & joined.buyer_id.isnull())
    return both.drop("bought_order", "buyer_id")


def _off(rows: ir.Table) -> ir.BooleanValue:
    return ~rows.rating.between(ibis.literal(1.0, "float64"), ibis.literal(MOST_STARS, "float64"))


SOURCE = once(
    RAW_REVIEWS,
    (
        missing("rating", "reviewed_at"),
        *dated("reviewed_at"),
        unreadable("rating"),
        off_scale(_off),
        Rule("unknown_order", "removed", lambda rows, _: rows.ownerless),
        missing("customer_id"),
    ),
    key=["review_id"], named="review_id", ready=_owned,
)  # fmt: skip

"""Orders, one row an order: what they say about their lines, or that they stand for them.

In   read.Read.table                 text, as it came
Out  contracts.raw.RAW_ORDERS, and what order lines take from their orders

Alone, each order becomes one line (`as_lines`). Beside order lines they supply what the lines lack, by order_id
(`with_orders`), and their discount is spread over the lines (`with_order_discount`).
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.raw import FIELDS, RAW_ORDERS
from patron.sources import lines
from patron.sources.convert import number
from patron.sources.rules import EARLIER_VERSION, READABLE, VALID_ALONE, VALID_BESIDE_LINES, Setting, ruled

TAKEN = ("customer_id", "currency", "channel", "country")
"""What a line takes from its order where it says nothing itself; the moment, too."""

_UNUSABLE = ("broken_row", "missing_key", EARLIER_VERSION.name)
"""Rows that say nothing about an order."""


def typed(rows: ir.Table, marks: ir.Table, *, mapped: Sequence[str]) -> ir.Table:
    """Convert the fields of trimmed orders; `bad_number` marks a row whose number could not be read.

    The columns that only lines have are null, so that an order can be taken for a line of one unit. `mark` and `seal`
    are those of `copies.marks`: they tell one refund of an order from another.
    """
    rows = rows.inner_join(marks, ["file_number", "row"])
    shipping = number(rows.shipping, MONEY)
    missing = {field.name: ibis.null("string") for field in FIELDS["order_lines"] if field.name not in rows.columns}
    converted = lines.typed(rows.mutate(**missing, repeated=ibis.literal(value=False)), mapped=mapped)
    return converted.mutate(
        shipping=shipping.abs(), bad_number=converted.bad_number | (rows.shipping.notnull() & shipping.isnull())
    )


def judged(orders: ir.Table, setting: Setting, *, alone: bool) -> ir.Table:
    """Add `rule`, null for an order that is kept.

    Of several rows of one order the last one that can be read stands, in reading order: it says how the order stands
    now, also when it says that it was cancelled. Refunds (negative amounts) are no version of what they take back.

    Parameters
    ----------
    orders : Table
        As `typed` returns them.
    setting : Setting
        What the rules need to know.
    alone : bool
        There are no order lines: an order needs an amount.
    """
    first = orders.mutate(unreadable=ruled(orders, setting, READABLE))
    refund = [ibis.ifelse(first.amount < 0, first[part], 0) for part in ("mark", "seal")]
    same_order = ibis.window(
        group_by=[first.order_id, *refund, first.unreadable.isnull()],
        order_by=[first.file_number.desc(), first.row.desc()],
    )
    versions = first.mutate(superseded=first.unreadable.isnull() & (ibis.row_number().over(same_order) > 0))
    rest = ruled(versions, setting, (EARLIER_VERSION, *(VALID_ALONE if alone else VALID_BESIDE_LINES)))
    return versions.mutate(rule=ibis.coalesce(versions.unreadable, rest)).drop("unreadable", "superseded")


def collected(orders: ir.Table) -> ir.Table:
    """Return the kept orders in the shape of their contract, money as it came."""
    return RAW_ORDERS.shape(orders.filter(orders.rule.isnull()))


def with_orders(rows: ir.Table, orders: ir.Table) -> ir.Table:
    """Give each line what it lacks from its order, and `order_rule`: why its order was refused, null where it was not.

    Parameters
    ----------
    rows : Table
        Order lines as `lines.typed` returns them.
    orders : Table
        As `judged` returns them.

    Returns
    -------
    Table
        The same rows. A line whose order is not there has the order_rule `order_missing`.
    """
    standing = _standing(orders)
    told = standing.select(
        "order_id", at=standing.ordered_at, why=standing.rule, known=ibis.literal(value=True),
        **{f"order_{name}": standing[name] for name in TAKEN},
    )  # fmt: skip
    joined = rows.left_join(told, "order_id")
    return joined.mutate(
        ordered_at=ibis.coalesce(joined.ordered_at, joined["at"]),
        order_rule=ibis.ifelse(joined.known.isnull(), ibis.literal("order_missing"), joined.why),
        **{name: ibis.coalesce(joined[name], joined[f"order_{name}"]) for name in TAKEN},
    ).select(*rows.columns, "order_rule")


def _standing(orders: ir.Table) -> ir.Table:
    """Return one row an order: the kept one, else one that says why it was not kept."""
    usable = orders.filter(~orders.rule.isin(_UNUSABLE).fill_null(False))
    best = ibis.window(
        group_by=usable.order_id,
        order_by=[usable.rule.notnull(), (usable.amount < 0).fill_null(False), usable.file_number, usable.row],
    )
    return usable.mutate(place=ibis.row_number().over(best)).filter(lambda t: t.place == 0)


def with_order_discount(kept: ir.Table, orders: ir.Table) -> ir.Table:
    """Spread the discount of orders over their kept sales by amount, so that its cents add up.

    Parameters
    ----------
    kept : Table
        Kept order lines, with `line_id, order_id, kind, amount, discount`.
    orders : Table
        As `judged` returns them.

    Returns
    -------
    Table
        The same rows, with a larger discount. Where the goods of an order cost nothing, each line takes an equal part.
    """
    good = _standing(orders)
    told = good.filter(good.rule.isnull() & (good.discount > 0)).select("order_id", order_discount=good.discount)
    joined = kept.left_join(told, "order_id").drop("order_id_right")
    sale = joined.kind == "sale"
    of_order = ibis.window(group_by=[joined.order_id, joined.kind])
    priced = joined.amount.sum().over(of_order) > 0
    weighed = joined.mutate(
        weight=ibis.ifelse(sale, ibis.ifelse(priced, joined.amount, ibis.literal(1).cast(MONEY)), ibis.null(MONEY))
    )
    up_to_here = ibis.window(group_by=weighed.order_id, order_by=weighed.line_id, preceding=None, following=0)
    summed = weighed.mutate(
        so_far=weighed.weight.sum().over(up_to_here),
        whole=weighed.weight.sum().over(ibis.window(group_by=weighed.order_id)),
    )
    # What falls on all lines so far less what fell on those before: so the parts add up to the whole.
    part = _share(summed, summed.so_far) - _share(summed, summed.so_far - summed.weight)
    nothing = ibis.literal(0).cast(MONEY)
    more = ibis.coalesce(summed.discount, nothing) + part
    return summed.mutate(discount=ibis.ifelse(part.notnull(), more.cast(MONEY), summed.discount)).select(*kept.columns)


def _share(lines: ir.Table, weight: ir.DecimalValue) -> ir.DecimalValue:
    """Return the part of the order's discount that falls on `weight`, to the cent."""
    part = weight.cast("float64") / lines.whole.cast("float64").nullif(0)
    return (lines.order_discount.cast("float64") * part).round(2).cast(MONEY)


def without_lines(orders: ir.Table, rows: ir.Table) -> ir.Table:
    """Return the kept orders of which no line was read."""
    return orders.filter(orders.rule.isnull()).anti_join(rows, "order_id")


def differing(orders: ir.Table) -> ir.Table:
    """Return the earlier versions of orders in which another amount stands than in the last one.

    A few are corrections. Many are a file with one row a line, which is no list of orders.
    """
    last = _standing(orders).select("order_id", last_amount=lambda t: t.amount)
    earlier = orders.filter((orders.rule == EARLIER_VERSION.name).fill_null(False)).inner_join(last, "order_id")
    return earlier.filter((earlier.amount >= 0) & (earlier.amount != earlier.last_amount))

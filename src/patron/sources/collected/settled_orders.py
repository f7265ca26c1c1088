"""Orders, refunds and cancellations of the server -> order lines.

An order that was told twice is the one that was told first. A cancellation counts once, and from its own day on: it
takes back of each line what no refund of that product, or of an order without products, had taken back by then.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.sources.collected.bought import CANCEL, ORDER, REFUND
from patron.sources.collected.rows import COLUMNS, NUMBER

_UNITS = "decimal(18, 4)"
_LINE = ("order_id", "product")


def order_lines(rows: ir.Table) -> ir.Table:
    """Return the lines of orders and refunds, and those of cancelled orders taken back.

    Parameters
    ----------
    rows : Table
        `rows.SCHEMAS` of `order_lines`.

    Returns
    -------
    Table
        The same columns.
    """
    orders = _told_first(rows.filter(rows.says == ORDER))
    refunds = rows.filter(rows.says == REFUND)
    back = _taken_back(_cancelled(orders, rows.filter(rows.says == CANCEL)), refunds)
    return ibis.union(*(one.select(NUMBER, *COLUMNS["order_lines"]) for one in (orders, refunds, back)))


def _told_first(orders: ir.Table) -> ir.Table:
    placed = orders.mutate(told_at=orders[NUMBER].min().over(ibis.window(group_by=orders.order_id)))
    return placed.filter(placed.order_id.isnull() | (placed[NUMBER] == placed.told_at)).drop("told_at")


def _cancelled(orders: ir.Table, cancels: ir.Table) -> ir.Table:
    """Return the lines of cancelled orders, with the moment and the number of the first cancellation."""
    first = cancels.group_by(cancelled_id=cancels.order_id).aggregate(
        cancelled_at=cancels.ordered_at.min(), cancel_number=cancels[NUMBER].min()
    )  # fmt: skip
    lines = orders.inner_join(first, orders.order_id == first.cancelled_id)
    return lines.mutate(
        product=lines.product_id.fill_null(""),
        units=ibis.coalesce(lines.quantity.try_cast(_UNITS), ibis.literal(1).cast(_UNITS)),
        worth=lines.amount.try_cast(MONEY),
        off=lines.discount.try_cast(MONEY),
    )


def _taken_back(lines: ir.Table, refunds: ir.Table) -> ir.Table:
    """Return what a cancellation still takes back of each line; of several lines of one product the first go first."""
    told = refunds.select(
        refund_id="order_id", refunded=refunds.product_id.fill_null(""), refunded_at="ordered_at",
        back_units=-refunds.quantity.try_cast(_UNITS), back_worth=-refunds.amount.try_cast(MONEY),
    )  # fmt: skip
    orders = lines.select("order_id", "cancelled_at").distinct()
    early = told.inner_join(orders, [told.refund_id == orders.order_id, told.refunded_at <= orders.cancelled_at])
    sums = early.group_by("refund_id", "refunded").aggregate(
        back_units=early.back_units.sum().cast(_UNITS), back_worth=early.back_worth.sum().cast(MONEY)
    )  # fmt: skip
    joined = lines.left_join(sums, [lines.order_id == sums.refund_id, lines["product"] == sums.refunded])
    order = [joined.unit_price, joined.units, joined.discount, joined.product_name]
    before = ibis.window(group_by=_LINE, order_by=order, preceding=(None, 1))
    earlier = ibis.coalesce(joined.units.sum().over(before).cast(_UNITS), ibis.literal(0).cast(_UNITS))
    placed = joined.mutate(taken=ibis.greatest(joined.back_units.fill_null(0) - earlier, 0))
    left = placed.mutate(
        units_left=ibis.greatest(placed.units - placed.taken, 0).cast(_UNITS),
        worth_left=ibis.greatest(placed.worth - placed.back_worth.fill_null(0), 0).cast(MONEY),
    )
    # An order without products is one line of what it was worth: of it money is left, not units.
    left = left.mutate(units_left=ibis.ifelse(left.worth.notnull(), left.units, left.units_left))
    some = left.filter((left.units_left > 0) & (left.worth.isnull() | (left.worth_left > 0)))
    share = (some.off.cast("decimal(38, 8)") * some.units_left / some.units).round(2).cast(MONEY)
    return some.mutate(
        says=ibis.literal(CANCEL), ordered_at=some.cancelled_at, number=some.cancel_number,
        quantity=_written(-some.units_left), amount=_written(-some.worth_left), discount=_written(-share),
    )  # fmt: skip


def _written(value: ir.NumericValue) -> ir.StringValue:
    return value.cast("string")

"""What will each customer buy next, of what the shop wants to sell?

In   contracts.raw.RAW_ORDER_LINES             one row per line, with the customer's id
     contracts.raw.RAW_PRODUCTS                stock
Out  contracts.wants.NEXT_PRODUCTS             one row per customer and rank
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.wants import NEXT_PRODUCTS
from patron.engines import condition
from patron.models.customer_replenishments import kept_lines
from patron.models.dearer import dearer
from patron.models.next_product import NextProduct
from patron.models.shelf import shelf

Keep = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What may be recommended, and how much of it.

    `least_margin` is a share of the price; products of which no cost is known are not held to it. `exclude` is a SQL
    condition over the columns of `shelf.shelf`.
    """

    repeat_policy: str = "include"
    most: int = 10
    least_margin: float | None = None
    exclude: str | None = None


def customer_next_products(
    lines: ir.Table, products: ir.Table, *, as_of: date, keep: Keep, offer: Offer | None = None,
    events: ir.Table | None = None, segments: ir.Table | None = None,
) -> ir.Table:  # fmt: skip
    """Tell what customers will most likely buy next.

    Parameters
    ----------
    lines : Table
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's. What came back is taken off its own purchase.
    products : Table
        contracts.raw.RAW_PRODUCTS; what has no stock left is not offered, and what tells no stock is.
    as_of : date
        The last day we may know about.
    keep : callable
        Writes a table and returns it as it is read again, so that it is not computed twice.
    offer : Offer, optional
        What is left out, and how many are told of each customer.
    events : Table, optional
        contracts.raw_people.RAW_EVENTS with the customer's id: those about a product and no order are looks.
    segments : Table, optional
        ``customer_id, segment``: of whom little is known is given what is popular in the segment.

    Returns
    -------
    Table
        NEXT_PRODUCTS; without rows where nothing is offered, or no line has a product.

    Raises
    ------
    ConditionError
        `exclude` is no condition over the shelf.
    """
    offer = offer or Offer()
    every = keep("shelf", shelf(lines, products, as_of=as_of))
    on_offer = offered_of(every, offer)
    offered = on_offer.product_id.to_pyarrow().to_pylist()
    called = every.filter(every.product_name.notnull()).select("product_id", "product_name").to_pyarrow()
    if not offered:
        return NEXT_PRODUCTS.empty()
    model = NextProduct(offer.repeat_policy).fit(
        kept_lines(lines, as_of=as_of), as_of=as_of, views=None if events is None else _looks(events), segments=segments
    )
    names = dict(zip(called["product_id"].to_pylist(), called["product_name"].to_pylist(), strict=True))
    table = model.recommend(offer.most, offered=offered, names=names)
    again = model.has_bought(table["customer_id"], table["product_id"])
    chance = table["score"] if model.params_.trees is not None else pa.nulls(table.num_rows, pa.float64())
    rows = ibis.memtable(table.drop_columns("score").append_column("chance", chance).append_column("again", [again]))
    facts = on_offer.left_join(dearer(on_offer), "product_id").select(
        "product_name", "category", "price", "margin", "dearer_id", _id="product_id"
    )
    return NEXT_PRODUCTS.shape(rows.inner_join(facts, [("product_id", "_id")]))


def offered_of(every: ir.Table, offer: Offer) -> ir.Table:
    """Return the products of `patron.models.shelf` that are in stock, earn enough and are not excluded.

    Raises
    ------
    ConditionError
        `exclude` is no condition over the shelf.
    """
    there = every.filter(every.stock.isnull() | (every.stock > 0))
    if offer.least_margin is not None:
        share = there.margin.cast("float64") / there.price.cast("float64").nullif(0)
        there = there.filter((share >= offer.least_margin).fill_null(True))
    if offer.exclude is not None:
        left_out = condition(offer.exclude, there, where="next_products.exclude").compile(there)
        there = there.filter(~left_out)
    return there


def _looks(events: ir.Table) -> ir.Table:
    """Return who looked at which product, or put it into a cart; what stands in an order is told by its lines."""
    about = events.filter(events.customer_id.notnull() & events.product_id.notnull() & events.order_id.isnull())
    return about.select("customer_id", "product_id", viewed_at="occurred_at")

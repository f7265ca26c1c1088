"""Which products were in which order? As whole numbers, a row per order and product.

In   `profile.kept_sales`
Out  `Orders`
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from patron.models.baskets import coded

Ints = NDArray[np.int64]

MOST_PRODUCTS = 5_000
"""The most frequent ones; of rarer ones there is little to find."""

MOST_IN_ORDER = 100
"""An order with more of them tells little of what belongs together, and counts with its square: it is left out."""


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Orders by products; money in cents.

    ``order`` and ``product`` are places in ``customer`` (of each order) and in ``products``. ``costed`` tells of which
    products the costs of all lines are known.
    """

    customers: pa.Array
    products: pa.Array
    names: list[str]
    customer: Ints  # of each order
    month: Ints  # of each order, counted from the first
    order: Ints
    product: Ints
    revenue: Ints
    margin: Ints
    costed: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many orders there are."""
        return len(self.customer)

    def matrix(self, values: NDArray[Any] | None = None) -> Any:
        """Return orders by products, sparse by columns: ones, or the values of the rows."""
        data = np.ones(len(self.order), np.int32) if values is None else values
        return sparse.csc_array((data, (self.order, self.product)), shape=(self.size, len(self.products)))

    @cached_property
    def held(self) -> Any:
        """Orders by products, one where the order holds the product."""
        return self.matrix()

    @cached_property
    def counts(self) -> Ints:
        """How many orders hold each product."""
        return np.bincount(self.product, minlength=len(self.products))


def read_orders(kept: ir.Table, *, least: int) -> tuple[Orders, Orders]:
    """Read what was bought and kept.

    Parameters
    ----------
    kept : Table
        `kept_sales`.
    least : int
        Orders that a product must be in.

    Returns
    -------
    all_orders, orders : Orders
        All of them; and those of at most `MOST_IN_ORDER` products, with the frequent products alone.
    """
    everything = _orders_of(order_products(kept).to_pyarrow())
    return everything, _frequent(everything, least)


def order_products(kept: ir.Table) -> ir.Table:
    """Merge the lines of each order and product; money in cents, months counted through."""
    return kept.group_by("customer_id", "order_id", "product_id").aggregate(
        name=kept.product_name.max(), amount=_cents(kept.amount), cost=_cents(kept.cost),
        unknown=kept.cost.isnull().any(), month=_month(kept).min(),
    )  # fmt: skip


def _month(kept: ir.Table) -> ir.IntegerValue:
    at = kept.ordered_at
    return (at.year() * 12 + at.month()).cast("int64")


def _cents(money: ir.Value) -> ir.IntegerValue:
    return (money.cast("decimal(38, 2)").sum() * 100).cast("decimal(38, 0)").cast("int64")


def _orders_of(table: pa.Table) -> Orders:
    customers, who = coded(table["customer_id"])
    products, product = coded(table["product_id"])
    _, number = coded(table["order_id"])
    keys, order = np.unique(who.astype(np.int64) * (int(number.max(initial=0)) + 1) + number, return_inverse=True)
    customer, month = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    customer[order] = who
    month[order] = table["month"].to_numpy()
    revenue = table["amount"].to_numpy()
    cost = table["cost"].fill_null(0).to_numpy()
    costed = np.ones(len(products), dtype=bool)
    costed[product[table["unknown"].to_numpy()]] = False
    return Orders(
        customers=customers, products=products, names=_names(table, product, products), customer=customer,
        month=month - month.min(initial=0), order=order, product=product.astype(np.int64), revenue=revenue,
        margin=revenue - cost, costed=costed,
    )  # fmt: skip


def _names(table: pa.Table, product: Any, products: pa.Array) -> list[str]:
    """Return what each product is called, the last by the alphabet of several names; else its id."""
    words, name = coded(table["name"].fill_null(""))
    last = np.zeros(len(products), np.int64)
    np.maximum.at(last, product, name)
    called = words.take(pa.array(last)).to_pylist() if len(products) else []
    return [name or one for name, one in zip(called, products.to_pylist(), strict=True)]


def _frequent(orders: Orders, least: int) -> Orders:
    """Keep the frequent products, and of the orders those that are not too large."""
    counts = orders.counts
    often = np.lexsort((np.arange(len(counts)), -counts))[:MOST_PRODUCTS]
    often = np.sort(often[counts[often] >= least])
    place = np.full(len(counts), -1)
    place[often] = np.arange(len(often))
    product = place[orders.product]
    size = np.bincount(orders.order[product >= 0], minlength=orders.size)
    whole = (size > 0) & (size <= MOST_IN_ORDER)
    rows = (product >= 0) & whole[orders.order]
    number = np.cumsum(whole) - 1
    return Orders(
        customers=orders.customers, products=orders.products.take(pa.array(often)),
        names=[orders.names[one] for one in often.tolist()], customer=orders.customer[whole],
        month=orders.month[whole], order=number[orders.order[rows]], product=product[rows],
        revenue=orders.revenue[rows], margin=orders.margin[rows], costed=orders.costed[often],
    )  # fmt: skip

"""Which products were in which basket of each customer?

A basket is what a customer bought on one day: that is the unit in which all of Patron counts purchases, and orders of
one day have no order among themselves. The engine merges lines to one row per customer, day and product; here they
become whole numbers, sorted by customer, product and age.

In   order lines with ``customer_id, product_id, ordered_at, quantity``
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from patron.models.replenishment_lines import check_lines, purchase_days, read_lines

GOLDEN = (5**0.5 - 1) / 2  # its multiples fill the unit interval evenly

Codes = NDArray[np.int32]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Baskets:
    """One row per customer, basket and product; sorted by customer, product and age.

    ``age`` counts the customer's baskets since (0: the last one), ``days`` the days up to the moment that one looks
    from. ``customer`` and ``product`` are places in ``customers`` and ``products``.
    """

    customers: pa.Array
    products: pa.Array
    customer: Codes
    product: Codes
    age: Codes
    days: Codes

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """The first row of each customer and product."""
        same = (self.customer[1:] == self.customer[:-1]) & (self.product[1:] == self.product[:-1])
        return np.flatnonzero(np.r_[True, ~same]) if len(self.customer) else np.zeros(0, dtype=np.int64)

    @cached_property
    def counts(self) -> Codes:
        """How many baskets each customer has."""
        most = np.full(len(self.customers), -1, dtype=np.int32)
        np.maximum.at(most, self.customer, self.age)
        return most + 1

    def matrix(self, weight: NDArray[Any] | None = None, *, rows: NDArray[np.bool_] | None = None) -> Any:
        """Return customers by products, the weights of the rows added up; sparse, in order."""
        chosen = slice(None) if rows is None else rows
        values = np.ones(len(self.customer), np.float32) if weight is None else weight.astype(np.float32)
        shape = (len(self.customers), len(self.products))
        made = sparse.csr_array((values[chosen], (self.customer[chosen], self.product[chosen])), shape=shape)
        made.sum_duplicates()
        return made

    def of_pairs(self, values: NDArray[Any]) -> Any:
        """Return customers by products, one value for each of `pairs`."""
        starts = np.searchsorted(self.customer[self.pairs], np.arange(len(self.customers) + 1)).astype(np.int64)
        shape = (len(self.customers), len(self.products))
        return sparse.csr_array((values.astype(np.float32), self.product[self.pairs], starts), shape=shape)

    def where(self, rows: NDArray[np.bool_]) -> Baskets:
        """Return some of the rows."""
        return replace(
            self, customer=self.customer[rows], product=self.product[rows], age=self.age[rows], days=self.days[rows]
        )

    def moments(self) -> Codes:
        """Return, for each customer with two baskets, some day between the last two, as days before the run's own.

        The run's day, too, is some day between two baskets: of the one before the next or later. Which one is spread
        evenly over the customers.
        """
        last, before = np.zeros((2, len(self.customers)), dtype=np.int32)
        for day, age in ((last, 0), (before, 1)):
            rows = self.age == age
            day[self.customer[rows]] = self.days[rows]
        part = np.arange(len(last)) * GOLDEN % 1
        return np.asarray(last + 1 + (part * np.maximum(before - last, 0)).astype(np.int32), dtype=np.int32)

    def before_last(self, moments: Codes) -> Baskets:
        """Return what was known at the `moments`: all but the last basket. Who has one basket has nothing left."""
        kept = self.where(self.age > 0)
        return replace(kept, age=kept.age - 1, days=kept.days - moments[kept.customer])


def read_baskets(order_lines: Any, *, as_of: date) -> Baskets:
    """Read order lines.

    Parameters
    ----------
    order_lines : Table
        As for `Replenishment.fit`.
    as_of : date
        The last day we may know about.

    Raises
    ------
    ContractError, ArgumentError
        As `replenishment_lines.read_lines` and `check_lines`.
    """
    lines = read_lines(order_lines)
    check_lines(lines, as_of=as_of)
    days = purchase_days(lines, as_of=as_of)
    latest_first = ibis.window(group_by=days.customer_id, order_by=days.day.desc())
    table = days.select(
        "customer_id", "product_id", age=ibis.dense_rank().over(latest_first).cast("int32"),
        days=ibis.literal(as_of).delta(days.day, unit="day").cast("int32"),
    ).to_pyarrow()  # fmt: skip
    return baskets_of(table)


def baskets_of(table: pa.Table) -> Baskets:
    """Return the baskets of a table ``customer_id, product_id, age, days`` in any order of rows."""
    customers, customer = coded(table["customer_id"])
    products, product = coded(table["product_id"])
    age, days = (table[name].to_numpy().astype(np.int32) for name in ("age", "days"))
    order = _sorted(customer, product, age)
    return Baskets(
        customers=customers, products=products, customer=customer[order], product=product[order], age=age[order],
        days=days[order],
    )  # fmt: skip


def _sorted(*codes: Codes) -> NDArray[np.int64]:
    """Return the order of rows by several whole numbers, the first one first; no two rows have all of them alike."""
    sizes = [int(code.max(initial=0)) + 1 for code in codes]
    if math.prod(sizes) > np.iinfo(np.int64).max:
        return np.asarray(np.lexsort(codes[::-1]))
    key = np.zeros(len(codes[0]), dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        key = key * size + code
    return np.argsort(key)  # one sort of one number a row, four times as fast


def coded(column: pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """Return the sorted words of a column, and the place of each row's word among them."""
    coded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return coded.dictionary.take(pa.array(order)), place[coded.indices.to_numpy(zero_copy_only=False)]


def places_of(column: pa.ChunkedArray, known: pa.Array) -> Codes:
    """Return the place of each row's word among known ones; -1 where it is not among them."""
    place = pc.index_in(column.cast(pa.string()), known.cast(pa.string()))
    return np.asarray(pc.fill_null(place, -1).to_numpy(), dtype=np.int32)

"""What is popular in each segment of customers: what those are given of whom little or nothing else is known.

A segment is something that is known of a customer before the first purchase or with it, such as what brought her. What
a small segment buys is drawn to what the shop sells, as if so many more purchases of the shop's mixture had been made.
Popularity is that of the lately bought, as in `Market.popularity`.

In   one row per customer: ``customer_id, segment``; also of people who have bought nothing yet
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.errors import ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.basket_items import LATELY
from patron.models.baskets import Baskets
from patron.models.replenishment_lines import as_ibis

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

COLUMNS = ("customer_id", "segment")
PRIOR = 500.0
"""Purchases of the shop's mixture that are added to those of a segment."""

MOST = 20
"""Segments: the largest; customers of the others are given what is popular in the shop."""


@dataclass(frozen=True, kw_only=True)
class Membership:
    """Who is in which segment: 0 is none, place n is the segment ``names[n - 1]``."""

    names: tuple[str, ...]
    of_customer: Places  # by place in the baskets
    of_id: Mapping[str, int]

    def of(self, ids: Sequence[str]) -> Places:
        """Return the segments of people by their ids."""
        return np.array([self.of_id.get(one, 0) for one in ids], dtype=np.int64)


def nobody(baskets: Baskets) -> Membership:
    """Return that no segments are known."""
    return Membership(names=(), of_customer=np.zeros(len(baskets.customers), dtype=np.int64), of_id={})


def read_membership(segments: Any, baskets: Baskets) -> Membership:
    """Read who is in which segment; of a customer who stands there twice the first segment by name counts.

    Raises
    ------
    ContractError
        A column is missing.
    ArgumentError
        The table is of no known kind.
    """
    table = as_ibis(segments)
    for name in COLUMNS:
        if name not in table.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="segments", column=name,
                allowed=listing(COLUMNS), came=listing(table.columns), hint=did_you_mean(name, table.columns),
            )  # fmt: skip
    known = table.filter(table.customer_id.notnull() & table.segment.notnull())
    told = known.group_by(customer_id=known.customer_id.cast("string")).aggregate(
        segment=known.segment.cast("string").min()
    )
    rows = told.to_pyarrow()
    column = rows["segment"].combine_chunks().dictionary_encode()
    every = column.dictionary.to_pylist()
    sizes = np.bincount(column.indices.to_numpy(), minlength=len(every))
    largest = sorted(range(len(every)), key=lambda one: (-sizes[one], every[one]))[:MOST]
    names = tuple(sorted(every[one] for one in largest))
    place = np.array([names.index(one) + 1 if one in names else 0 for one in every], dtype=np.int64)
    of_id = dict(zip(rows["customer_id"].to_pylist(), place[column.indices.to_numpy()].tolist(), strict=True))
    of_customer = np.array([of_id.get(one, 0) for one in baskets.customers.to_pylist()], dtype=np.int64)
    return Membership(names=names, of_customer=of_customer, of_id=of_id)


def popular_in(baskets: Baskets, membership: Membership) -> Floats:
    """Return the popularity of each product from 0 to 1, in the shop (row 0) and in each segment.

    Returns
    -------
    array of shape (1 + segments, products)
    """
    products, rows = len(baskets.products), 1 + len(membership.names)
    of_line = membership.of_customer[baskets.customer]
    bought = np.bincount(
        of_line * products + baskets.product, weights=LATELY ** baskets.age.astype(np.float64),
        minlength=rows * products,
    ).astype(np.float64).reshape(rows, products)  # fmt: skip
    shop = bought.sum(axis=0)
    total = max(float(shop.sum()), 1e-9)
    bought[1:] += PRIOR * shop / total
    bought[1:] *= total / np.maximum(bought[1:].sum(axis=1, keepdims=True), 1e-9)
    bought[0] = shop
    heights = np.log1p(bought)
    return np.asarray(heights / np.maximum(heights.max(axis=1, initial=0.0, keepdims=True), 1e-9))

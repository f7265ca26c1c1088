"""Which products did each customer look at, and when last? As sparse tables, beside the baskets.

In   one row per look: ``customer_id, product_id, viewed_at``
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from patron.errors import ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.baskets import Baskets, places_of
from patron.models.replenishment_lines import as_ibis
from patron.profile.known import day_of, known_by

Codes = NDArray[np.int32]
Floats = NDArray[np.float32]

COLUMNS = ("customer_id", "product_id", "viewed_at")
HALF_DAYS = 14  # after which a look counts half


@dataclass(frozen=True, kw_only=True)
class Views:
    """One row per customer, product and day, sorted; places as in the baskets; `days` before the moment of asking."""

    customer: Codes
    product: Codes
    days: Codes
    shape: tuple[int, int]

    def known_at(self, moment: Codes) -> Views:
        """Return what was known at a moment of each customer's own, in days before."""
        days = self.days - moment[self.customer]
        known = days >= 0
        return Views(customer=self.customer[known], product=self.product[known], days=days[known], shape=self.shape)

    def counted(self) -> tuple[Any, Codes]:
        """Return customers by products, looks fading by the day; and the days since each one's last look."""
        key = self.customer.astype(np.int64) * self.shape[1] + self.product
        first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, dtype=np.int64)
        faded = 0.5 ** (self.days / HALF_DAYS)
        looks = np.add.reduceat(faded, first) if len(first) else faded
        last = np.minimum.reduceat(self.days, first) if len(first) else self.days
        ends = np.searchsorted(self.customer[first], np.arange(self.shape[0] + 1))
        return sparse.csr_array((looks.astype(np.float32), self.product[first], ends), shape=self.shape), last


def read_views(views: Any, baskets: Baskets, *, as_of: date) -> Views:
    """Read which customers looked at what, of the customers and products of the baskets.

    Raises
    ------
    ContractError
        A column is missing.
    ArgumentError
        The table is of no known kind.
    """
    table = as_ibis(views)
    for name in COLUMNS:
        if name not in table.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="views", column=name, allowed=listing(COLUMNS),
                came=listing(table.columns), hint=did_you_mean(name, table.columns),
            )  # fmt: skip
    known = known_by(table, as_of=as_of, column="viewed_at")
    day = day_of(known.viewed_at)
    rows = known.select(
        customer_id=known.customer_id.cast("string"), product_id=known.product_id.cast("string"),
        days=ibis.literal(as_of).delta(day, unit="day").cast("int32"),
    ).distinct().to_pyarrow()  # fmt: skip
    customer, product = (
        places_of(rows["customer_id"], baskets.customers),
        places_of(rows["product_id"], baskets.products),
    )
    days = rows["days"].to_numpy().astype(np.int32)
    there = np.flatnonzero((customer >= 0) & (product >= 0))
    order = there[np.lexsort((days[there], product[there], customer[there]))]
    shape = (len(baskets.customers), len(baskets.products))
    return Views(customer=customer[order], product=product[order], days=days[order], shape=shape)

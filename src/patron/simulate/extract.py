"""The shop's own records: the tables that a source would deliver, columns named as in `contracts.raw.FIELDS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.catalogue import BRANDS, NAMES, OWN_LABELS, Catalogue
from patron.simulate.habits import ACQUISITION_CHANNELS, COUNTRIES, ORDER_CHANNELS, Habits
from patron.simulate.lines import Lines
from patron.simulate.people import People
from patron.simulate.tables import days_column, ids_column, moments_column, money_column, names_column


@dataclass(frozen=True, kw_only=True, eq=False)
class OrderNames:
    """The ids of orders: S0000001, S0000002 for sales and R0000001, R0000002 for returns, by moment."""

    orders: NDArray[np.int64]  # sorted
    names: pa.Array

    def of(self, orders: NDArray[np.int64]) -> pa.Array:
        """Return the id of each order by its number; null for a number below zero."""
        return self.names.take(pa.array(np.searchsorted(self.orders, orders), mask=orders < 0))


def order_names(lines: Lines) -> OrderNames:
    """Return the ids of all orders of the lines that are delivered; the lines of one order are of one moment."""
    orders, first = np.unique(lines.order, return_index=True)
    back, second = lines.origin[first] >= 0, lines.second[first]
    number = np.zeros(len(orders), np.int64)
    for group in (back, ~back):
        mine = np.flatnonzero(group)
        number[mine[np.lexsort((orders[mine], second[mine]))]] = np.arange(1, len(mine) + 1)
    returned, sold = (ids_column(letter, number, digits=7) for letter in ("R", "S"))
    return OrderNames(orders=orders, names=pc.if_else(pa.array(back), returned, sold))


def order_lines_table(lines: Lines, *, names: OrderNames, ids: pa.Array, first_day: date) -> pa.Table:
    """Return the lines by moment."""
    by_moment = lines.where(np.lexsort((lines.product, lines.order, lines.second)))
    products = ids_column("P", np.arange(1, 10_000), digits=4)
    return pa.table(
        {
            "order_id": names.of(by_moment.order),
            "customer_id": ids.take(pa.array(by_moment.customer, mask=by_moment.customer < 0)),
            "ordered_at": moments_column(first_day, by_moment.second),
            "product_id": products.take(pa.array(by_moment.product)),
            "quantity": by_moment.quantity.astype(np.float64),
            "unit_price": money_column(by_moment.price * 100, digits=4),
            "discount": money_column(by_moment.discount, digits=2),
            "channel": names_column(ORDER_CHANNELS, by_moment.channel),
            "country": names_column(list(COUNTRIES), by_moment.country),
        }
    )


def customers_table(
    people: People, *, habits: Habits, ids: pa.Array, first_day: date, known: Mapping[str, pa.Array]
) -> pa.Table:
    """Return what the shop itself knows of its customers; `known` are the columns about the person behind each."""
    return pa.table(
        {
            "customer_id": ids,
            "acquired_on": days_column(first_day, people.acquired),
            "acquisition_channel": names_column(ACQUISITION_CHANNELS, habits.arrived_by),
            "country": names_column(list(COUNTRIES), habits.country),
            **known,
        }
    )


def products_table(catalogue: Catalogue) -> pa.Table:
    """Return what the shop itself knows of its products."""
    return pa.table(
        {
            "product_id": ids_column("P", np.arange(1, len(catalogue.name) + 1), digits=4),
            "product_name": list(catalogue.name),
            "category": names_column(NAMES, catalogue.category),
            "brand": names_column(BRANDS, catalogue.brand),
            "own_label": pa.array(catalogue.brand < len(OWN_LABELS)),
            "unit_cost": money_column(catalogue.cost * 100, digits=4),
        }
    )

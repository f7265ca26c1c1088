"""Which products belong together, what is that worth, and who lacks one of them?

Pairs and triples that are in one order more often than chance, given how large orders are and what was sold in each
month; with a lift drawn to what is usual, its interval, a false discovery rate over all combinations, and money.

In   `profile.kept_sales`
Out  contracts.affinity.BUNDLES, contracts.affinity.COMPLETIONS
Ref  see `bundle_chance` (what is expected), `stats.gamma_poisson` (the shrunk lift), `bundle_tests` (what is found)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.affinity import BUNDLES, COMPLETIONS
from patron.errors import ArgumentError
from patron.language import failure, number, percent, say
from patron.models.bundle_chance import chance
from patron.models.bundle_orders import Orders, read_orders
from patron.models.bundle_tests import Combinations, pairs, together, triples
from patron.models.completions import Rules, completions

Floats = NDArray[np.float64]
Row = dict[str, Any]

LEAST = 10
"""Orders that hold a bundle."""

LEVEL = 0.10
"""False discovery rate of what is found."""

MOST_PAIRS, MOST_TRIPLES = 1_000, 500
"""Bundles that are told: those worth most."""

BETWEEN = " + "


@dataclass(frozen=True, kw_only=True)
class Found:
    """Bundles of one size, with their money in cents; those worth most first."""

    combinations: Combinations
    shrunk: Floats
    low: Floats
    high: Floats
    margin: NDArray[np.bool_]  # whether the costs of all products are known
    amount: NDArray[np.int64]  # in all orders with the bundle

    @property
    def extra(self) -> Floats:
        """Orders beyond chance."""
        return self.combinations.orders * (1 - 1 / np.maximum(self.shrunk, 1.0))


def bundles(kept: ir.Table, *, least: int = LEAST, level: float = LEVEL) -> dict[str, ir.Table]:
    """Find bundles, and the customers who lack one product of them.

    Parameters
    ----------
    kept : Table, one row per line
        `patron.profile.kept_sales` as of the day up to which we may know; `customer_id` is the customer's.
    least : int
        Orders that a bundle must be in, 2 or more.
    level : float
        The false discovery rate of what is found.

    Returns
    -------
    dict
        ``bundles``, those worth most first, and ``completions``; without rows where nothing is found.

    Raises
    ------
    ArgumentError
        `least` is no whole number of 2 or more, or `level` not between 0 and 1.
    """
    if isinstance(least, bool) or not isinstance(least, int) or least < 2:
        raise failure(ArgumentError, "bundles.least", came=least)
    if not 0 < level < 1:
        raise failure(ArgumentError, "bundles.level", came=level)
    everything, orders = read_orders(kept, least=least)
    if len(orders.products) < 2:
        return {"bundles": BUNDLES.empty(), "completions": COMPLETIONS.empty()}
    found = found_bundles(orders, least=least, level=level)
    rows = [row for one in found for row in _rows(orders, one)]
    table = pa.Table.from_pylist(rows, schema=BUNDLES.schema.to_pyarrow())
    missing = completions(everything, orders, _rules(orders, found))
    return {"bundles": ibis.memtable(table), "completions": ibis.memtable(missing)}


def found_bundles(orders: Orders, *, least: int, level: float) -> tuple[Found, Found]:
    """Find pairs and triples; the pairs that are told make the triples."""
    by_chance = chance(orders)
    two = _worth_most(orders, pairs(orders, by_chance, least=least, level=level), MOST_PAIRS)
    three = triples(orders, by_chance, two.combinations, least=least, level=level)
    return two, _worth_most(orders, three, MOST_TRIPLES)


def _worth_most(orders: Orders, found: Combinations, most: int) -> Found:
    """Return the bundles with the most money beyond chance."""
    if found.mixture is None or not len(found.orders):
        none = np.zeros(0)
        return Found(
            combinations=found, shrunk=none, low=none, high=none, margin=none.astype(bool), amount=none.astype(np.int64)
        )
    costed = np.asarray(orders.costed[found.products].all(axis=1))
    mean = {name: _mean(orders, getattr(orders, name)) for name in ("revenue", "margin")}
    about = np.where(costed, mean["margin"][found.products].sum(axis=1), mean["revenue"][found.products].sum(axis=1))
    worth = about * (found.orders - found.orders / np.maximum(found.shrunk, 1.0))
    rows = np.argsort(-worth, kind="stable")[:most]
    rows = rows[found.where(rows).end(0.025) > 1]
    some = found.where(rows)
    amount = np.where(costed[rows], _amounts(orders, some, orders.margin), _amounts(orders, some, orders.revenue))
    exactly = amount * (1 - 1 / np.maximum(some.shrunk, 1.0))
    order = np.lexsort((*some.products.T[::-1], -exactly))
    some = some.where(order)
    return Found(
        combinations=some, shrunk=some.shrunk, low=some.end(0.025), high=some.end(0.975), margin=costed[rows][order],
        amount=amount[order],
    )  # fmt: skip


def _mean(orders: Orders, cents: NDArray[np.int64]) -> Floats:
    """Return the mean of each product over the orders that hold it."""
    total = np.zeros(len(orders.products), np.int64)
    np.add.at(total, orders.product, cents)
    return np.asarray(total / np.maximum(orders.counts, 1))


def _amounts(orders: Orders, found: Combinations, cents: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add up the money of each bundle's products in the orders that hold all of them."""
    held, money = together(orders.held, found.products), orders.matrix(cents)
    parts = [held.multiply(money[:, found.products[:, place]]).sum(axis=0) for place in range(found.products.shape[1])]
    return np.asarray(np.sum(parts, axis=0)).ravel().astype(np.int64)


def _rows(orders: Orders, found: Found) -> Iterator[Row]:
    """Write bundles as rows of BUNDLES."""
    some, ids = found.combinations, orders.products.to_pylist()
    size = some.products.shape[1]
    for at, places in enumerate(some.products.tolist()):
        of, called = [ids[place] for place in places], [orders.names[place] for place in places]
        each = Decimal(int(found.amount[at])) / 100 / int(some.orders[at])
        figures = {
            "orders": int(some.orders[at]), "share": float(some.orders[at] / orders.size),
            "customers": int(some.customers[at]), "expected": float(some.expected[at]),
            "lift": float(some.orders[at] / some.expected[at]), "shrunk": float(found.shrunk[at]),
            "low": float(found.low[at]), "high": float(found.high[at]), "p_value": float(some.p_value[at]),
            "q_value": float(some.q_value[at]), "tests": some.tests,
            "basis": "margin" if found.margin[at] else "revenue",
            "amount_per_order": round(each, 2), "extra_orders": float(found.extra[at]),
            "extra_amount": round(each * Decimal(float(found.extra[at])), 2),
        }  # fmt: skip
        yield {
            "bundle": BETWEEN.join(of), "size": size, "product_1": of[0], "product_2": of[1],
            "product_3": of[2] if size > 2 else None, "name": BETWEEN.join(called), **figures,
            "sentence": _sentence(called, figures),
        }  # fmt: skip


def _sentence(called: list[str], row: Row) -> str:
    ends = {name: number(row[name], digits=1) for name in ("low", "high", "shrunk", "expected")}
    return say(
        "bundles.sentence", name=BETWEEN.join(called), orders=number(row["orders"]),
        customers=number(row["customers"]), **ends,
    )  # fmt: skip


def _rules(orders: Orders, found: tuple[Found, Found]) -> Rules:
    """Return what completes what: of each bundle, each product and the rest."""
    two, three = (one.combinations for one in found)
    pair_orders = dict(zip(map(tuple, two.products.tolist()), two.orders.tolist(), strict=True))
    ids, counts = orders.products.to_pylist(), orders.counts
    mean = np.where(orders.costed, _mean(orders, orders.margin), _mean(orders, orders.revenue)) / 100
    rows: list[Row] = []
    for part, lifts in ((two, found[0].shrunk), (three, found[1].shrunk)):
        for places, held, lift in zip(part.products.tolist(), part.orders.tolist(), lifts.tolist(), strict=True):
            for missing in places:
                rest = tuple(place for place in places if place != missing)
                of = int(counts[rest[0]]) if len(rest) == 1 else pair_orders[rest]
                share, amount = held / of, round(float(mean[missing]), 2)
                rows.append({
                    "rest": rest, "missing": missing, "share": share, "lift": lift, "amount": amount,
                    "value": share * amount, "bundle": BETWEEN.join(ids[place] for place in places),
                    "basis": "margin" if orders.costed[missing] else "revenue",
                    "reason": say(
                        "bundles.reason", rest=BETWEEN.join(orders.names[place] for place in rest),
                        share=percent(share), lift=number(lift, digits=1),
                    ),
                })  # fmt: skip
    return Rules.of([row for row in rows if row["value"] > 0])

"""Which pairs and triples of products are in one order more often than chance?

Orders of one customer are no independent proofs: a shop that orders the same fifty products each week would make a
bundle of any two of them. So counts are divided by their design effect, the sum of the squared orders by customer over
the orders: what would be left if each customer's orders were one.

Ref  Kish (1965), Survey Sampling, section 5.4 (the design effect of clusters); Rao & Scott (1992), Biometrics 48(2),
     577-585: counts divided by it
     Benjamini & Yekutieli (2001): see `stats.false_discovery`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from patron.models.bundle_chance import Chance
from patron.models.bundle_orders import Orders
from patron.stats.false_discovery import q_values
from patron.stats.gamma_poisson import RatioMixture, ratio_mixture

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 1_000  # products at a time, so that memory does not grow with their square
COLUMNS = 4_000  # combinations at a time
MOST_TESTED = 10_000
"""Pairs whose customers are looked at: those with the most orders beyond chance; the others are no finding."""

PAIRS_AT_ONCE = 250


@dataclass(frozen=True, kw_only=True)
class Combinations:
    """Pairs or triples of products (places, ascending) that were found, and how sure."""

    products: Ints  # shape (combinations, 2 or 3)
    orders: Ints
    customers: Ints
    effect: Floats  # design effect
    expected: Floats
    p_value: Floats
    q_value: Floats
    tests: int
    mixture: RatioMixture | None

    def where(self, rows: NDArray[Any]) -> Combinations:
        """Return some of them."""
        named = ("products", "orders", "customers", "effect", "expected", "p_value", "q_value")
        return Combinations(
            **{name: getattr(self, name)[rows] for name in named}, tests=self.tests, mixture=self.mixture
        )

    @property
    def shrunk(self) -> Floats:
        """The best guess of each lift."""
        assert self.mixture is not None
        return self.mixture.geometric_mean(self.orders / self.effect, self.expected / self.effect)

    def end(self, level: float) -> Floats:
        """Return an end of the interval of each lift."""
        assert self.mixture is not None
        return self.mixture.quantile(self.orders / self.effect, self.expected / self.effect, level=level)


def pairs(orders: Orders, by_chance: Chance, *, least: int, level: float) -> Combinations:
    """Find the pairs in at least `least` orders, at a false discovery rate of `level` over all pairs of products."""
    many = len(orders.products)
    tests = many * (many - 1) // 2
    first, second, count = counted_pairs(orders, least=least)
    expected = by_chance.expected(first, second)
    known = expected > 0
    first, second, count, expected = first[known], second[known], count[known], expected[known]
    if not len(first):
        return _none(2, tests)
    mixture = ratio_mixture(count, expected, least=least)
    p_value = special.gammainc(count, expected)
    likely = np.flatnonzero((q_values(p_value, tests=tests) <= level) & (count > expected))
    likely = likely[np.argsort(expected[likely] - count[likely], kind="stable")[:MOST_TESTED]]
    chosen = np.sort(likely)
    places = np.column_stack([first, second])[chosen]
    return _held_to(places, orders, count[chosen], expected[chosen], tests=tests, level=level, mixture=mixture)


def triples(orders: Orders, by_chance: Chance, found: Combinations, *, least: int, level: float) -> Combinations:
    """Find the triples of pairs in `found`, beyond what each pair and the third product make by chance."""
    shape = (len(orders.products),) * 2
    i, j = found.products.T
    number = sparse.coo_array((np.arange(1, len(i) + 1), (i, j)), shape=shape).tocsr() if len(i) else None
    if number is None:
        return _none(3, 0)
    linked = (number + number.T).astype(bool).astype(np.int64)
    tests = int((linked @ linked).multiply(linked).sum()) // 6
    rows = []
    size = np.bincount(orders.order, minlength=orders.size)
    for start in range(0, len(i), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        both = together(orders.held, found.products[part])
        count = (both.T @ orders.held).multiply(linked[i[part]].multiply(linked[j[part]])).tocoo()
        chance = by_chance.third(both, size)[count.row, count.col]
        pair = np.column_stack([i[part][count.row], j[part][count.row], count.col])
        rows.append(np.column_stack([np.sort(pair, axis=1), count.data, chance]))
    every = np.concatenate(rows)
    every = every[every[:, 3] >= least]
    if not len(every):
        return _none(3, tests)
    places, triple = np.unique(every[:, :3].astype(np.int64), axis=0, return_inverse=True)
    count, expected = np.zeros(len(places)), np.zeros(len(places))
    np.maximum.at(count, triple.ravel(), every[:, 3])
    np.maximum.at(expected, triple.ravel(), every[:, 4])
    known = (expected > 0) & (np.bincount(triple.ravel()) == 3)
    if not known.any():
        return _none(3, tests)
    places, count, expected = places[known], count[known].astype(np.int64), expected[known]
    mixture = ratio_mixture(count, expected, least=least)
    likely = count > expected
    return _held_to(places[likely], orders, count[likely], expected[likely], tests=tests, level=level, mixture=mixture)


def counted_pairs(orders: Orders, *, least: int) -> tuple[Ints, Ints, Ints]:
    """Count the orders that hold both of two products, for all pairs in at least `least` orders."""
    held = orders.held.tocsr()
    turned = orders.held.T.tocsr()
    parts = []
    for start in range(0, len(orders.products), BLOCK):
        block = (turned[start : start + BLOCK] @ held).tocoo()
        first = block.row + start
        kept = (block.col > first) & (block.data >= least)
        parts.append(np.stack([first[kept], block.col[kept], block.data[kept]]))
    return tuple(np.concatenate(parts, axis=1).astype(np.int64)) if parts else (np.zeros(0, np.int64),) * 3


def together(held: Any, products: Ints) -> Any:
    """Return orders by combinations, one where the order holds all products of it; sparse by columns."""
    both = held[:, products[:, 0]]
    for place in range(1, products.shape[1]):
        both = both.multiply(held[:, products[:, place]])
    found = sparse.csc_array(both)
    found.eliminate_zeros()
    return found


def _held_to(
    places: Ints, orders: Orders, count: Ints, expected: Floats, *, tests: int, level: float, mixture: RatioMixture
) -> Combinations:
    """Keep what is found when orders of one customer count as a cluster."""
    customers, effect = _clusters(orders, places)
    p_value = special.gammainc(count / effect, expected / effect)
    q_value = q_values(p_value, tests=max(tests, len(p_value)))
    whole = Combinations(
        products=places, orders=count, customers=customers, effect=effect, expected=expected, p_value=p_value,
        q_value=q_value, tests=tests, mixture=mixture,
    )  # fmt: skip
    return whole.where(q_value <= level)


def _clusters(orders: Orders, places: Ints) -> tuple[Ints, Floats]:
    """Return how many customers placed the orders of each combination, and the design effect of that."""
    customers, effect = np.zeros(len(places), np.int64), np.ones(len(places))
    for start in range(0, len(places), COLUMNS):
        both = together(orders.held, places[start : start + COLUMNS])
        column = np.repeat(np.arange(both.shape[1]), np.diff(both.indptr))
        keys, many = np.unique(column * len(orders.customers) + orders.customer[both.indices], return_counts=True)
        of = keys // len(orders.customers)
        rows = slice(start, start + both.shape[1])
        customers[rows] = np.bincount(of, minlength=both.shape[1])
        effect[rows] = np.bincount(of, many.astype(np.float64) ** 2, both.shape[1]) / np.diff(both.indptr)
    return customers, effect


def _none(size: int, tests: int) -> Combinations:
    nothing = np.zeros(0)
    return Combinations(
        products=np.zeros((0, size), np.int64), orders=nothing.astype(np.int64), customers=nothing.astype(np.int64),
        effect=nothing, expected=nothing, p_value=nothing, q_value=nothing, tests=tests, mixture=None,
    )  # fmt: skip

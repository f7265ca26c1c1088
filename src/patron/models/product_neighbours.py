"""Which products are bought by the same customers, and which follow each other?

Both are tables of products by products of which each row keeps its strongest neighbours. Rows of customers with very
many products are cut to the latest: one wholesaler would else make every product a neighbour of every other.

Ref  Deshpande & Karypis (2004), ACM TOIS 22(1), 143-177: item-based top-N, section 4.1.1 (cosine) and the weight of a
     customer, who counts the less the more products he bought
     Rendle, Freudenthaler & Schmidt-Thieme (2010), WWW, 811-820: transitions from the last basket
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from patron.models.baskets import Baskets
from patron.models.top_of_each import strongest

Floats = NDArray[np.float32]

NEIGHBOURS = 20
MOST_PRODUCTS = 500
"""Of a customer, and of a basket: with more, the latest count."""

RARE = 10.0
"""Customers that are added to those of a product that something follows: one customer's sequence is no rule."""

BLOCK = 500  # products at a time, so that memory does not grow with their square


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Tables of products by products: row by row what goes with a product, and what follows it."""

    similar: Any
    following: Any


def neighbours(baskets: Baskets, *, threads: int = 1) -> Neighbours:
    """Find both."""
    latest = _latest(baskets)
    return Neighbours(similar=_similar(latest, threads), following=_following(latest, threads))


def _latest(baskets: Baskets) -> Baskets:
    """Keep the latest products of each customer."""
    if np.bincount(baskets.customer).max(initial=0) <= MOST_PRODUCTS:
        return baskets
    order = np.lexsort((baskets.product, baskets.age, baskets.customer))
    who = baskets.customer[order]
    first = np.searchsorted(who, np.arange(len(baskets.customers)))
    place = np.empty(len(who), dtype=np.int64)
    place[order] = np.arange(len(who)) - first[who]
    return baskets.where(place < MOST_PRODUCTS)


def _similar(baskets: Baskets, threads: int) -> Any:
    """Return cosines of the products' customers."""
    bought = baskets.of_pairs(np.ones(len(baskets.pairs)))
    popular = _per_root(bought.sum(axis=0))
    return _blocks(bought, bought, left=popular, right=popular, own=False, threads=threads)


def _following(baskets: Baskets, threads: int) -> Any:
    """Return how many who bought the one had the other in their next basket."""
    counts = baskets.counts.astype(np.int64)
    offset = np.r_[0, np.cumsum(counts)]
    number = offset[baskets.customer] + counts[baskets.customer] - 1 - baskets.age
    shape = (int(offset[-1]), len(baskets.products))
    table = sparse.csr_array((np.ones(len(number), np.float32), (number, baskets.product)), shape=shape)
    has_next = np.ones(shape[0], dtype=bool)
    has_next[offset[1:][counts > 0] - 1] = False
    before = np.flatnonzero(has_next)
    buyers = np.bincount(baskets.product[baskets.pairs], minlength=shape[1])
    right = np.ones(shape[1])
    return _blocks(table[before], table[before + 1], left=1 / (buyers + RARE), right=right, own=True, threads=threads)


def _blocks(before: Any, after: Any, *, left: Any, right: Any, own: bool, threads: int) -> Any:
    """Count which products stand in the same rows of two tables, and keep the strongest neighbours of each.

    A row of many products counts the less. `left` and `right` weight the products; a block of them at a time is
    counted, and several blocks at once.
    """
    weighted = _times(before.copy(), 1 / np.sqrt(np.maximum(np.diff(before.indptr), 1)))
    ours, weights = _times(weighted.T.tocsr(), left), np.asarray(right, dtype=np.float32)

    def block(start: int) -> Any:
        table = ours[start : start + BLOCK] @ after
        table.data *= weights[table.indices]
        if not own:
            rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
            table.data[rows + start == table.indices] = 0
            table.eliminate_zeros()
        return strongest(table, NEIGHBOURS)

    with ThreadPoolExecutor(threads) as pool:
        return sparse.vstack(list(pool.map(block, range(0, max(ours.shape[0], 1), BLOCK))), format="csr")


def _times(table: Any, weights: Any) -> Any:
    """Multiply each row of a sparse table by its weight, in its place."""
    table.data *= np.repeat(np.asarray(weights, dtype=np.float32), np.diff(table.indptr))
    return table


def _per_root(values: Any) -> NDArray[np.float64]:
    return np.asarray(1 / np.sqrt(np.maximum(np.asarray(values).ravel(), 1)))


def diagonal(values: Any) -> Any:
    """Return a sparse table that multiplies each row, or column, by its value."""
    return sparse.diags_array(np.asarray(values, dtype=np.float32), format="csr")

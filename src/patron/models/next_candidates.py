"""Which products are worth asking about for each customer, and what is known of each of them?

A few customers at a time: their own products, those that go with them or follow their last baskets, and what is
popular. Only the strongest are looked at; of each, one row of numbers goes to the ranker.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from patron.models.basket_items import DECAYS, Items, count_items
from patron.models.baskets import Baskets
from patron.models.product_neighbours import Neighbours, diagonal, neighbours, strongest

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

CANDIDATES = 140
CELLS = 4_000_000  # customers x products of a block
OWN, NEAR, AFTER, ALIKE, POPULAR = 3.0, 1.0, 1.0, 1.0, 0.7
"""Weights of the sources in choosing candidates; the ranker learns its own."""

MODELS = 10_000
"""Customers, evenly spaced, among whom those are looked for who buy alike."""

ALIKES = 200

BEFORE_LAST = 0.5
"""What the basket before the last one counts in what follows."""

TRACE = 1e-6  # of a popular product that nothing else speaks for

POLICIES = ("include", "only", "exclude")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Candidates of some customers: `customer` and `product` as in the baskets, one row of features each."""

    customer: Places
    product: Places
    features: Floats


class Market:
    """All that is known of customers and products at one moment."""

    def __init__(self, baskets: Baskets, *, policy: str, offered: NDArray[np.bool_] | None = None) -> None:
        self.baskets, self.policy, self.offered = baskets, policy, offered

    @cached_property
    def items(self) -> Items:
        """What is counted."""
        return count_items(self.baskets)

    @cached_property
    def near(self) -> Neighbours:
        """Products that go together."""
        return neighbours(self.baskets)

    @cached_property
    def toward(self) -> Any:
        """The table of what goes together, by the product that is spoken for."""
        return self.near.similar.T.tocsr()

    def with_offer(self, offered: NDArray[np.bool_]) -> Market:
        """Return the same market, of which only some products may be recommended."""
        other = Market(self.baskets, policy=self.policy, offered=offered)
        for name in ("items", "near", "taste", "last", "toward", "_profile", "_models"):
            other.__dict__[name] = getattr(self, name)
        return other

    @cached_property
    def taste(self) -> Any:
        """Customers by products: the decayed purchases, each customer of equal weight."""
        return _to_one(self.items.own[f"decayed_{DECAYS[0]}"], root=True)

    @cached_property
    def _profile(self) -> Any:
        """Customers by products, of length one; what everybody buys tells little of whom one is like."""
        rare = 1 / np.log(2.0 + self.items.of_product["buyers"].astype(np.float64))
        own = self.items.own[f"decayed_{DECAYS[0]}"]
        length = np.sqrt(np.maximum((own * own).sum(axis=1), 1e-9))
        return _times(1 / length, own) @ diagonal(rare)

    @cached_property
    def _models(self) -> tuple[Places, Any, Any]:
        """Some customers, the transposed table of what tells them apart, and what they buy."""
        able = np.flatnonzero(self.baskets.counts > 0)
        chosen = able[:: max(1, -(-len(able) // MODELS))]
        return chosen, self._profile[chosen].T.tocsr(), _to_one(self.items.own[f"decayed_{DECAYS[0]}"][chosen])

    def alike(self, who: Places) -> Any:
        """Return customers by products: what those buy who buy alike."""
        chosen, told, bought = self._models
        likeness = (self._profile[who] @ told).tocsr()
        rows = np.repeat(who, np.diff(likeness.indptr))
        likeness.data[chosen[likeness.indices] == rows] = 0  # nobody is a model for herself
        likeness.eliminate_zeros()
        return _to_one(strongest(likeness, ALIKES)) @ bought

    @cached_property
    def last(self) -> Any:
        """Customers by products: the last basket, and half of the one before."""
        age = self.baskets.age
        return self.baskets.matrix(np.where(age == 0, 1.0, BEFORE_LAST), rows=age <= 1)

    @cached_property
    def popularity(self) -> NDArray[np.float64]:
        """Of each product, from 0 to 1; nothing of what is not offered."""
        bought = np.log1p(self.items.of_product["bought_lately"].astype(np.float64))
        return np.asarray(self._allowed(bought / max(bought.max(initial=0.0), 1e-9)))

    @property
    def names(self) -> list[str]:
        """The features, in order."""
        near = ["near", "near_rank", "after", "alike", "popularity"]
        return [*self.items.own, *self.items.of_product, *self.items.of_customer, *near]

    def most_popular(self, most: int) -> Places:
        """Return the most popular products, the first first."""
        order = np.lexsort((np.arange(len(self.popularity)), -self.popularity))[:most]
        return np.asarray(order[self.popularity[order] > 0], dtype=np.int64)

    def blocks(self, customers: Places, *, candidates: int = CANDIDATES) -> Iterator[Block]:
        """Yield the candidates of customers, as many customers at a time as memory is meant for."""
        step = max(16, CELLS // max(1, len(self.baskets.products)))
        buffer = np.zeros((min(step, max(len(customers), 1)), len(self.baskets.products)), dtype=np.float32)
        popular = self.most_popular(candidates)
        for start in range(0, len(customers), step):
            yield self._block(customers[start : start + step], candidates, popular, buffer)

    def _block(self, who: Places, candidates: int, popular: Places, buffer: Floats) -> Block:
        near = self.taste[who] @ self.near.similar
        after = self.last[who] @ self.near.following
        alike = self.alike(who)
        own = self.items.own[f"decayed_{DECAYS[0]}"][who]
        rough = OWN * _to_top(own) + NEAR * _to_top(near) + AFTER * _to_top(after) + ALIKE * _to_top(alike)
        chosen = strongest(self._considered(rough.tocsr(), own, popular), candidates)
        row, product = np.repeat(np.arange(len(who)), np.diff(chosen.indptr)), chosen.indices.astype(np.int64)
        customer = who[row]
        looked = [_looked_up(table[who], row, product, buffer) for table in self.items.own.values()]
        missing = looked[0] == 0
        for column in looked[1 + len(DECAYS) :]:
            column[missing] = np.nan
        found = [_looked_up(table, row, product, buffer) for table in (near, _to_top(near), after, alike)]
        columns = [
            *looked,
            *(column[product] for column in self.items.of_product.values()),
            *(column[customer] for column in self.items.of_customer.values()),
            *found,
            self.popularity[product].astype(np.float32),
        ]
        return Block(customer=customer, product=product, features=np.column_stack(columns))

    def _considered(self, rough: Any, own: Any, popular: Places) -> Any:
        """Add what is popular, and leave out what the policy or the offer leaves out."""
        rows = rough.shape[0]
        ends = np.arange(0, rows * len(popular) + 1, max(len(popular), 1))[: rows + 1]
        filled = np.full(rows * len(popular), TRACE, dtype=np.float32)
        trace = sparse.csr_array((filled, np.tile(popular, rows), ends), shape=rough.shape)
        whole = (rough + trace).tocsr() if len(popular) else rough
        whole.data = whole.data + POPULAR * self.popularity[whole.indices].astype(np.float32)
        if self.policy != "include":
            keys = _keys(whole)
            whole.data[np.isin(keys, _keys(own), assume_unique=True) != (self.policy == "only")] = 0
        if self.offered is not None:
            whole.data[~self.offered[whole.indices]] = 0
        whole.eliminate_zeros()
        return whole

    def _allowed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values if self.offered is None else np.where(self.offered, values, 0.0)


def _keys(table: Any) -> Places:
    rows = np.repeat(np.arange(table.shape[0], dtype=np.int64), np.diff(table.indptr))
    return np.asarray(rows * table.shape[1] + table.indices)


def _looked_up(table: Any, row: Places, column: Places, buffer: Floats) -> Floats:
    """Return the values of a sparse table at some places; the buffer is of zeros, and is so again after."""
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    buffer[rows, table.indices] = table.data
    found = buffer[row, column]
    buffer[rows, table.indices] = 0
    return np.asarray(found)


def _to_one(table: Any, *, root: bool = False) -> Any:
    """Divide each row by its sum, or by the root of it."""
    total = np.maximum(np.asarray(table.sum(axis=1)).ravel(), 1e-9)
    return _times(1 / (np.sqrt(total) if root else total), table)


def _to_top(table: Any) -> Any:
    """Divide each row by its largest value."""
    top = table.max(axis=1).toarray().ravel() if table.nnz else np.zeros(table.shape[0])
    return _times(1 / np.maximum(top, 1e-9), table)


def _times(weights: Any, table: Any) -> Any:
    """Multiply each row by its weight."""
    return diagonal(weights) @ table

"""Which products are worth asking about for each customer, and what is known of each of them?

A few customers at a time: their own products, those that go with them or follow their last baskets, and what is
popular. Only the strongest are looked at; of each, one row of numbers goes to the ranker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from patron.models.basket_items import DECAYS, Items, count_items
from patron.models.baskets import Baskets
from patron.models.product_neighbours import Neighbours, diagonal, neighbours
from patron.models.segment_popularity import Membership, nobody, popular_in
from patron.models.top_of_each import strongest, top_of_each
from patron.models.views import Views

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

CANDIDATES = 40
CELLS = 8_000_000  # customers x products of a block
OWN, VIEWED, NEAR, AFTER, POPULAR = 3.0, 2.0, 1.0, 1.0, 0.7
"""Weights of the sources in choosing candidates; the ranker learns its own."""

BEFORE_LAST = 0.5
"""What the basket before the last one counts in what follows."""

SPEAKERS = 200
"""Products that are asked whether they speak for a product, when its reason is told."""

TRACE = 1e-6  # of a product that is there for another reason than its neighbours

POLICIES = ("include", "only", "exclude")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Candidates of some customers: `customer` and `product` as in the baskets; `features` has a row for each feature.

    `pair` is the place in the baskets' pairs, -1 where the customer never bought the product; `view` the place in the
    looks, -1 where she never looked at it.
    """

    customer: Places
    product: Places
    pair: Places
    view: Places
    features: Floats


class Market:
    """All that is known of customers and products at one moment."""

    def __init__(
        self, baskets: Baskets, *, policy: str, offered: NDArray[np.bool_] | None = None, views: Views | None = None,
        membership: Membership | None = None, threads: int = 1,
    ) -> None:  # fmt: skip
        self.baskets, self.policy, self.offered, self.views, self.threads = baskets, policy, offered, views, threads
        self.membership = membership or nobody(baskets)
        self._slate = _Slate()

    @cached_property
    def items(self) -> Items:
        """What is counted."""
        return count_items(self.baskets)

    @cached_property
    def near(self) -> Neighbours:
        """Products that go together."""
        return neighbours(self.baskets, threads=self.threads)

    def with_offer(self, offered: NDArray[np.bool_]) -> Market:
        """Return the same market, of which only some products may be recommended."""
        other = Market(
            self.baskets, policy=self.policy, offered=offered, views=self.views, membership=self.membership,
            threads=self.threads,
        )  # fmt: skip
        for name in _COUNTED:
            other.__dict__[name] = getattr(self, name)
        return other

    @cached_property
    def taste(self) -> Any:
        """Customers by products: the decayed purchases, each customer of equal weight."""
        bought = self.items.own[f"decayed_{DECAYS[0]}"][:-1]
        who = self.baskets.customer[self.baskets.pairs]
        total = np.bincount(who, weights=bought, minlength=len(self.baskets.customers))
        return self.baskets.of_pairs(bought / np.sqrt(np.maximum(total, 1e-9))[who])

    @cached_property
    def looks(self) -> tuple[Any, NDArray[np.int32]]:
        """Customers by products: looks, fading; and the days since the last one."""
        if self.views is None:
            shape = (len(self.baskets.customers), len(self.baskets.products))
            return sparse.csr_array(shape, dtype=np.float32), np.zeros(0, dtype=np.int32)
        return self.views.counted()

    @cached_property
    def toward(self) -> Any:
        """The table of what goes together, by the product that is spoken for."""
        return strongest(self.near.similar.T.tocsr(), SPEAKERS)

    @cached_property
    def _popular(self) -> NDArray[np.float64]:
        """The popularity of each product, in the shop and in each segment."""
        return popular_in(self.baskets, self.membership)

    @cached_property
    def popularity(self) -> NDArray[np.float64]:
        """Of each product, from 0 to 1, in the shop (row 0) and in each segment; nothing of what is not offered."""
        return np.asarray(self._popular if self.offered is None else np.where(self.offered, self._popular, 0.0))

    @property
    def names(self) -> list[str]:
        """The features, in order."""
        near = ["near", "near_rank", "after", "popularity"]
        here = ["popularity_in_segment"] if self.membership.names else []
        looks = [] if self.views is None else ["looks", "days_since_look"]
        return [*self.items.own, *self.items.of_product, *self.items.of_customer, *near, *here, *looks]

    def most_popular(self, most: int, *, segment: int = 0) -> Places:
        """Return the most popular products of the shop, or of a segment, the first first."""
        popularity = self.popularity[segment]
        order = np.lexsort((np.arange(len(popularity)), -popularity))[:most]
        return np.asarray(order[popularity[order] > 0], dtype=np.int64)

    def chunks(self, customers: Places) -> list[Places]:
        """Return customers in parts of as many as memory is meant for."""
        step = max(16, CELLS // max(1, len(self.baskets.products)))
        return [customers[start : start + step] for start in range(0, max(len(customers), 1), step)]

    def looking(self, candidates: int) -> Callable[[Places], Block]:
        """Return what finds the candidates of some customers, as many of each at most."""
        telling = self._telling(candidates)
        for name in _COUNTED:  # before several threads ask for them
            getattr(self, name)
        asking = self._asking
        return lambda who: self._block(who, candidates, asking[who] @ telling)

    @cached_property
    def _asking(self) -> Any:
        """Customers by what they bought, what they bought last, and their segment: the left side in `looking`.

        What goes together is in the real part of that product and what follows in its imaginary part: both sums are
        made in one pass, over one list of products.
        """
        age = self.baskets.age
        last = self.baskets.matrix(np.where(age == 0, 1.0, BEFORE_LAST), rows=age <= 1)
        size, segments = last.shape[0], len(self.popularity)
        ones = np.ones(size, dtype=np.float32), self.membership.of_customer, np.arange(size + 1)
        member = sparse.csr_array(ones, shape=(size, segments))
        bought = self.taste + TRACE * self.looks[0]  # what was looked at is there, too
        return sparse.hstack([bought.astype(np.complex64), last * np.complex64(1j), member], format="csr")

    def _telling(self, most: int) -> Any:
        """Return the right side: what goes with each product, and a trace of itself, what follows, what is popular."""
        size, segments = len(self.baskets.products), len(self.popularity)
        itself = diagonal(np.full(size, TRACE))
        popular = [self.most_popular(most, segment=segment) for segment in range(segments)]
        ends = np.r_[0, np.cumsum([len(one) for one in popular])]
        trace = sparse.csr_array(
            (np.full(ends[-1], TRACE, dtype=np.float32), np.concatenate(popular), ends), shape=(segments, size)
        )
        told = sparse.vstack([self.near.similar + itself, self.near.following, trace], format="csr")
        if self.offered is not None:
            told.data = told.data * self.offered[told.indices]
            told.eliminate_zeros()
        return told.astype(np.complex64)

    def _block(self, who: Places, candidates: int, both: Any) -> Block:
        row = np.repeat(np.arange(len(who)), np.diff(both.indptr))
        found = _Found(
            row=row, product=both.indices.astype(np.int64), pair=self.pairs_of(who, row, both.indices),
            view=_places_in(self.looks[0], who, row, both.indices, slate=self._slate),
            near=both.data.real, after=both.data.imag, near_rank=_to_top(both.data.real, both.indptr),
        )  # fmt: skip
        rough = self._rough(who, found, both.indptr)
        allowed = self._allowed(found)
        ends = np.r_[0, np.cumsum(allowed)][both.indptr]
        chosen = np.flatnonzero(allowed)[top_of_each(ends, rough[allowed], candidates)]
        return self._described(who, found.where(chosen))

    def _rough(self, who: Places, found: _Found, ends: Any) -> Floats:
        own = self._own_top[found.pair]
        after = _to_top(found.after, ends)
        popular = self._popular_with(who[found.row], found.product)
        looks = self._look_columns[0][found.view]
        return np.asarray(
            OWN * own + VIEWED * looks / (1 + looks) + NEAR * found.near_rank + AFTER * after + POPULAR * popular
        )

    def _allowed(self, found: _Found) -> NDArray[np.bool_]:
        if self.policy == "include":
            return np.ones(len(found.pair), dtype=bool)
        return np.asarray((found.pair >= 0) == (self.policy == "only"))

    def _described(self, who: Places, found: _Found) -> Block:
        customer = who[found.row]
        columns: list[NDArray[Any]] = [
            *(column[found.pair] for column in self.items.own.values()),
            *(column[found.product] for column in self.items.of_product.values()),
            *(column[customer] for column in self.items.of_customer.values()),
            found.near, found.near_rank, found.after, self.popularity[0][found.product],
        ]  # fmt: skip
        if self.membership.names:
            columns.append(self._popular_with(customer, found.product))
        if self.views is not None:
            columns += [column[found.view] for column in self._look_columns]
        features = np.empty((len(columns), len(customer)), dtype=np.float32)
        for place, column in enumerate(columns):
            features[place] = column
        return Block(customer=customer, product=found.product, pair=found.pair, view=found.view, features=features)

    def _popular_with(self, customer: Places, product: Places) -> Floats:
        """Return how popular products are in the customers' segments, row by row."""
        size = len(self.baskets.products)
        places = self.membership.of_customer[customer] * size + product
        return np.asarray(self._flat_popularity[places])

    @cached_property
    def _flat_popularity(self) -> Floats:
        """`popularity`, the shop's and then each segment's."""
        return self.popularity.astype(np.float32).ravel()

    @cached_property
    def _own_top(self) -> Floats:
        """The decayed purchases of each pair over the largest of the customer's; at the end nothing."""
        return np.append(_to_top(self.items.own[f"decayed_{DECAYS[0]}"][:-1], self.taste.indptr), np.float32(0))

    @cached_property
    def tastes(self) -> Floats:
        """What stands in `taste`, pair by pair; at the end nothing."""
        return np.append(self.taste.data, np.float32(0))

    @cached_property
    def _look_columns(self) -> tuple[Floats, Floats]:
        """Looks, fading, and days since the last one; at the end what stands for none."""
        looks, since = self.looks
        return np.append(looks.data, np.float32(0)), np.append(since.astype(np.float32), np.float32(np.nan))

    @cached_property
    def looked(self) -> NDArray[np.int64]:
        """Days since the last look, look by look; at the end -1."""
        return np.append(self.looks[1].astype(np.int64), -1)

    def pairs_of(self, who: Places, row: Places, product: Any) -> Places:
        """Return the pair of each customer (by place in `who`) and product; -1 where there is none."""
        return _places_in(self.taste, who, row, product, slate=self._slate)


_COUNTED = (
    "items", "near", "taste", "tastes", "looks", "looked", "toward", "_look_columns", "_asking", "_own_top", "_popular"
)  # fmt: skip
"""What is counted once for a market, whatever is offered."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Products that something speaks for, by customer (`row`, from 0 in each block)."""

    row: Places
    product: Places
    pair: Places
    view: Places
    near: Floats
    after: Floats
    near_rank: Floats

    def where(self, rows: Places) -> _Found:
        return _Found(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


class _Slate(local):
    """Numbers to write on, all 0, which whoever wrote wipes off; each thread has its own."""

    def __init__(self) -> None:
        self._cells = np.zeros(0, dtype=np.int32)

    def cells(self, most: int) -> NDArray[np.int32]:
        """Return so many of them at least."""
        if len(self._cells) < most:
            self._cells = np.zeros(most, dtype=np.int32)
        return self._cells


def _places_in(table: Any, who: Places, row: Places, product: Any, *, slate: _Slate) -> Places:
    """Return where a sparse table holds some customers (by place in `who`) and products; -1 where it does not."""
    if not table.nnz:
        return np.full(len(row), -1, dtype=np.int64)
    size = table.shape[1]
    own = table[who]
    cells = slate.cells(len(who) * size)
    length = np.diff(own.indptr)
    place = np.repeat(table.indptr[who] - own.indptr[:-1], length) + np.arange(own.nnz)
    written = np.repeat(np.arange(len(who)) * size, length) + own.indices
    cells[written] = place + 1
    found = cells[row * size + product].astype(np.int64) - 1
    cells[written] = 0
    return np.asarray(found)


def _to_top(values: Floats, ends: Any) -> Floats:
    """Divide the values of each row by the largest of them."""
    length = np.diff(ends)
    filled = length > 0
    top = np.zeros(len(length), dtype=np.float32)
    if filled.any():
        top[filled] = np.maximum.reduceat(values, ends[:-1][filled])
    return np.asarray(values / np.repeat(np.maximum(top, np.float32(1e-9)), length))

"""In which order do candidates stand? Learned from each customer's last known basket, foretold from what was before it.

Nearly all candidates are not bought: a tenth of them, each counting for ten, teaches as much as all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.models.baskets import Baskets
from patron.models.boosting import lightgbm_library
from patron.models.next_candidates import OWN, POPULAR, Block, Market
from patron.models.next_reasons import speaks_most
from patron.models.segment_popularity import Membership
from patron.models.top_of_each import top_of_each
from patron.models.tree_tables import MOST_LEAVES, TreeTables
from patron.models.views import Views

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

MIN_TARGETS = 500
"""Products of last baskets that were among the candidates: trees of fewer are worse than no trees."""

MOST_TARGETS = 12_000
"""Customers to learn from, evenly spaced; more cost time and change nothing."""

OTHERS, ENOUGH = 10, 70_000
"""Of the candidates that were not bought one of so many is learned from, and counts for all of them; but of fewer than
so many in all more are taken, since the chances of trees that have learned from few rows are too high."""

TREES = 80
SHAPE: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.12, "num_leaves": MOST_LEAVES, "max_bin": 63, "min_data_in_leaf": 100,
    "feature_fraction": 0.5, "lambda_l2": 20.0, "deterministic": True, "force_row_wise": True, "verbose": -1,
}  # fmt: skip


class Ranker:
    """Trees that say how likely a candidate is in the next basket; without trees a blend that only ranks."""

    def __init__(self, booster: Any = None) -> None:
        self.booster = booster
        self._tables = None if booster is None else TreeTables(booster)

    @property
    def trees(self) -> str | None:
        """The trees in the library's own text format."""
        return None if self.booster is None else str(self.booster.model_to_string())

    def importance(self, features: int) -> tuple[float, ...]:
        """Return each feature's share of what the trees' splits gained."""
        if self.booster is None:
            return (0.0,) * features
        gains = self.booster.feature_importance("gain")
        return tuple((gains / max(gains.sum(), 1e-9)).tolist())

    def scores(self, names: Sequence[str], block: Block) -> Floats:
        """Return a score for each candidate."""
        if self._tables is not None:
            return np.asarray(1 / (1 + np.exp(-self._tables.scores(block.features))))
        column = {name: values.astype(np.float64) for name, values in zip(names, block.features, strict=True)}
        popular = column.get("popularity_in_segment", column["popularity"])
        return np.asarray(OWN * column["share"] + column["near_rank"] + POPULAR * popular)


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What was learned, from how many customers, and which share of their last baskets was among the candidates."""

    ranker: Ranker
    features: tuple[str, ...]
    targets: int
    found: float


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """The best candidates of some customers, by customer and rank, and what tells why (`next_reasons`)."""

    customer: Places
    product: Places
    pair: Places
    because: Places
    looked: Places  # days since the last look at what was never bought; -1 without one
    rank: Places
    score: Floats


def learned(
    baskets: Baskets, *, policy: str, candidates: int, seed: int, threads: int, views: Views | None = None,
    membership: Membership | None = None,
) -> Lesson:  # fmt: skip
    """Learn from candidates of customers as they stood before their last basket, and which of them it held."""
    moments = baskets.moments()
    seen = None if views is None else views.known_at(moments)
    before = Market(baskets.before_last(moments), policy=policy, views=seen, membership=membership, threads=threads)
    able = np.flatnonzero(baskets.counts > 1)
    chosen = able[:: max(1, -(-len(able) // MOST_TARGETS))]
    names = tuple(before.names)
    if not len(chosen):
        return Lesson(ranker=Ranker(), features=names, targets=0, found=0.0)
    look = before.looking(candidates)
    size = len(baskets.products)
    last = baskets.age == 0
    came = np.unique(baskets.customer[last].astype(np.int64) * size + baskets.product[last])
    draw = np.random.default_rng(seed)
    others = min(OTHERS, max(1.0, candidates * len(chosen) / ENOUGH))
    rows, wanted, possible = [], [], 0
    for who in before.chunks(chosen):
        block = look(who)
        bought = among(block.customer * size + block.product, came)
        kept = bought | (draw.random(len(bought)) < 1 / others)
        rows.append(block.features[:, kept])
        wanted.append(bought[kept])
        possible += len(bought) - int(bought.sum())
    hits = np.concatenate(wanted)
    enough = min(hits.sum(), possible) >= MIN_TARGETS
    weight = np.where(hits, 1.0, others)
    booster = _grown(np.concatenate(rows, axis=1), hits, weight, seed=seed, threads=threads) if enough else None
    there = _bought(before, baskets, chosen)
    return Lesson(
        ranker=Ranker(booster), features=names, targets=len(chosen), found=float(hits.sum() / there) if there else 0.0
    )


def best(market: Market, block: Block, ranker: Ranker, k: int) -> Ranked:
    """Return the `k` best candidates of each customer, best first.

    Ties go to the product with the smaller id.
    """
    score = ranker.scores(market.names, block)
    rows, rank = _top(block, score, k)
    customer, product, pair = block.customer[rows], block.product[rows], block.pair[rows]
    because = np.full(len(rows), -1, dtype=np.int64)
    new = pair < 0
    looked = np.where(new, market.looked[block.view[rows]], -1)
    told = new & (looked < 0)
    because[told] = speaks_most(market, customer[told], product[told])
    return Ranked(
        customer=customer, product=product, pair=pair, because=because, looked=looked, rank=rank, score=score[rows]
    )


def together(parts: Sequence[Ranked]) -> Ranked:
    """Put parts one after the other."""
    return Ranked(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Ranked)})


def _top(block: Block, score: Floats, k: int) -> tuple[Places, Places]:
    """Return the rows of the best of each customer, and their rank from 1."""
    if not len(score):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    ends = np.flatnonzero(np.r_[True, block.customer[1:] != block.customer[:-1], True])
    top = top_of_each(ends, score.astype(np.float32), k)
    least = np.minimum.reduceat(score[top], np.searchsorted(top, ends[:-1]))
    near = np.flatnonzero(score >= np.repeat(least, np.diff(ends)))  # those, and ties with the last of them
    order = near[np.lexsort((block.product[near], -score[near], block.customer[near]))]
    who = block.customer[order]
    first = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    rank = np.arange(len(who)) - np.repeat(first, np.diff(np.r_[first, len(who)]))
    return order[rank < k], rank[rank < k] + 1


def among(keys: Places, known: Places) -> NDArray[np.bool_]:
    """Return which keys are among sorted ones."""
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[place] == keys)


def _grown(features: NDArray[np.float32], wanted: NDArray[np.bool_], weight: Floats, *, seed: int, threads: int) -> Any:
    library = lightgbm_library()
    data = library.Dataset(np.ascontiguousarray(features.T), wanted.astype(np.float64), weight=weight)
    return library.train(SHAPE | {"seed": seed, "num_threads": threads}, data, num_boost_round=TREES)


def _bought(before: Market, baskets: Baskets, customers: Places) -> int:
    """Count the products of the last baskets of customers that the policy lets be foretold."""
    last = (baskets.age == 0) & np.isin(baskets.customer, customers)
    if before.policy == "include":
        return int(last.sum())
    size = len(baskets.products)
    known = before.baskets
    own = np.unique(known.customer.astype(np.int64) * size + known.product)
    again = np.isin(baskets.customer[last].astype(np.int64) * size + baskets.product[last], own)
    return int((again == (before.policy == "only")).sum())

"""What will each customer buy next: again, or for the first time?

Candidates come from what the customer buys, what goes with it, what follows it, and what is popular. Trees put them in
order; they have learned from each customer's last known basket, foretold from what was known before it. Where there is
too little to learn from, the order is that of the candidates themselves.

Ref  Hu, He, Gao & Zhang (2020), SIGIR, 1071-1080 (TIFU-KNN): repeat purchases by decayed frequency
     Faggioli, Polato & Aiolli (2020), UMAP, 263-271 (UP-CF): recency before frequency
     Li, Jullien, Ariannezhad & de Rijke (2023), ACM TOIS 41(4): repeat and explore are two tasks
     Burges (2010), From RankNet to LambdaRank to LambdaMART, MSR-TR-2010-82: why a ranker is trained on candidates
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.models.baskets import Baskets, read_baskets
from patron.models.boosting import lightgbm_library
from patron.models.estimator import fitted_state
from patron.models.next_candidates import CANDIDATES, OWN, POLICIES, POPULAR, Block, Market
from patron.models.next_reasons import reasons

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

MIN_TARGETS = 500
"""Customers with a basket to foretell: trees of fewer are worse than no trees."""

MOST_TARGETS = 12_000
"""Customers to learn from, evenly spaced; more cost time and change nothing."""

TREES = 150
SHAPE: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.08, "num_leaves": 15, "min_data_in_leaf": 200, "feature_fraction": 0.5,
    "lambda_l2": 20.0, "deterministic": True, "force_row_wise": True, "verbose": -1,
}  # fmt: skip
THREADS = 2

MOST_ROWS = 28_000_000
"""Candidates in all that are scored: of very many customers each has fewer, the strongest."""

FEWEST = 40


def best(block: Block, score: Floats, k: int) -> tuple[Places, NDArray[np.int64]]:
    """Return the rows of the `k` best candidates of each customer, best first, and their rank from 1.

    Ties go to the candidate that stands first, which is the product with the smaller id.
    """
    order = np.lexsort((block.product, -score, block.customer))
    who = block.customer[order]
    first = np.flatnonzero(np.r_[True, who[1:] != who[:-1]]) if len(who) else np.zeros(0, dtype=np.int64)
    rank = np.arange(len(who)) - np.repeat(first, np.diff(np.r_[first, len(who)]))
    return order[rank < k], rank[rank < k] + 1


@dataclass(frozen=True, kw_only=True)
class NextProductParams:
    """What was learned, and from what: `trees` is none where there was too little."""

    trees: str | None
    features: tuple[str, ...]
    customers: int
    targets: int
    candidates: int
    found: float  # share of the products of the learned baskets that were among the candidates
    importance: tuple[float, ...]


class NextProduct:
    """Rank the products that each customer may buy next.

    Parameters
    ----------
    repeat_policy : {"include", "only", "exclude"}
        Whether what the customer has bought before may be foretold, too, alone, or not at all.
    candidates : int
        Products that are looked at for each customer; fewer where there are very many customers.
    seed : int
        Of the trees. The same rows in any order, the same seed: the same ranks.
    threads : int
        At most; the result does not depend on it.

    Examples
    --------
    >>> NextProduct(repeat_policy="exclude")
    NextProduct(repeat_policy='exclude')
    """

    def __init__(
        self, repeat_policy: str = "include", *, candidates: int = CANDIDATES, seed: int = 1, threads: int = THREADS
    ) -> None:
        if repeat_policy not in POLICIES:
            raise failure(ArgumentError, "next_product.policy", came=repeat_policy, allowed=listing(POLICIES))
        _check_whole("candidates", candidates)
        self.repeat_policy, self.candidates, self.seed, self.threads = repeat_policy, candidates, seed, threads
        self._state: NextProductParams | None = None
        self._baskets: Baskets | None = None
        self._market: Market | None = None
        self._booster: Any = None

    def fit(self, order_lines: Any, *, as_of: date) -> Self:
        """Learn what is bought next.

        Parameters
        ----------
        order_lines : Table, one row per order line
            Ibis, Arrow, pandas or Polars: ``customer_id, product_id, ordered_at, quantity``. What a customer buys on
            one day is one basket, less what came back that day; other columns are not looked at.
        as_of : date
            The last day we may know about; later lines are not looked at.

        Raises
        ------
        ContractError
            A column is missing.
        ArgumentError
            The table is of no known kind, a column of a wrong type or with holes, or no line is known on the day.
        """
        baskets = read_baskets(order_lines, as_of=as_of)
        before = Market(baskets.before_last(), policy=self.repeat_policy)
        block, wanted = self._lesson(before, baskets)
        names = tuple(before.names)
        self._booster, importance = None, (0.0,) * len(names)
        if block is not None and min(wanted.sum(), len(wanted) - wanted.sum()) >= MIN_TARGETS:
            self._booster = self._grown(block.features, wanted)
            gains = self._booster.feature_importance("gain")
            importance = tuple((gains / max(gains.sum(), 1e-9)).tolist())
        asked = np.zeros(0, dtype=np.int64) if block is None else np.unique(block.customer)
        there = _bought(before, baskets, asked)
        self._baskets, self._market = baskets, None
        self._state = NextProductParams(
            trees=None if self._booster is None else self._booster.model_to_string(), features=names,
            customers=len(baskets.customers), targets=len(asked), candidates=self._each(len(baskets.customers)),
            found=float(wanted.sum() / there) if there else 0.0, importance=importance,
        )  # fmt: skip
        return self

    def recommend(
        self, k: int = 10, customers: Sequence[str] | None = None, *, offered: Collection[str] | None = None
    ) -> pa.Table:
        """Return the products that customers will most likely buy next.

        Parameters
        ----------
        k : int
            How many for each customer; fewer where the policy or the offer leaves no more.
        customers : sequence of str, optional
            Only these, each once; of all without it. Who has bought nothing is given what is popular.
        offered : collection of str, optional
            The products that may be recommended: in stock, above the margin that is asked for, not excluded.

        Returns
        -------
        Table, by customer and rank
            ``customer_id, product_id``; ``rank`` from 1; ``score``, the chance that the product is in the next basket
            where trees were learned, else a number that only ranks; ``reason``, a sentence.

        Raises
        ------
        NotFitted
            Before `fit`.
        ArgumentError
            `k` is no whole number from 1 on.
        """
        state = self._fitted("recommend")
        baskets = fitted_state(self._baskets, model="NextProduct", asked="recommend")
        _check_whole("k", k)
        market = self._seen(baskets, offered)
        ids = baskets.customers.to_pylist() if customers is None else sorted({str(one) for one in customers})
        places = {one: place for place, one in enumerate(baskets.customers.to_pylist())}
        known = np.array([places[one] for one in ids if one in places], dtype=np.int64)
        parts = [self._ranked(market, block, k) for block in market.blocks(known, candidates=max(state.candidates, k))]
        strangers = [one for one in ids if one not in places]
        whole = pa.concat_tables([*parts, _popular(market, strangers, k)])
        return whole.sort_by([("customer_id", "ascending"), ("rank", "ascending")])

    @property
    def params_(self) -> NextProductParams:
        """What was learned, and from what."""
        return self._fitted("params_")

    @property
    def importance_(self) -> dict[str, float]:
        """Each feature's share of all that the trees' splits gained, the largest first."""
        state = self._fitted("importance_")
        shares = dict(zip(state.features, state.importance, strict=True))
        return dict(sorted(shares.items(), key=lambda one: (-one[1], one[0])))

    def __repr__(self) -> str:
        return f"NextProduct(repeat_policy={self.repeat_policy!r})"

    def _lesson(self, before: Market, baskets: Baskets) -> tuple[Block | None, NDArray[np.bool_]]:
        """Return candidates of customers as they stood before their last basket, and which of them it held."""
        able = np.flatnonzero(baskets.counts > 1)
        chosen = able[:: max(1, -(-len(able) // MOST_TARGETS))]
        if not len(chosen):
            return None, np.zeros(0, dtype=bool)
        parts = list(before.blocks(chosen, candidates=self._each(len(baskets.customers))))
        block = Block(
            customer=np.concatenate([part.customer for part in parts]),
            product=np.concatenate([part.product for part in parts]),
            features=np.concatenate([part.features for part in parts]),
        )
        last = baskets.age == 0
        size = len(baskets.products)
        came = baskets.customer[last].astype(np.int64) * size + baskets.product[last]
        return block, np.isin(block.customer * size + block.product, came)

    def _grown(self, features: NDArray[np.float32], wanted: NDArray[np.bool_]) -> Any:
        library = lightgbm_library()
        asked = SHAPE | {"seed": self.seed, "num_threads": self.threads}
        return library.train(asked, library.Dataset(features, wanted.astype(np.float64)), num_boost_round=TREES)

    def _each(self, customers: int) -> int:
        return max(min(FEWEST, self.candidates), min(self.candidates, MOST_ROWS // max(customers, 1)))

    def _seen(self, baskets: Baskets, offered: Collection[str] | None) -> Market:
        """Return the market of the day; it is counted once, whatever is offered."""
        if self._market is None:
            self._market = Market(baskets, policy=self.repeat_policy)
        if offered is None:
            return self._market
        chosen = {str(one) for one in offered}
        allowed = np.array([one in chosen for one in baskets.products.to_pylist()], dtype=bool)
        return self._market.with_offer(allowed)

    def _ranked(self, market: Market, block: Block, k: int) -> pa.Table:
        score = self._scores(market, block)
        rows, rank = best(block, score, k)
        kept = Block(customer=block.customer[rows], product=block.product[rows], features=block.features[rows])
        return pa.table({
            "customer_id": market.baskets.customers.take(pa.array(kept.customer)).cast(pa.string()),
            "product_id": market.baskets.products.take(pa.array(kept.product)).cast(pa.string()),
            "rank": pa.array(rank, pa.int64()),
            "score": pa.array(score[rows], pa.float64()),
            "reason": reasons(market, kept),
        })  # fmt: skip

    def _scores(self, market: Market, block: Block) -> Floats:
        if self._booster is not None:
            return np.asarray(self._booster.predict(block.features, num_threads=self.threads), dtype=np.float64)
        column = {name: block.features[:, place].astype(np.float64) for place, name in enumerate(market.names)}
        return np.asarray(OWN * column["share"] + column["near_rank"] + POPULAR * column["popularity"])

    def _fitted(self, asked: str) -> NextProductParams:
        return fitted_state(self._state, model="NextProduct", asked=asked)


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


def _popular(market: Market, strangers: Sequence[str], k: int) -> pa.Table:
    """Return the most popular products for those of whom nothing is known; nothing where only repeats are asked for."""
    products = market.most_popular(k) if market.policy != "only" else np.zeros(0, dtype=np.int64)
    each, all_of = len(products), len(strangers) * len(products)
    block = Block(
        customer=np.full(all_of, -1),
        product=np.tile(products, len(strangers)),
        features=np.zeros((all_of, len(market.names)), dtype=np.float32),
    )
    return pa.table({
        "customer_id": pa.array(np.repeat(np.array(strangers, dtype=object), each), pa.string()),
        "product_id": market.baskets.products.take(pa.array(block.product)).cast(pa.string()),
        "rank": pa.array(np.tile(np.arange(1, each + 1), len(strangers)), pa.int64()),
        "score": pa.array(market.popularity[block.product], pa.float64()),
        "reason": reasons(market, block),
    })  # fmt: skip


def _check_whole(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise failure(ArgumentError, "next_product.whole", argument=name, came=value)

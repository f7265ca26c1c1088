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

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.models.baskets import Baskets, places_of, read_baskets
from patron.models.estimator import fitted_state
from patron.models.next_candidates import CANDIDATES, POLICIES, Market
from patron.models.next_ranking import Ranked, Ranker, among, best, learned, together
from patron.models.next_reasons import sentences
from patron.models.segment_popularity import Membership, nobody, read_membership
from patron.models.views import Views, read_views

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

THREADS = 2


@dataclass(frozen=True, kw_only=True)
class NextProductParams:
    """What was learned, and from what: `trees` is none where there was too little."""

    trees: str | None
    features: tuple[str, ...]
    customers: int
    targets: int
    found: float  # share of the products of the learned baskets that were among the candidates
    importance: tuple[float, ...]


class NextProduct:
    """Rank the products that each customer may buy next.

    Parameters
    ----------
    repeat_policy : {"include", "only", "exclude"}
        Whether what the customer has bought before may be foretold, too, alone, or not at all.
    candidates : int
        Products that are looked at for each customer.
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
        check_whole("candidates", candidates)
        self.repeat_policy, self.candidates, self.seed, self.threads = repeat_policy, candidates, seed, threads
        self._state: NextProductParams | None = None
        self._baskets: Baskets | None = None
        self._views: Views | None = None
        self._membership: Membership | None = None
        self._market: Market | None = None
        self._ranker = Ranker()

    def fit(self, order_lines: Any, *, as_of: date, views: Any = None, segments: Any = None) -> Self:
        """Learn what is bought next.

        Parameters
        ----------
        order_lines : Table, one row per order line
            Ibis, Arrow, pandas or Polars: ``customer_id, product_id, ordered_at, quantity``. What a customer buys on
            one day is one basket, less what came back that day; other columns are not looked at.
        as_of : date
            The last day we may know about; later lines are not looked at.
        views : Table, optional
            Which products customers looked at (or put into a cart): ``customer_id, product_id, viewed_at``, any number
            of rows. Of customers and products with an order line.
        segments : Table, optional
            ``customer_id, segment``, also of people who have bought nothing: something that was known with the first
            purchase or before it, such as what brought them. Of whom little is known what is popular there counts.

        Raises
        ------
        ContractError
            A column is missing.
        ArgumentError
            The table is of no known kind, a column of a wrong type or with holes, or no line is known on the day.
        """
        baskets = read_baskets(order_lines, as_of=as_of)
        seen = None if views is None else read_views(views, baskets, as_of=as_of)
        membership = nobody(baskets) if segments is None else read_membership(segments, baskets)
        lesson = learned(
            baskets,
            policy=self.repeat_policy,
            candidates=self.candidates,
            seed=self.seed,
            threads=self.threads,
            views=seen,
            membership=membership,
        )
        self._membership = membership
        self._baskets, self._views, self._market, self._ranker = baskets, seen, None, lesson.ranker
        self._state = NextProductParams(
            trees=lesson.ranker.trees, features=lesson.features, customers=len(baskets.customers),
            targets=lesson.targets, found=lesson.found, importance=lesson.ranker.importance(len(lesson.features)),
        )  # fmt: skip
        return self

    def recommend(
        self, k: int = 10, customers: Sequence[str] | None = None, *, offered: Collection[str] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> pa.Table:  # fmt: skip
        """Return the products that customers will most likely buy next.

        Parameters
        ----------
        k : int
            How many for each customer; fewer where the policy or the offer leaves no more.
        customers : sequence of str, optional
            Only these, each once; of all without it. Who has bought nothing is given what is popular, in her segment
            where that is known.
        offered : collection of str, optional
            The products that may be recommended: in stock, above the margin that is asked for, not excluded.
        names : mapping of str to str, optional
            What products are called in reasons; a product without a name is called by its id.

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
        self._fitted("recommend")
        baskets = fitted_state(self._baskets, model="NextProduct", asked="recommend")
        check_whole("k", k)
        market = self._seen(baskets, offered)
        ids = baskets.customers.to_pylist() if customers is None else sorted({str(one) for one in customers})
        places = {one: place for place, one in enumerate(baskets.customers.to_pylist())}
        known = np.array([places[one] for one in ids if one in places], dtype=np.int64)
        strangers = [one for one in ids if one not in places]
        parts = self._parts(market, known, k)
        table = _listed(market, parts, names or {})
        if not strangers:
            return table
        whole = pa.concat_tables([table, _popular(market, strangers, k)])
        return whole.sort_by([("customer_id", "ascending"), ("rank", "ascending")])

    def has_bought(self, customer_id: pa.ChunkedArray, product_id: pa.ChunkedArray) -> NDArray[np.bool_]:
        """Return, row by row, whether the customer had bought the product by the day of the fit.

        Raises
        ------
        NotFitted
            Before `fit`.
        """
        baskets = fitted_state(self._baskets, model="NextProduct", asked="has_bought")
        size = len(baskets.products)
        rows = baskets.pairs
        known = baskets.customer[rows].astype(np.int64) * size + baskets.product[rows]
        who = places_of(customer_id, baskets.customers).astype(np.int64)
        what = places_of(product_id, baskets.products)
        return np.asarray((who >= 0) & (what >= 0) & among(who * size + what, known))

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

    def _seen(self, baskets: Baskets, offered: Collection[str] | None) -> Market:
        """Return the market of the day; it is counted once, whatever is offered."""
        if self._market is None:
            self._market = Market(
                baskets, policy=self.repeat_policy, views=self._views, membership=self._membership, threads=self.threads
            )
        if offered is None:
            return self._market
        chosen = {str(one) for one in offered}
        allowed = np.array([one in chosen for one in baskets.products.to_pylist()], dtype=bool)
        return self._market.with_offer(allowed)

    def _parts(self, market: Market, customers: Places, k: int) -> list[Ranked]:
        """Rank a chunk of customers after the other, several at once."""
        look = market.looking(max(self.candidates, k))

        def ranked(who: Places) -> Ranked:
            return best(market, look(who), self._ranker, k)

        with ThreadPoolExecutor(self.threads) as threads:
            return list(threads.map(ranked, market.chunks(customers)))

    def _fitted(self, asked: str) -> NextProductParams:
        return fitted_state(self._state, model="NextProduct", asked=asked)


def _listed(market: Market, parts: Sequence[Ranked], names: Mapping[str, str]) -> pa.Table:
    """Return the rows of customers, in their order."""
    whole = together(parts)
    return _table(
        customer_id=market.baskets.customers.take(pa.array(whole.customer)).cast(pa.string()),
        product_id=market.baskets.products.take(pa.array(whole.product)).cast(pa.string()),
        rank=whole.rank, score=whole.score,
        reason=sentences(
            market, whole.pair, whole.because, whole.looked, market.membership.of_customer[whole.customer], names=names
        ),
    )  # fmt: skip


def _popular(market: Market, strangers: Sequence[str], k: int) -> pa.Table:
    """Return the most popular products for those of whom nothing is known; nothing where only repeats are asked for.

    Who is in a known segment is given what is popular there.
    """
    most = 0 if market.policy == "only" else k
    segment = market.membership.of(strangers)
    lists = [market.most_popular(most, segment=one) for one in range(len(market.popularity))]
    length = np.array([len(one) for one in lists])[segment]
    product = np.concatenate([lists[one] for one in segment])
    segment, nothing = np.repeat(segment, length), np.full(len(product), -1)
    return _table(
        customer_id=pa.array(np.repeat(np.array(strangers, dtype=object), length), pa.string()),
        product_id=market.baskets.products.take(pa.array(product)).cast(pa.string()),
        rank=np.concatenate([np.arange(1, one + 1) for one in length]), score=market.popularity[segment, product],
        reason=sentences(market, nothing, nothing, nothing, segment, names={}),
    )  # fmt: skip


def _table(*, customer_id: pa.Array, product_id: pa.Array, rank: Places, score: Floats, reason: pa.Array) -> pa.Table:
    return pa.table({
        "customer_id": customer_id, "product_id": product_id, "rank": pa.array(rank, pa.int64()),
        "score": pa.array(score, pa.float64()), "reason": reason,
    })  # fmt: skip


def check_whole(name: str, value: Any) -> None:
    """Check that an argument is a whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise failure(ArgumentError, "next_product.whole", argument=name, came=value)

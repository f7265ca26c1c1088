"""What is known of each product a customer has bought, of each product, and of each customer?

Counts and sums over baskets: how often, how long ago, in which interval; how many buy a product, how many buy it
again, whether it is rising. All of it is known at the moment that one looks from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.models.baskets import Baskets

Floats = NDArray[np.float32]

DECAYS = (0.9, 0.7, 0.5)
"""What a purchase still counts a basket later."""

LATELY = 0.8
"""The same for how much a product is bought lately, by anybody."""

PRIOR = 20.0
"""Chances of a product to be bought again are shrunk to those of all by so many chances."""

SEASON_DAYS = 28


@dataclass(frozen=True, kw_only=True)
class Items:
    """Columns by pair of a customer and a product that was bought (as `Baskets.pairs`), by product, and by customer.

    At the end of the columns by pair stands what holds for a product that was never bought: so the place -1 finds it.
    """

    own: dict[str, Floats]
    of_product: dict[str, Floats]
    of_customer: dict[str, Floats]


def count_items(baskets: Baskets) -> Items:
    """Count all of it."""
    starts = baskets.pairs
    times = np.diff(np.r_[starts, len(baskets.customer)]).astype(np.float64)
    ends = starts + times.astype(np.int64) - 1
    who, what = baskets.customer[starts], baskets.product[starts]
    last, first = (baskets.age[rows].astype(np.float64) for rows in (starts, ends))
    since, began = (baskets.days[rows].astype(np.float64) for rows in (starts, ends))
    own = {
        "share": times / baskets.counts[who],
        **{f"decayed_{rate}": _sums(rate ** baskets.age.astype(np.float64), starts) for rate in DECAYS},
        "baskets_since": last,
        "baskets_since_first": first,
        "overdue": _overdue(last + 1, first - last, times),
        "days_since": since,
        "interval_days": _interval(began - since, times),
        "overdue_days": _overdue(since, began - since, times),
    }
    return Items(
        own={name: _ended(name, values) for name, values in own.items()},
        of_product=_products(baskets, what, times, first),
        of_customer=_customers(baskets, who, what),
    )


def _ended(name: str, values: NDArray[np.float64]) -> Floats:
    """Add that what was never bought has no times and days, and counts nothing."""
    ended = np.empty(len(values) + 1, dtype=np.float32)
    ended[:-1], ended[-1] = values, 0 if name == "share" or name.startswith("decayed") else np.nan
    return ended


def _sums(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.add.reduceat(values, starts) if len(starts) else values[:0]


def _interval(span: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean interval between purchases of it; NaN of one purchase."""
    return np.asarray(np.divide(span, times - 1, out=np.full(len(span), np.nan), where=times > 1))


def _overdue(since: NDArray[np.float64], span: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    interval = _interval(span, times)
    return np.asarray(np.divide(since, interval, out=np.full(len(since), np.nan), where=interval > 0))


def _products(baskets: Baskets, what: Any, times: NDArray[np.float64], first: NDArray[np.float64]) -> dict[str, Floats]:
    size = len(baskets.products)

    def added(places: Any, weights: Any = None) -> NDArray[np.float64]:
        return np.bincount(places, weights=weights, minlength=size).astype(np.float64)

    buyers, bought = added(what), added(baskets.product)
    recent = added(baskets.product, LATELY ** baskets.age.astype(np.float64))
    last = added(baskets.product[baskets.age == 0])
    in_season = added(baskets.product, 0.5 ** (baskets.days / SEASON_DAYS))
    could = first > 0  # a basket has followed the one in which it was first bought
    chances, again = added(what, first), added(what, times - 1)
    repeaters, able = added(what[could], times[could] > 1), added(what[could])
    columns = {
        "buyers": buyers,
        "bought": bought,
        "bought_lately": recent,
        "rising": last / np.maximum(bought, 1),
        "in_season": in_season / max(in_season.sum(), 1e-9) * max(bought.sum(), 1) / np.maximum(bought, 1),
        "bought_again": _shrunk(repeaters, able, PRIOR / 4),
        "again_a_basket": _shrunk(again, chances, PRIOR),
    }
    return {name: values.astype(np.float32) for name, values in columns.items()}


def _shrunk(came: NDArray[np.float64], chances: NDArray[np.float64], prior: float) -> NDArray[np.float64]:
    common = came.sum() / max(chances.sum(), 1.0)
    return np.asarray((came + common * prior) / (chances + prior))


def _customers(baskets: Baskets, who: Any, what: Any) -> dict[str, Floats]:
    size = len(baskets.customers)
    lines = np.bincount(baskets.customer, minlength=size).astype(np.float64)
    different = np.bincount(who, minlength=size).astype(np.float64)
    buyers = np.bincount(what, minlength=len(baskets.products))
    common = np.bincount(who, weights=np.log1p(buyers)[what], minlength=size)
    columns = {
        "baskets": baskets.counts.astype(np.float64),
        "basket_size": lines / np.maximum(baskets.counts, 1),
        "products": different,
        "repeated": 1 - different / np.maximum(lines, 1),
        "last_size": np.bincount(baskets.customer[baskets.age == 0], minlength=size),
        "mainstream": common / np.maximum(different, 1),
    }
    return {name: np.asarray(values, dtype=np.float32) for name, values in columns.items()}

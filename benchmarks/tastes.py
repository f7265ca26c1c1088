"""Order lines of customers with tastes, and the product that each bought next.

Products stand in groups of a hundred. A customer likes three groups and buys four of five products there, the others
anywhere; within a group, some products are bought more than others. Every fourth purchase repeats an earlier one.
Baskets hold three products on average, and come in an interval of the customer's own.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]

LIKED, OF_LIKED, REPEATED, BASKET = 3, 0.8, 0.25, 3.0
DAYS = 700


def tastes(customers: int, *, products: int, each: float, as_of: np.datetime64, seed: int) -> tuple[pa.Table, pa.Table]:
    """Draw order lines, and what came next (``customer_id, product_id``)."""
    rng = np.random.default_rng(seed)
    size = np.minimum(2 + rng.geometric(1 / each, customers), 200)
    who = np.repeat(np.arange(customers), size)
    first = np.cumsum(size) - size
    place = np.arange(len(who)) - first[who]
    product = _products(rng, who, customers=customers, products=products)
    again = (rng.random(len(who)) < REPEATED) & (place > 0)
    product[again] = product[(first[who] + (rng.random(len(who)) * place).astype(np.int64))[again]]
    basket = np.cumsum((place == 0) | (rng.random(len(who)) < 1 / BASKET))
    last = basket[np.cumsum(size) - 1]
    days = (last[who] - basket) * rng.integers(7, 40, customers)[who]
    known = np.flatnonzero((days > 0) & (days < DAYS))
    _, following = np.unique(np.where(days == 0, who, -1), return_index=True)
    names = pa.array([f"C{number:07d}" for number in range(customers)])
    goods = pa.array([f"P{number:05d}" for number in range(products)])
    lines = pa.table({
        "customer_id": names.take(pa.array(who[known])), "product_id": goods.take(pa.array(product[known])),
        "ordered_at": pa.array(as_of - days[known].astype("timedelta64[D]")), "quantity": np.ones(len(known)),
    })  # fmt: skip
    after = following[days[following] == 0]
    return lines, pa.table({
        "customer_id": names.take(pa.array(who[after])), "product_id": goods.take(pa.array(product[after]))
    })  # fmt: skip


def _products(rng: np.random.Generator, who: Ints, *, customers: int, products: int) -> Ints:
    """Draw a product for each line: of a liked group, or of any."""
    groups = products // 100
    rank = np.arange(products) // groups
    order = np.argsort(np.arange(products) % groups, kind="stable")
    ladder = np.cumsum(((1 + rank) ** -0.8)[order])
    rungs = np.r_[0, ladder[np.arange(1, groups + 1) * (products // groups) - 1]]
    popular = rng.permutation((1 + np.arange(groups)) ** -0.5)
    popular /= popular.sum()
    liked = rng.choice(groups, (customers, LIKED), p=popular)
    anywhere = rng.choice(groups, len(who), p=popular)
    group = np.where(rng.random(len(who)) < OF_LIKED, liked[who, rng.integers(0, LIKED, len(who))], anywhere)
    height = rungs[group] + rng.random(len(who)) * (rungs[group + 1] - rungs[group])
    return np.asarray(order[np.minimum(np.searchsorted(ladder, height), products - 1)])

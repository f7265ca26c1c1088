"""Products that sell at known rates, with a season, and some that rise, fall, are new or leave the shelf.

Each week a product is bought a Poisson number of times, at its rate times the season, by customers drawn at random, who
take one piece or several. Nothing else is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.arguments import not_negative, positive, seeded, whole
from patron.simulate.tables import days_column, ids_column, names_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_DAY = date(2023, 1, 2)
AHEAD = 8  # weeks after the last day that the truth tells
LATELY = 8  # weeks in which what is planted goes its own way
CATEGORIES = ("Garden", "Home", "Toys")
KINDS = ("steady", "rising", "falling", "new", "gone")
PEAKS = (150.0, 15.0, 340.0)  # day of the year on which each category sells most
PEAK_WEEKS = 5.0  # its standard deviation


@dataclass(frozen=True, kw_only=True, eq=False)
class Shelf:
    """Order lines from `first_day` to `last_day`, and the truth of each product."""

    # order_id, customer_id, product_id, category, ordered_at (date), quantity, unit_price; by day
    order_lines: pa.Table
    # product_id, category, kind, rate (purchases a week now, at season 1), expected and came (units of 8 weeks)
    truth: pa.Table
    first_day: date
    last_day: date


def shelf(  # noqa: PLR0913 - each is a part of the truth
    products: int,
    weeks: int,
    *,
    seed: int,
    purchases: float = 6.0,
    between: float = 1.0,
    pieces: float = 2.0,
    season: float = 0.0,
    planted: float = 0.0,
    times: float = 3.0,
    customers: int = 2_000,
) -> Shelf:
    """Draw what is bought of each product.

    Parameters
    ----------
    products, weeks : int
        How many; the weeks begin on 2 January 2023.
    seed : int
        The same seed gives the same purchases.
    purchases, between : float
        Purchases a week of the middle product, and the standard deviation of their logarithm between products.
    pieces : float
        Mean pieces of a purchase; one and a Poisson number.
    season : float
        How much more than at other times a category sells in its weeks: 2 for three times as much.
    planted : float
        Share of the products of each of the kinds rising, falling, new and gone.
    times : float
        The rate of a rising product in the last 8 weeks over that before; of a falling one the inverse.
    customers : int
        Who buys.

    Raises
    ------
    ArgumentError
        A parameter is out of its range.

    Examples
    --------
    >>> drawn = shelf(5, 20, seed=1)
    >>> drawn.order_lines.column_names[:4], drawn.truth.num_rows
    (['order_id', 'customer_id', 'product_id', 'category'], 5)
    """
    rng = seeded(seed)
    goods, length = whole("products", products, least=1), whole("weeks", weeks, least=LATELY + 1)
    people = whole("customers", customers, least=1)
    positive(purchases=purchases, pieces=pieces, times=times)
    more = float(not_negative("pieces", pieces - 1))
    rate = purchases * np.exp(float(not_negative("between", between)) * rng.standard_normal(goods))
    many = min(int(float(not_negative("planted", planted)) * goods), goods // len(KINDS))
    kind = np.zeros(goods, dtype=np.int64)
    for place in range(1, len(KINDS)):
        kind[(place - 1) * many : place * many] = place
    kind = rng.permutation(kind)
    category = np.arange(goods) % len(CATEGORIES)
    mean = rate * _seasons(length + AHEAD, float(not_negative("season", season)))[:, category]
    mean = mean * _planted(kind, length, times)
    count = rng.poisson(mean)
    week, product = (np.repeat(one.ravel(), count.ravel()) for one in np.indices(count.shape))
    quantity = 1 + rng.poisson(more, len(week))
    now = _planted(kind, length, times)[length - 1]
    came = np.bincount(product[week >= length], quantity[week >= length], minlength=goods)
    truth = pa.table({
        "product_id": ids_column("P", np.arange(goods), digits=5),
        "category": names_column(CATEGORIES, category),
        "kind": names_column(KINDS, kind),
        "rate": rate * now,
        "expected": mean[length:].sum(axis=0) * pieces,
        "came": came,
    })  # fmt: skip
    seen = week < length
    lines = _lines(rng, week[seen], product[seen], quantity[seen], category, people)
    return Shelf(
        order_lines=lines, truth=truth, first_day=FIRST_DAY, last_day=FIRST_DAY + timedelta(days=7 * length - 1)
    )


def _seasons(weeks: int, height: float) -> Floats:
    """Return the factor of each week and category."""
    days = np.array([(FIRST_DAY + timedelta(days=7 * week + 3)).timetuple().tm_yday for week in range(weeks)])
    apart = np.abs(days[:, None] - np.array(PEAKS))
    apart = np.minimum(apart, 365.25 - apart) / 7
    return np.asarray(1 + height * np.exp(-((apart / PEAK_WEEKS) ** 2) / 2))


def _planted(kind: Ints, weeks: int, times: float) -> Floats:
    """Return by week and product what is planted: over the last weeks, and those ahead."""
    lately = np.arange(weeks + AHEAD)[:, None] >= weeks - LATELY
    steps = np.array([1.0, times, 1 / times, 1.0, 0.0])[kind]
    found = np.where(lately, steps, 1.0)
    return np.where((kind == KINDS.index("new")) & ~lately, 0.0, found)


def _lines(
    rng: np.random.Generator, week: Ints, product: Ints, quantity: Ints, category: Ints, customers: int
) -> pa.Table:
    day = 7 * week + rng.integers(0, 7, len(week))
    order = np.argsort(day, kind="stable")
    day, product, quantity = day[order], product[order], quantity[order]
    return pa.table({
        "order_id": ids_column("O", np.arange(len(day)), digits=8),
        "customer_id": ids_column("C", rng.integers(0, customers, len(day)), digits=6),
        "product_id": ids_column("P", product, digits=5),
        "category": names_column(CATEGORIES, category[product]),
        "ordered_at": days_column(FIRST_DAY, day),
        "quantity": quantity.astype(np.float64),
        "unit_price": np.full(len(day), 2.5),
    })  # fmt: skip

"""Customers of eight kinds whose orders tell them apart, as clearly or as faintly as one asks for.

Each kind has a rhythm, an order value, a way to order, a time of day and week, a share of discounts and of goods sent
back, a category that it leans to and a season. Customers differ around their kind, and every one of them around
herself from order to order; order values are heavy-tailed, so that a few customers are worth a hundred others. What a
kind is made of has nothing to do with how many customers are of it, nor with when they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.raw import RAW_ORDER_LINES
from patron.simulate.arguments import not_negative, seeded, whole
from patron.simulate.tables import ids_column, moments_column, money_column, names_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_DAY = date(2022, 1, 1)
DAYS = 1096
DAY, HOUR = 86_400, 3_600  # seconds
CATEGORIES, PRODUCTS = 10, 40  # categories, and products of each
CHANNELS = ("web", "app", "store")
DEFAULT_DIFFICULTY = 1.0
SPREAD_LOG, SPREAD_LOGIT = 0.16, 0.33  # of customers around their kind, at difficulty 1
HEAVY = 0.55  # log spread of a customer's orders
PURSE = 0.7  # log spread of what customers can spend, whatever their kind
WHALES, WHALE = 0.01, 25.0  # share of customers who buy for others, too, and how many times as much


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The middle of one kind; shares are of orders, of lines sent back, and of money taken off."""

    name: str
    share: float
    interval_days: float
    order_value: float
    lines: float
    discount: float = 0.05
    returns: float = 0.04
    app: float = 0.1
    store: float = 0.08
    evening: float = 0.25
    weekend: float = 0.28
    year_end: float = 0.17
    focus: float = 0.3
    products: int = PRODUCTS  # of a category that are ever bought
    spread: float = 0.8  # of its customers, beside that of other kinds


KINDS: tuple[Kind, ...] = (
    Kind(name="all-rounder", share=0.36, interval_days=40, order_value=65, lines=3.5, spread=3.2, discount=0.10,
         returns=0.06, app=0.25, store=0.25, evening=0.32, weekend=0.33, focus=0.35),
    Kind(name="discount hunter", share=0.14, interval_days=45, order_value=38, lines=3.0, discount=0.45, weekend=0.35),
    Kind(name="evening app user", share=0.12, interval_days=32, order_value=52, lines=2.0, app=0.88, evening=0.80),
    Kind(name="saturday visitor", share=0.11, interval_days=38, order_value=58, lines=3.0, store=0.90, weekend=0.85,
         evening=0.06),
    Kind(name="bulk buyer", share=0.05, interval_days=42, order_value=300, lines=14.0, weekend=0.03, evening=0.04),
    Kind(name="replenisher", share=0.09, interval_days=13, order_value=26, lines=1.4, focus=0.90,
         products=3),
    Kind(name="serial returner", share=0.05, interval_days=36, order_value=120, lines=3.5, returns=0.55, app=0.40),
    Kind(name="gift giver", share=0.08, interval_days=55, order_value=85, lines=2.0, year_end=0.95, evening=0.60),
)  # fmt: skip
"""Eight kinds; the shares add up to one."""


@dataclass(frozen=True, kw_only=True)
class PlantedSegments:
    """Order lines and the truth behind them."""

    lines: pa.Table  # contracts.raw.RAW_ORDER_LINES
    as_of: date
    truth: pa.Table  # customer_id, segment


def planted_segments(
    *, customers: int, seed: int, difficulty: float = DEFAULT_DIFFICULTY, days: int = DAYS
) -> PlantedSegments:
    """Draw three years of orders of customers of eight kinds.

    Parameters
    ----------
    customers : int
        How many; some of the rarer kinds may not have ordered yet.
    seed : int
        The same seed gives the same orders.
    difficulty : float
        How far customers differ around the middle of their kind, from 0 (not at all); at 3 kinds run into each other.
    days : int
        How long the data are, in days.

    Raises
    ------
    ArgumentError
        A number is not whole or too small, or the difficulty is below 0.
    """
    many, length = whole("customers", customers, least=1), whole("days", days, least=60)
    not_negative("difficulty", difficulty)
    people, chance = seeded(seed).spawn(2)
    kind = people.choice(len(KINDS), many, p=[one.share for one in KINDS])
    own = ways_of(people, kind, difficulty)
    who, day = _orders(chance, own, length)
    lines = _lines(chance, own, kind, who, day)
    truth = pa.table({
        "customer_id": ids_column("C", np.arange(1, many + 1), digits=6),
        "segment": names_column([one.name for one in KINDS], kind),
    })  # fmt: skip
    return PlantedSegments(lines=lines, as_of=FIRST_DAY + timedelta(days=length - 1), truth=truth)


def ways_of(rng: np.random.Generator, kind: Ints, difficulty: float) -> dict[str, Floats]:
    """Draw what each customer is like around the middle of her kind."""
    n, apart = len(kind), difficulty * middles("spread")[kind]
    own: dict[str, Floats] = {}
    for name in ("interval_days", "order_value", "lines"):
        own[name] = middles(name)[kind] * np.exp(SPREAD_LOG * apart * rng.normal(size=n))
    for name in ("discount", "returns", "app", "store", "evening", "weekend", "year_end", "focus"):
        middle = middles(name)[kind]
        logit = np.log(middle / (1 - middle)) + SPREAD_LOGIT * apart * rng.normal(size=n)
        own[name] = 1 / (1 + np.exp(-logit))
    own["order_value"] *= np.exp(PURSE * difficulty * rng.normal(size=n)) * np.where(rng.random(n) < WHALES, WHALE, 1.0)
    return own


def _orders(rng: np.random.Generator, own: dict[str, Floats], length: int) -> tuple[Ints, Ints]:
    """Draw the days on which each customer orders, one order a day; more at the year's end for who gives presents."""
    start = rng.integers(0, length // 2, len(own["lines"]))
    expected = (length - start) / own["interval_days"]
    count = np.maximum(rng.poisson(expected), 1)
    who = np.repeat(np.arange(len(start)), count)
    day = start[who] + np.floor(rng.random(len(who)) * (length - start[who])).astype(np.int64)
    season = rng.random(len(who)) < own["year_end"][who]
    years = -(-length // 365)
    ends = 365 * rng.integers(0, years, len(who)) + rng.integers(304, 365, len(who))
    ends = np.where((ends >= start[who]) & (ends < length), ends, day)
    day = np.where(season, ends, day)
    weekend = rng.random(len(who)) < own["weekend"][who]
    place = (day + FIRST_DAY.weekday()) % 7
    wanted = np.where(weekend, 5 + rng.integers(0, 2, len(who)), rng.integers(0, 5, len(who)))
    day = np.clip(day + wanted - place, 0, length - 1)
    key = np.unique(who * length + day)
    return key // length, key % length


def _lines(rng: np.random.Generator, own: dict[str, Floats], kind: Ints, who: Ints, day: Ints) -> pa.Table:
    """Fill the orders with lines, and let some of them come back two weeks later."""
    orders = len(who)
    value = own["order_value"][who] * np.exp(HEAVY * rng.normal(size=orders) - HEAVY**2 / 2)
    size = 1 + rng.poisson(np.maximum(own["lines"][who] - 1, 0))
    evening = rng.random(orders) < own["evening"][who]
    hour = np.where(evening, rng.integers(18, 23, orders), rng.integers(8, 18, orders))
    second = day * DAY + hour * HOUR + rng.integers(0, HOUR, orders)
    shares = np.stack([own["app"][who], own["store"][who] * (1 - own["app"][who])], axis=1)
    draw = rng.random(orders)
    channel = np.where(draw < shares[:, 0], 1, np.where(draw < shares.sum(axis=1), 2, 0))
    order = np.repeat(np.arange(orders), size)
    person = who[order]
    mine = rng.random(len(order)) < own["focus"][person]
    category = np.where(mine, (person * 7 + kind[person]) % CATEGORIES, rng.integers(0, CATEGORIES, len(order)))
    few = middles("products").astype(np.int64)[kind[person]]
    product = category * PRODUCTS + np.floor(rng.random(len(order)) * few).astype(np.int64)
    paid = np.maximum(np.rint(100 * (value / size)[order] * rng.lognormal(-0.05, 0.3, len(order))), 1).astype(np.int64)
    off = np.rint(paid * np.clip(own["discount"][person] * rng.gamma(4, 0.25, len(order)), 0, 0.8)).astype(np.int64)
    back = np.flatnonzero(rng.random(len(order)) < own["returns"][person])
    columns = {
        "order": order, "customer": person, "second": second[order], "product": product, "category": category,
        "paid": paid, "off": off, "channel": channel[order],
    }  # fmt: skip
    return _written(columns, back)


def _written(sold: dict[str, Ints], back: Ints) -> pa.Table:
    """Write sales and, after them, returns of whole lines."""
    sales, returns = len(sold["order"]), len(back)
    sign = np.r_[np.ones(sales, np.int64), -np.ones(returns, np.int64)]
    take = np.r_[np.arange(sales), back]
    second = sold["second"][take] + np.where(sign < 0, 14 * DAY, 0)
    n = len(take)
    made = {
        "line_id": pa.array(np.arange(1, n + 1)),
        "file": pa.repeat(pa.scalar("orders"), n),
        "row": pa.array(np.arange(1, n + 1)),
        "order_id": ids_column("O", sold["order"][take] + 1, digits=7),
        "customer_id": ids_column("C", sold["customer"][take] + 1, digits=6),
        "ordered_at": moments_column(FIRST_DAY, second),
        "product_id": ids_column("P", sold["product"][take] + 1, digits=4),
        "category": ids_column("Category ", sold["category"][take] + 1, digits=2),
        "quantity": pa.array(sign.astype(np.float64)),
        "unit_price": money_column(sold["paid"][take] * 100, digits=4),
        "amount": money_column(sign * sold["paid"][take], digits=2),
        "discount": money_column(sign * sold["off"][take], digits=2),
        "channel": names_column(CHANNELS, sold["channel"][take]),
        "kind": names_column(("sale", "return"), (sign < 0).astype(np.int64)),
        "reverses": pa.array(take + 1, mask=sign > 0),
        "repeated": pa.array(np.zeros(n, dtype=bool)),
    }  # fmt: skip
    schema = RAW_ORDER_LINES.schema.to_pyarrow()
    columns = [made.get(field.name, pa.nulls(n, field.type)) for field in schema]
    whole_ones = [one.combine_chunks() if isinstance(one, pa.ChunkedArray) else one for one in columns]
    return pa.Table.from_arrays([one.cast(f.type) for one, f in zip(whole_ones, schema, strict=True)], schema=schema)


def middles(name: str) -> Floats:
    """Return one number of every kind, shape (kinds,)."""
    return np.array([float(getattr(kind, name)) for kind in KINDS])

"""Customers who use products up and buy them again, with the hidden cycle of each.

A pack lasts a customer a cycle of its own: lognormal between the customers of a product, with noise from purchase to
purchase, and longer where more was bought. After each purchase a customer may stop with the product. Nothing else is
assumed, so a model that is fitted to the output must find the cycles again.

Ref  Searle, Casella & McCulloch (1992), Variance Components, chapter 3: the one-way random-effects model, here of the
     logarithms of the intervals
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError
from patron.language import failure
from patron.simulate.arguments import not_negative, positive, seeded, whole
from patron.simulate.tables import ids_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_DAY = date(2023, 1, 1)
PACKS = (0.7, 0.2, 0.1)  # the chances to buy one, two or three at a time
NEVER = np.inf


@dataclass(frozen=True, kw_only=True, eq=False)
class Replenished:
    """Order lines from `first_day` to `last_day`, and the truth of each customer x product in them."""

    order_lines: pa.Table  # order_id, customer_id, product_id, ordered_at (date), quantity, unit_price; by day
    truth: (
        pa.Table
    )  # customer_id, product_id, cycle_days (one pack), exponent, stopped, next_on (after last_day, or none)
    first_day: date
    last_day: date


@dataclass(frozen=True)
class _Pairs:
    """Who buys which product, how long one pack lasts, how the noise and the chances to stop are."""

    customer: Ints
    product: Ints
    cycle: Floats
    within: Floats
    stop_first: Floats


def replenishment(  # noqa: PLR0913 - each is a part of the truth
    customers: int,
    products: int,
    *,
    seed: int,
    days: int = 730,
    each: int = 3,
    cycle_days: float = 30.0,
    between_products: float = 0.5,
    between: float = 0.4,
    within: ArrayLike = 0.25,
    exponent: float = 1.0,
    stop_first: ArrayLike = 0.3,
    stop: float = 0.05,
) -> Replenished:
    """Draw customers who buy products again when they are used up.

    Parameters
    ----------
    customers, products : int
        How many of each.
    seed : int
        The same seed gives the same purchases.
    days : int
        How many days are told, from 2023-01-01 on.
    each : int
        How many different products a customer takes up, at times that are spread evenly over the days.
    cycle_days : float
        How long one pack of the middle product lasts the middle customer.
    between_products, between : float
        Standard deviation of the logarithm of the cycle: of the products, and of a product's customers.
    within : float or array of shape (products,)
        Standard deviation of the logarithm of a customer's intervals. 1.28 and more is no rhythm at all.
    exponent : float
        How the interval grows with the quantity: 1 for in proportion, 0 for not at all.
    stop_first : float or array of shape (products,)
        The chance to leave it at the first purchase; 1 makes a product that nobody buys again.
    stop : float
        The chance to stop after each later purchase.

    Raises
    ------
    ArgumentError
        A parameter is out of its range.

    Examples
    --------
    >>> drawn = replenishment(2, 1, seed=1, each=1)
    >>> drawn.order_lines.column_names
    ['order_id', 'customer_id', 'product_id', 'ordered_at', 'quantity', 'unit_price']
    >>> drawn.truth.num_rows
    2
    """
    rng = seeded(seed)
    people = whole("customers", customers, least=1)
    goods = whole("products", products, least=1)
    length = whole("days", days, least=1)
    positive(cycle_days=cycle_days)
    spread = _of_products("within", within, goods)
    left = np.minimum(_of_products("stop_first", stop_first, goods), 1.0)
    typical = np.log(cycle_days) + not_negative("between_products", between_products) * rng.standard_normal(goods)
    pairs = _taken_up(rng, people, goods, min(whole("each", each, least=1), goods))
    own = not_negative("between", between) * rng.standard_normal(len(pairs[0]))
    drawn = _Pairs(*pairs, np.exp(typical[pairs[1]] + own), spread[pairs[1]], left[pairs[1]])
    bought, after = _bought(rng, drawn, length, float(exponent), float(not_negative("stop", stop)))
    price: Floats = np.round(np.exp(rng.normal(1.5, 0.5, goods)), 2).astype(np.float64)
    return _tables(drawn, bought, after, price, length, float(exponent))


def _of_products(argument: str, values: ArrayLike, products: int) -> Floats:
    array = not_negative(argument, values)
    if array.ndim > 1 or (array.ndim == 1 and array.shape != (products,)):
        raise failure(ArgumentError, "replenishment.of_products", argument=argument, came=array.shape, allowed=products)
    return np.broadcast_to(array, (products,))


def _taken_up(rng: np.random.Generator, customers: int, products: int, each: int) -> tuple[Ints, Ints]:
    """Draw which products each customer takes up; popular ones more often, none twice."""
    popularity = 1 / (5.0 + np.arange(products))
    drawn = rng.choice(products, customers * each, p=popularity / popularity.sum())
    pairs = np.unique(np.repeat(np.arange(customers), each) * products + drawn)
    return pairs // products, pairs % products


def _bought(
    rng: np.random.Generator, pairs: _Pairs, days: int, exponent: float, stop: float
) -> tuple[tuple[Ints, Ints, Ints], Floats]:
    """Let all pairs buy in rounds until each has stopped or is beyond the last day.

    Returns
    -------
    tuple
        Pair, day and quantity of each purchase within the days; and of each pair the moment of the first purchase after
        them, or infinity.
    """
    moment = rng.uniform(0, days, len(pairs.cycle))
    here: Ints = np.arange(len(moment), dtype=np.int64)
    after: Floats = np.full(len(moment), NEVER, dtype=np.float64)
    parts: list[tuple[Ints, Ints, Ints]] = []
    chance = pairs.stop_first
    while here.size:
        packs = 1 + rng.choice(len(PACKS), here.size, p=PACKS)
        parts.append((here, np.floor(moment).astype(np.int64), packs))
        goes_on = rng.random(here.size) >= chance
        noise = np.exp(pairs.within[here] * rng.standard_normal(here.size))
        moment = moment + pairs.cycle[here] * packs.astype(np.float64) ** exponent * noise
        beyond = goes_on & (moment >= days)
        after[here[beyond]] = moment[beyond]
        inside = goes_on & (moment < days)
        here, moment = here[inside], moment[inside]
        chance = np.full(here.size, stop)
    pair, day, packs = (np.concatenate(column) for column in zip(*parts, strict=True))
    return (pair, day, packs), after


def _tables(
    pairs: _Pairs, bought: tuple[Ints, Ints, Ints], after: Floats, price: Floats, days: int, exponent: float
) -> Replenished:
    pair, day, packs = bought
    order = np.lexsort((pairs.product[pair], pairs.customer[pair], day))
    pair, day, packs = pair[order], day[order], packs[order]
    who, what = pairs.customer[pair], pairs.product[pair]
    basket = np.unique(day * (int(pairs.customer.max()) + 1) + who, return_inverse=True)[1]
    comes = np.isfinite(after)
    dates = np.where(comes, np.floor(np.where(comes, after, 0.0)), 0).astype(np.int32)
    first = np.datetime64(FIRST_DAY, "D")
    return Replenished(
        order_lines=pa.table({
            "order_id": ids_column("O", basket + 1, digits=8),
            "customer_id": ids_column("C", who + 1, digits=6),
            "product_id": ids_column("P", what + 1, digits=5),
            "ordered_at": pa.array(first + day),
            "quantity": pa.array(packs.astype(np.float64)),
            "unit_price": pa.array(price[what]),
        }),
        truth=pa.table({
            "customer_id": ids_column("C", pairs.customer + 1, digits=6),
            "product_id": ids_column("P", pairs.product + 1, digits=5),
            "cycle_days": pairs.cycle,
            "exponent": np.full(len(after), exponent),
            "stopped": ~comes,
            "next_on": pa.array(first + dates, mask=~comes),
        }),
        first_day=FIRST_DAY,
        last_day=FIRST_DAY + timedelta(days=days - 1),
    )  # fmt: skip

"""What is in the basket on each purchase day, how it is ordered, and what is paid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import CATEGORIES, NAMES, Catalogue
from patron.simulate.habits import MOST_STAPLES, ORDER_CHANNELS, Habits, category_weights
from patron.simulate.lines import DAY, Lines
from patron.simulate.people import People
from patron.simulate.types import TYPES
from patron.simulate.visits import Visits

VOUCHERS = np.array([0.10, 0.15, 0.20])  # share of the price
USUAL_CHANNEL = 0.85  # share of orders by the customer's own channel
OTHER_WEB = 0.7  # of the others; the rest is in the store

HOURS = {  # weight of each hour from 0 to 23
    "web": (2, 1, 1, 1, 1, 2, 4, 7, 9, 11, 12, 12, 13, 12, 11, 11, 12, 13, 15, 18, 20, 18, 11, 5),
    "app": (4, 2, 1, 1, 1, 3, 8, 12, 10, 9, 9, 10, 14, 11, 9, 9, 11, 14, 16, 19, 22, 22, 16, 9),
    "store": (0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 10, 12, 12, 10, 10, 12, 14, 16, 14, 8, 0, 0, 0, 0),
    "phone": (0, 0, 0, 0, 0, 0, 0, 0, 10, 16, 18, 14, 8, 12, 14, 12, 8, 0, 0, 0, 0, 0, 0, 0),
}


def baskets(
    rng: np.random.Generator,
    *,
    visits: Visits,
    people: People,
    habits: Habits,
    catalogue: Catalogue,
    calendar: Calendar,
) -> Lines:
    """Fill a basket for every purchase day; customers and orders are numbered from 0."""
    who, day = visits.customer, visits.day
    months = calendar.months[day]
    staple_order, staple_product, staple_units = _run_out(rng, visits, habits)
    extra = rng.poisson(habits.lines[who])
    extra += np.bincount(staple_order, minlength=len(who)) == 0
    order = np.repeat(np.arange(len(who)), extra)
    product = choose(rng, who[order], months[order], people.kind[who[order]], habits, catalogue)
    units = 1 + rng.poisson(habits.units[who[order]] - 1)
    order, product, units = once_each(
        np.concatenate([staple_order, order]),
        np.concatenate([staple_product, product]),
        np.concatenate([staple_units, units]),
        products=len(catalogue.category),
    )
    channel = _channel(rng, people.kind[who], habits.orders_by[who])
    price = catalogue.price_on(product, day[order])
    return Lines(
        order=order,
        customer=who[order],
        second=(day * DAY + time_of_day(rng, channel))[order],
        product=product,
        quantity=units,
        price=price,
        discount=np.rint(price * units * _discount(rng, visits, habits, calendar, order, catalogue.category[product]))
        .astype(np.int64),
        channel=channel[order],
        country=habits.country[who[order]],
        origin=np.full(len(order), -1),
    )  # fmt: skip


def time_of_day(rng: np.random.Generator, channel: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draw a second of the day for each order, as people use its channel."""
    hours = np.array([HOURS[name] for name in ORDER_CHANNELS], dtype=np.float64)
    ladder = np.cumsum(hours / hours.sum(axis=1, keepdims=True), axis=1) + np.arange(len(hours))[:, None]
    rung = np.searchsorted(ladder.ravel(), channel + rng.random(len(channel)), side="right")
    return np.minimum(rung % 24, 23) * 3600 + rng.integers(0, 3600, len(channel))


def _run_out(
    rng: np.random.Generator, visits: Visits, habits: Habits
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Find the staples that have run out since the customer's visit before: order, product and units of each."""
    orders, products, units = [], [], []
    who = visits.customer
    first = np.diff(who, prepend=-1) != 0
    for place in range(MOST_STAPLES):
        phase = rng.random(len(habits.country))
        used = np.floor(visits.day / habits.cycles[who, place] + phase[who])
        due = (first | (np.diff(used, prepend=0) > 0)) & (habits.staples[who, place] >= 0)
        orders.append(np.flatnonzero(due))
        products.append(habits.staples[who[due], place])
        units.append(habits.amounts[who[due], place])
    return np.concatenate(orders), np.concatenate(products), np.concatenate(units)


def choose(
    rng: np.random.Generator,
    who: NDArray[np.int64],
    month: NDArray[np.int64],
    kind: NDArray[np.int64],
    habits: Habits,
    catalogue: Catalogue,
) -> NDArray[np.int64]:
    """Choose a product for each line, or look: of the own brand, of the own category, or of what the season offers.

    Parameters
    ----------
    who, month, kind : array
        The customer, the month from 0 and the customer's type, of each product to choose.
    """
    n = len(who)
    ladder = np.cumsum(season_weights(), axis=2) + np.arange(len(TYPES) * 12).reshape(len(TYPES), 12, 1)
    rung = np.searchsorted(ladder.ravel(), kind * 12 + month + rng.random(n), side="right")
    category = np.minimum(rung, ladder.size - 1) % len(CATEGORIES)
    own = rng.random(n) < np.array([entry.focus for entry in TYPES])[kind]
    product = catalogue.pick(kind, np.where(own, habits.category[who], category), rng.random(n))
    loyal = np.flatnonzero(rng.random(n) < np.array([entry.brand_loyalty for entry in TYPES])[kind])
    product[loyal] = catalogue.pick_of_brand(kind[loyal], habits.brand[who[loyal]], rng.random(len(loyal)))
    return product


def season_weights() -> NDArray[np.float64]:
    """Return the weight of each category by type and month, adding up to one, shape (types, 12, categories)."""
    factor = np.ones((12, len(NAMES)))
    factor[[10, 11]] = [category.christmas for category in CATEGORIES]
    factor[4:8] = [category.summer for category in CATEGORIES]
    weights = category_weights()[:, None, :] * factor
    return np.asarray(weights / weights.sum(axis=2, keepdims=True))


def once_each(
    order: NDArray[np.int64], product: NDArray[np.int64], units: NDArray[np.int64], *, products: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Put the same product of the same order on one line, and sort the lines by order."""
    key, line = np.unique(order * products + product, return_inverse=True)
    return key // products, key % products, np.bincount(line, units, len(key)).astype(np.int64)


def _channel(rng: np.random.Generator, kind: NDArray[np.int64], usual: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draw the order's channel: mostly the customer's own, else web or store."""
    other = np.where(rng.random(len(kind)) < OTHER_WEB, ORDER_CHANNELS.index("web"), ORDER_CHANNELS.index("store"))
    return np.where(rng.random(len(kind)) < USUAL_CHANNEL, usual, other)


def _discount(
    rng: np.random.Generator,
    visits: Visits,
    habits: Habits,
    calendar: Calendar,
    order: NDArray[np.int64],
    category: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Draw the share of the price that is taken off each line: the campaign's or the voucher's, whichever is more."""
    n = len(visits.day)
    voucher = np.where(rng.random(n) < habits.voucher[visits.customer], rng.choice(VOUCHERS, n), 0.0)
    return np.maximum(calendar.campaign_depth(NAMES)[visits.day[order], category], voucher[order])

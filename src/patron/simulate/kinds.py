"""Customers of eight kinds in the shop itself: what they take from its shelves tells of which kind they are.

Which kinds there are, and how far customers differ around the middle of their kind, is that of `planted_segments`. Who
comes, when and from where is the shop's; how she orders is her kind's: how often, for how much and how many things,
from how many shelves, with how much taken off, by which channel, on which days and at which hours, and what she sends
back. All come in the first half of the shop's days and stay for a year and a half at least: one order shows no habit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.arguments import not_negative
from patron.simulate.baskets import once_each
from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import CATEGORIES, Catalogue
from patron.simulate.habits import ORDER_CHANNELS, Habits
from patron.simulate.lines import DAY, Lines
from patron.simulate.people import People
from patron.simulate.planted_segments import HEAVY, KINDS, middles, ways_of
from patron.simulate.tables import names_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEY = 38
"""Sets these draws apart from all others of the same seed, in whatever order the others come."""

SHORTEST = 548  # days that everybody stays
YEAR_END = (10, 11)  # months from 0
LOOKS = 3  # products that are looked at, of which the one is taken whose price fits best
MOST_UNITS = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class Kinds:
    """Of which kind each customer is, and what she is like around the middle of it."""

    kind: Ints
    ways: dict[str, Floats]

    def part(self, start: int, stop: int) -> Kinds:
        """Return the customers from `start` up to, not including, `stop`."""
        return Kinds(kind=self.kind[start:stop], ways={name: one[start:stop] for name, one in self.ways.items()})

    def truth(self, ids: pa.Array) -> pa.Table:
        """Tell who is of which kind: ``customer_id``, ``segment``."""
        return pa.table({"customer_id": ids, "segment": names_column([one.name for one in KINDS], self.kind)})

    def paced(self, customers: pa.Table) -> pa.Table:
        """Return the truth about customers with the rate at which those of their kinds order."""
        place = customers.column_names.index("rate")
        return customers.set_column(place, "rate", pa.array(1 / self.ways["interval_days"]))

    def settled(self, folk: People) -> People:
        """Return the same people, who come early, order by the rhythm of their kinds and stay to show it."""
        n, entry = len(folk), folk.entry // 2
        return replace(
            folk, acquired=np.where(folk.acquired < 0, folk.acquired, entry), entry=entry,
            end=np.maximum(folk.end, entry + SHORTEST), rate=1 / self.ways["interval_days"],
            sleep_from=np.full(n, np.inf), sleep_days=np.zeros(n),
        )  # fmt: skip


def kinds_of(seed: int, *, customers: int, difficulty: float) -> Kinds:
    """Draw the kinds of all customers."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(KEY,)))
    kind = rng.choice(len(KINDS), customers, p=[one.share for one in KINDS])
    return Kinds(kind=kind, ways=ways_of(rng, kind, float(not_negative("difficulty", difficulty))))


def kinds_baskets(
    rng: np.random.Generator, *, kinds: Kinds, people: People, habits: Habits, catalogue: Catalogue, calendar: Calendar
) -> tuple[Lines, int]:
    """Draw all orders of some customers, and how many there are; customers and orders are numbered from 0."""
    own = kinds.ways
    who, day = _order_days(rng, own, people, calendar)
    orders = len(who)
    value = 100 * own["order_value"][who] * np.exp(HEAVY * rng.normal(size=orders) - HEAVY**2 / 2)
    size = 1 + rng.poisson(np.maximum(own["lines"][who] - 1, 0))
    evening = rng.random(orders) < own["evening"][who]
    hour = np.where(evening, rng.integers(18, 23, orders), rng.integers(8, 18, orders))
    second = day * DAY + hour * 3600 + rng.integers(0, 3600, orders)
    order = np.repeat(np.arange(orders), size)
    meant = (value / size)[order] * rng.lognormal(-0.05, 0.3, len(order))
    product, units = _taken(rng, who[order], day[order], meant, kinds=kinds, habits=habits, catalogue=catalogue)
    order, product, units = once_each(order, product, units, products=len(catalogue.category))
    person, price = who[order], catalogue.price_on(product, day[order])
    off = np.clip(own["discount"][person] * rng.gamma(4, 0.25, len(order)), 0, 0.8)
    lines = Lines(
        order=order,
        customer=person,
        second=second[order],
        product=product,
        quantity=units,
        price=price,
        discount=np.rint(price * units * off).astype(np.int64),
        channel=_channels(rng, own, who)[order],
        country=habits.country[person],
        origin=np.full(len(order), -1),
    )
    return lines, orders


def _order_days(
    rng: np.random.Generator, own: dict[str, Floats], people: People, calendar: Calendar
) -> tuple[Ints, Ints]:
    """Draw who orders on which day, one order a day; more at the year's end for who gives presents."""
    start, stop = people.entry, np.minimum(people.end + 1, calendar.total)
    count = np.maximum(rng.poisson((stop - start) / own["interval_days"]), 1)
    who = np.repeat(np.arange(len(start)), count)
    first, beyond = start[who], stop[who]
    day = first + np.floor(rng.random(len(who)) * (beyond - first)).astype(np.int64)
    late = np.flatnonzero(np.isin(calendar.months, YEAR_END))
    low, high = np.searchsorted(late, first), np.searchsorted(late, beyond)
    place = np.minimum(low + np.floor(rng.random(len(who)) * (high - low)).astype(np.int64), max(len(late) - 1, 0))
    season = (rng.random(len(who)) < own["year_end"][who]) & (high > low)
    day = np.where(season, late[place], day) if len(late) else day
    weekend = rng.random(len(who)) < own["weekend"][who]
    wanted = np.where(weekend, 5 + rng.integers(0, 2, len(who)), rng.integers(0, 5, len(who)))
    day = np.clip(day + wanted - calendar.weekdays[day], first, beyond - 1)
    key = np.unique(who * calendar.total + day)
    return key // calendar.total, key % calendar.total


def _taken(
    rng: np.random.Generator, who: Ints, day: Ints, meant: Floats, *, kinds: Kinds, habits: Habits, catalogue: Catalogue
) -> tuple[Ints, Ints]:
    """Take a product for each line, and as many of it as come nearest to the money that is meant for the line."""
    n = len(who)
    mine = rng.random(n) < kinds.ways["focus"][who]
    shelf = np.where(mine, habits.category[who], rng.integers(0, len(CATEGORIES), n))
    starts = np.searchsorted(catalogue.category, np.arange(len(CATEGORIES) + 1))
    width = np.diff(starts)[shelf]
    few = np.minimum(middles("products").astype(np.int64)[kinds.kind[who]], width)
    place = 13 * who[:, None] + np.floor(rng.random((n, LOOKS)) * few[:, None]).astype(np.int64)
    seen = starts[shelf][:, None] + place % width[:, None]
    price = catalogue.price_on(seen, day[:, None])
    units = np.clip(np.rint(meant[:, None] / price), 1, MOST_UNITS)
    best = np.abs(np.log(units * price / meant[:, None])).argmin(axis=1)
    rows = np.arange(n)
    return seen[rows, best], units[rows, best].astype(np.int64)


def _channels(rng: np.random.Generator, own: dict[str, Floats], who: Ints) -> Ints:
    draw, app = rng.random(len(who)), own["app"][who]
    store = app + own["store"][who] * (1 - app)
    web, by_app, in_store = (ORDER_CHANNELS.index(name) for name in ("web", "app", "store"))
    return np.where(draw < app, by_app, np.where(draw < store, in_store, web))

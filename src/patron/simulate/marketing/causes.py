"""What made each order come: nothing, or the push of one channel; and the tests in which a push was withheld.

The orders of the shop are those that could be. Some of each customer's later orders come only where one channel pushes;
the harder it pushes in that week, the more of them. Those that no push reaches do not happen, so the shop without a
channel is the shop without its orders, and what a channel brought is counted, not estimated. The first order of a
customer was caused by what made her come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.habits import ACQUISITION_CHANNELS, Habits
from patron.simulate.lines import Lines
from patron.simulate.marketing.plans import BASELINE, CHANNELS, PAID, TESTS, LiftTest, causes_of, records_of
from patron.simulate.marketing.pressure import Pressure
from patron.simulate.people import People

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

NAMES = (BASELINE, *PAID)
"""Causes by their place."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Held:
    """One lift test as it was drawn: one entry a customer in every array."""

    test: LiftTest
    day: int
    who: Ints
    control: Bools


@dataclass(frozen=True, kw_only=True, eq=False)
class Causes:
    """One entry an order that happened in every array, by its number; and what is known of customers."""

    order: Ints
    cause: Ints  # place in NAMES
    first: Bools  # the customer's first order ever
    withheld: Ints  # orders that a test kept from happening, by test
    reach: Bools  # whom each channel can reach, shape (customers, channels)
    told: Ints  # what the shop's records say brought each customer, place in TOLD
    tests: tuple[Held, ...]

    def of(self, order: Ints) -> Ints:
        """Return the cause of each order; the baseline for one that came later than these."""
        place = np.minimum(np.searchsorted(self.order, order), max(len(self.order) - 1, 0))
        known = self.order[place] == order if len(self.order) else np.zeros(len(order), np.bool_)
        return np.where(known, self.cause[place] if len(self.order) else 0, 0)


def causes(
    rng: np.random.Generator, *, lines: Lines, folk: People, habits: Habits, pressure: Pressure, calendar: Calendar
) -> tuple[Causes, Lines]:
    """Say what made each order come, and return the lines of those that happened.

    Parameters
    ----------
    lines : Lines
        All that could be, the year after the last day included.
    """
    sold = np.flatnonzero(lines.origin < 0)
    at = sold[np.unique(lines.order[sold], return_index=True)[1]]
    order, customer, day = lines.order[at], lines.customer[at], lines.day[at]
    first = _first(customer, lines.second[at]) & (folk.acquired >= 0)[customer]
    week = pressure.week[day]
    reach = rng.random((len(folk), len(CHANNELS))) < [channel.reach for channel in CHANNELS]
    later, happens = _pushed(rng, reach[customer], pressure.pressure[week])
    came = _arrived(rng, habits.arrived_by[customer], pressure.pressure[week], pressure.pressure.mean(axis=0))
    cause, happens = np.where(first, came, later), happens | first
    tests = _tests(rng, customer, day, happens, calendar)
    gone = [_withheld(one, customer, day, cause) & happens & ~first for one in tests]
    stays = happens & ~np.any([np.zeros(len(order), np.bool_), *gone], axis=0)
    about = np.where(lines.origin < 0, lines.order, lines.origin)
    kept = stays[np.searchsorted(order, about)]
    ways = np.stack([records_of(way) for way in ACQUISITION_CHANNELS])
    found = Causes(
        order=order[stays], cause=cause[stays], first=first[stays], withheld=np.array([one.sum() for one in gone]),
        reach=reach, told=_one_of(rng, ways[habits.arrived_by]), tests=tests,
    )  # fmt: skip
    return found, lines.where(kept)


def _first(customer: Ints, second: Ints) -> Bools:
    """Mark the earliest order of each customer."""
    order = np.lexsort((second, customer))
    first = np.zeros(len(customer), np.bool_)
    first[order[np.diff(customer[order], prepend=-1) != 0]] = True
    return first


def _pushed(rng: np.random.Generator, reached: Bools, pressure: Floats) -> tuple[Ints, Bools]:
    """Draw what each later order needs, and whether it gets it."""
    needs = np.array([channel.needs / channel.reach for channel in CHANNELS])
    ladder = np.cumsum(reached * needs, axis=1)
    rung = (rng.random((len(reached), 1)) >= ladder).sum(axis=1)
    cause = np.where(rung < len(CHANNELS), rung + 1, 0)
    hard = np.take_along_axis(pressure, np.maximum(cause - 1, 0)[:, None], axis=1)[:, 0]
    return cause, (cause == 0) | (rng.random(len(cause)) < hard)


def _arrived(rng: np.random.Generator, way: Ints, pressure: Floats, usual: Floats) -> Ints:
    """Draw what made each customer come: in a week of more pressure more of them came because of it."""
    chances = np.stack([causes_of(name) for name in ACQUISITION_CHANNELS])[way]
    chances[:, 1:] *= np.minimum(pressure / usual, 1.25)
    chances[:, 0] = np.maximum(1 - chances[:, 1:].sum(axis=1), 0)
    return _one_of(rng, chances)


def _one_of(rng: np.random.Generator, chances: Floats) -> Ints:
    """Draw one place for each row of weights."""
    ladder = np.cumsum(chances / chances.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    return np.asarray((rng.random((len(chances), 1)) >= ladder).sum(axis=1))


def _tests(rng: np.random.Generator, customer: Ints, day: Ints, happens: Bools, calendar: Calendar) -> tuple[Held, ...]:
    """Draw each test among those who had ordered in the year before; a shop that is too young has none."""
    found = []
    for test in TESTS:
        start = calendar.days - 1 - test.before
        who = np.unique(customer[happens & (day < start) & (day >= start - YEAR)])
        control = rng.random(len(who)) < test.held_back
        if start > 0 and len(who):
            found.append(Held(test=test, day=start, who=who, control=control))
    return tuple(found)


def _withheld(held: Held, customer: Ints, day: Ints, cause: Ints) -> Bools:
    """Mark the orders whose push somebody did not get because of a test."""
    out = held.who[held.control]
    within = (day > held.day) & (day <= held.day + held.test.days)
    return np.asarray(within & (cause == NAMES.index(held.test.channel)) & np.isin(customer, out))

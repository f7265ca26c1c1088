"""Who asks for help, about what, and how content does the answer leave them?

Customers differ in how readily they ask (`proneness`). An order may give a reason, a return far more often, and both
more often to somebody who had returns shortly before. Tickets after such bad experiences are answered as quickly as
others, but leave people less content.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.baskets import time_of_day
from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.extract import OrderNames
from patron.simulate.habits import ORDER_CHANNELS
from patron.simulate.lines import DAY, Lines
from patron.simulate.people import People
from patron.simulate.tables import ids_column, moments_column, names_column

PRONENESS = 0.9  # shape of the gamma distribution of proneness, whose mean is 1
AFTER_ORDER, AFTER_RETURN = 0.035, 0.25  # chance of a ticket at a proneness of 1, without bad experiences
A_YEAR = 0.10  # tickets without any order, in a year of the lifetime, at a proneness of 1
WORSE = 0.5  # more tickets for each return shortly before, as a share of the chance without
SHORTLY, MOST_BAD = 180, 4  # days; further returns change nothing
MOST_LIKELY = 0.95
DELAY = (3.0, 2.0)  # mean days from the order, and from the return, to the ticket

CHANNELS = {"email": ("web", 0.5), "phone": ("phone", 0.3), "chat": ("app", 0.2)}  # hours of which orders, and share
TOPICS = ("delivery", "damaged", "product", "payment", "refund", "return", "account", "complaint")
HOURS = (20.0, 30.0, 8.0, 12.0, 48.0, 24.0, 6.0, 60.0)  # median to the answer, by topic
ANNOYING = (0.4, 0.8, 0.0, 0.2, 0.5, 0.2, 0.0, 1.1)  # points of satisfaction lost, by topic
NEITHER = 2
_ORDER = (0.45, 0.15, 0.25, 0.15, 0.0, 0.0, 0.0, 0.0)
_RETURN = (0.0, 0.1, 0.0, 0.0, 0.5, 0.4, 0.0, 0.0)
_NEITHER = (0.0, 0.0, 0.3, 0.1, 0.0, 0.0, 0.45, 0.15)
COMPLAINS = 0.08  # chance that a ticket is a complaint instead, for each return shortly before

SPREAD = 0.9  # standard deviation of the log hours
BUSY, SLOWER = (325, 10), 1.8  # from and until which day of the year answers take longer, and how much
NEVER = 0.03  # share of tickets that nobody closes
RATED = 0.35  # share of closed tickets with a satisfaction

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Occasions:
    """One entry an occasion for a ticket in every array."""

    customer: Ints
    order: Ints  # the sale that it is about; -1 for none
    reason: Ints  # 0 an order, 1 a return, NEITHER
    bad: Ints  # returns shortly before
    chance: Floats
    opened: Ints  # second at which the ticket would be opened
    channel: Ints  # place in CHANNELS


def tickets(
    rng: np.random.Generator, *, people: People, lines: Lines, names: OrderNames, ids: pa.Array, calendar: Calendar
) -> tuple[pa.Table, pa.Table]:
    """Draw the tickets up to the last day, and tell the truth about each customer.

    Returns
    -------
    Table, one row per ticket, by moment
        Columns as in `contracts.raw.FIELDS`. What was closed after the last day is open, and not rated.
    Table, one row per customer
        ``customer_id``
        ``proneness``           how readily the customer asks, against a mean of 1
        ``expected_next_year``  tickets to be expected in the 365 days after the last day, given the orders and returns
        ``tickets_next_year``   tickets that are opened in these days
    """
    proneness = rng.gamma(PRONENESS, 1 / PRONENESS, len(people))
    given = _occasions(rng, people, lines, proneness, calendar)
    taken = np.flatnonzero(rng.random(len(given.chance)) < given.chance)
    taken = taken[np.lexsort((given.customer[taken], given.opened[taken]))]
    ahead = _next_year(given.opened, calendar)
    about = ahead & (given.reason < NEITHER)
    idle = proneness * A_YEAR / YEAR * _alive(people, calendar.days, calendar.total)
    truth = pa.table(
        {
            "customer_id": ids,
            "proneness": proneness,
            "expected_next_year": idle + np.bincount(given.customer[about], given.chance[about], len(people)),
            "tickets_next_year": np.bincount(given.customer[taken[ahead[taken]]], minlength=len(people)),
        }
    )
    return _table(rng, given, taken[given.opened[taken] < calendar.days * DAY], names, ids, calendar), truth


def _next_year(second: Ints, calendar: Calendar) -> NDArray[np.bool_]:
    day = second // DAY
    return np.asarray((day >= calendar.days) & (day < calendar.days + YEAR))


def _alive(people: People, start: int, stop: int) -> Ints:
    """Count the days of each lifetime from `start` up to, not including, `stop`."""
    return np.asarray(np.clip(np.minimum(people.end + 1, stop) - np.maximum(people.entry, start), 0, None))


def _occasions(
    rng: np.random.Generator, people: People, lines: Lines, proneness: Floats, calendar: Calendar
) -> _Occasions:
    first = np.unique(lines.order, return_index=True)[1]
    back = (lines.origin[first] >= 0).astype(np.int64)
    alive = _alive(people, 0, calendar.total)
    # Those without an order are all asked for at once: each of them is an occasion that is always taken.
    many = rng.poisson(A_YEAR / YEAR * proneness * alive)
    whose = np.repeat(np.arange(len(people)), many)
    customer = np.concatenate([lines.customer[first], whose])
    reason = np.concatenate([back, np.full(len(whose), NEITHER)])
    idle = ((people.entry[whose] + rng.random(len(whose)) * alive[whose]) * DAY).astype(np.int64)
    second = np.concatenate([lines.second[first], idle])
    bad = _bad_before(customer, second, returned=np.flatnonzero(reason == 1))
    base = np.array([AFTER_ORDER, AFTER_RETURN])[np.minimum(reason, 1)]
    chance = np.minimum(base * proneness[customer] * (1 + WORSE * bad), MOST_LIKELY)
    sale = np.where(back == 1, lines.origin[first], lines.order[first])
    opened, channel = _opened(rng, second, reason)
    return _Occasions(
        customer=customer, order=np.concatenate([sale, np.full(len(whose), -1)]), reason=reason, bad=bad,
        chance=np.where(reason == NEITHER, 1.0, chance), opened=opened, channel=channel,
    )  # fmt: skip


def _bad_before(customer: Ints, second: Ints, *, returned: Ints) -> Ints:
    """Count the customer's returns in the days before each occasion, the occasion itself left out."""
    window = SHORTLY * DAY
    width = int(second.max(initial=0)) + window + 1
    place = customer * width + second + window
    returns = np.sort(place[returned])
    before = np.searchsorted(returns, place, side="left") - np.searchsorted(returns, place - window, side="left")
    return np.asarray(np.minimum(before, MOST_BAD))


def _opened(rng: np.random.Generator, second: Ints, reason: Ints) -> tuple[Ints, Ints]:
    """Draw when the ticket comes, at an hour at which its channel is used, and by which channel."""
    channel = rng.choice(len(CHANNELS), len(second), p=[share for _, share in CHANNELS.values()])
    mean = np.array([*DELAY, 0.0])[reason]
    later = second + (mean * rng.gamma(1.5, 1 / 1.5, len(second)) * DAY).astype(np.int64)
    like = np.array([ORDER_CHANNELS.index(orders) for orders, _ in CHANNELS.values()])[channel]
    hour = later // DAY * DAY + time_of_day(rng, like)
    return np.maximum(hour, second + rng.integers(600, 7200, len(second))), channel


def _table(
    rng: np.random.Generator, given: _Occasions, taken: Ints, names: OrderNames, ids: pa.Array, calendar: Calendar
) -> pa.Table:
    bad, opened = given.bad[taken], given.opened[taken]
    topic = _topics(rng, given.reason[taken], bad)
    hours = _hours(rng, topic, calendar.days_of_year[opened // DAY])
    closed = opened + np.maximum((hours * 3600).astype(np.int64), 60)
    shut = (rng.random(len(taken)) >= NEVER) & (closed < calendar.days * DAY)
    mood = 4.6 - 0.45 * np.log1p(hours / 24) - np.array(ANNOYING)[topic] - 0.25 * bad
    points = np.clip(np.rint(mood + rng.normal(0, 0.8, len(taken))), 1, 5)
    rated = shut & (rng.random(len(taken)) < RATED)
    ends = moments_column(calendar.first_day, closed)
    return pa.table(
        {
            "ticket_id": ids_column("T", np.arange(1, len(taken) + 1), digits=7),
            "customer_id": ids.take(pa.array(given.customer[taken])),
            "opened_at": moments_column(calendar.first_day, opened),
            "closed_at": ends.take(pa.array(np.arange(len(taken)), mask=~shut)),
            "topic": names_column(TOPICS, topic),
            "channel": names_column(list(CHANNELS), given.channel[taken]),
            "order_id": names.of(given.order[taken]),
            "satisfaction": pa.array(points, mask=~rated),
        }
    )


def _topics(rng: np.random.Generator, reason: Ints, bad: Ints) -> Ints:
    ladder = np.cumsum([_ORDER, _RETURN, _NEITHER], axis=1)
    topic = (rng.random((len(reason), 1)) >= ladder[reason, :-1]).sum(axis=1)
    return np.where(rng.random(len(reason)) < COMPLAINS * bad, TOPICS.index("complaint"), topic)


def _hours(rng: np.random.Generator, topic: Ints, day_of_year: Ints) -> Floats:
    busy = (day_of_year >= BUSY[0]) | (day_of_year < BUSY[1])
    usual = np.array(HOURS)[topic] * rng.lognormal(0, SPREAD, len(topic))
    return np.asarray(usual * np.where(busy, SLOWER, 1.0))

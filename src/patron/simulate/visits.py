"""On which days does each customer buy?

Every customer has a clock that runs with the seasons of the type, the own pace and trend, and stands still while
asleep. On that clock the purchases are a renewal process with gamma gaps: shape 1 is Poisson, above is regular.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.people import People
from patron.simulate.types import TYPES

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Visits:
    """One entry a purchase day, by customer and day."""

    customer: NDArray[np.int64]
    day: NDArray[np.int64]


def visits(rng: np.random.Generator, *, people: People, calendar: Calendar) -> Visits:
    """Draw the purchase days of all customers, up to a year beyond the shop's last day."""
    clock = np.cumsum(calendar.clocks(), axis=1)
    passed = np.hstack([np.zeros((len(TYPES), 1)), clock])  # season time at the start of each day
    last = np.minimum(people.end, calendar.total - 1)
    start = passed[people.kind, people.entry]
    customer, age = _renew(rng, people, limit=passed[people.kind, last + 1] - start)
    moment, kind = start[customer] + age, people.kind[customer]
    day = np.zeros(len(customer), np.int64)
    for number in range(len(TYPES)):
        mine = kind == number
        day[mine] = np.searchsorted(clock[number], moment[mine], side="right")
    first = np.flatnonzero(people.buys_at_once)
    customer = np.concatenate([first, customer])
    day = np.concatenate([people.entry[first], np.minimum(day, last[customer[len(first) :]])])
    found = np.unique(customer * calendar.total + day)  # one purchase a day is one purchase day
    return Visits(customer=found // calendar.total, day=found % calendar.total)


def pace_on(people: People, days: NDArray[np.int64]) -> Floats:
    """Purchase days per day at the mean season, on the given day of each life (the trend included)."""
    trend = np.array([kind.trend for kind in TYPES])[people.kind] / YEAR
    return np.asarray(people.rate * np.exp(trend * (days - people.entry)))


def _renew(rng: np.random.Generator, people: People, *, limit: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Let all customers buy, one round a purchase, until the season time of each has passed `limit`.

    Returns the customer and the season time since the entry of each purchase.
    """
    shape = np.array([kind.rhythm for kind in TYPES])[people.kind]
    work = np.zeros(len(people))
    still = np.arange(len(people))
    customers, ages = [still[:0]], [work[:0]]
    first = np.where(people.buys_at_once, 1.0, rng.random(len(people)))  # who is in mid-life is in mid-gap
    while len(still):
        gap = rng.gamma(shape[still]) / shape[still]
        work[still] += gap * first[still] if len(customers) == 1 else gap
        age = _season_time(people, still, work[still])
        within = age < limit[still]
        still = still[within]
        customers.append(still)
        ages.append(age[within])
    return np.concatenate(customers), np.concatenate(ages)


def _season_time(people: People, who: NDArray[np.int64], work: Floats) -> Floats:
    """Turn expected purchases since the entry into season time, through pace, trend and sleep.

    The pace is ``rate * exp(trend * u)`` at age u; its integral is inverted. A fading pace has a finite integral, and
    what lies beyond is never reached.
    """
    trend = np.array([kind.trend for kind in TYPES])[people.kind[who]] / YEAR
    even = work / people.rate[who]
    with np.errstate(divide="ignore", invalid="ignore"):
        bent = np.log1p(np.maximum(trend * even, -1)) / trend
    awake = np.where(trend == 0, even, bent)
    return np.asarray(awake + np.where(awake > people.sleep_from[who], people.sleep_days[who], 0))

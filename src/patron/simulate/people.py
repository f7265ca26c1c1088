"""Who comes, when, for how long, and how often each one would buy."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.types import TYPES

GROWTH = 0.22  # of the log arrivals in a year
KNOWN_BEFORE = 0.14  # share of customers who were there before the first day
LONGEST = 20 * YEAR  # days; nobody stays longer


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """One entry a customer in every array, in the order of acquisition; days count from the shop's first."""

    kind: NDArray[np.int64]  # place in TYPES
    acquired: NDArray[np.int64]  # first known day; below 0 when known before
    entry: NDArray[np.int64]  # first day of buying here
    end: NDArray[np.int64]  # last day of the lifetime
    buys_at_once: NDArray[np.bool_]
    rate: NDArray[np.float64]  # purchase days per day at the entry, at the mean season
    sleep_from: NDArray[np.float64]  # days after the entry; infinite for those who do not sleep
    sleep_days: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.kind)

    def part(self, start: int, stop: int) -> People:
        """Return the customers from `start` up to, not including, `stop`."""
        return replace(self, **{field.name: getattr(self, field.name)[start:stop] for field in fields(self)})


def people(rng: np.random.Generator, *, customers: int, calendar: Calendar) -> People:
    """Draw the customers and what is hidden about each."""
    before = rng.random(customers) < KNOWN_BEFORE
    kind = np.where(before, _draw(rng, _stock(), customers), _draw(rng, _trait("share"), customers))
    entry = np.where(before, 0, _arrivals(rng, kind, calendar))
    acquired = np.where(before, -np.ceil(rng.gamma(1.5, 300, customers)).astype(np.int64), entry)
    once = ~before & (rng.random(customers) < _trait("once")[kind])
    lifetime = _trait("lifetime_days")[kind] * rng.gamma(3, 1 / 3, customers) * rng.exponential(1, customers)
    sleep = _trait("sleep_days")[kind]
    drawn = People(
        kind=kind,
        acquired=acquired,
        entry=entry,
        end=entry + np.where(once, 0, np.clip(lifetime, 1, LONGEST)).astype(np.int64),
        buys_at_once=_trait("buys_at_once")[kind].astype(np.bool_) & ~before,
        rate=_trait("orders_a_year")[kind] / YEAR * rng.gamma(2.5, 1 / 2.5, customers),
        sleep_from=np.where(sleep > 0, rng.gamma(3, 60, customers), np.inf),
        sleep_days=np.where(sleep > 0, sleep * rng.gamma(6, 1 / 6, customers), 0),
    )
    order = np.argsort(acquired, kind="stable")
    return replace(drawn, **{field.name: getattr(drawn, field.name)[order] for field in fields(drawn)})


def arrival_shares(calendar: Calendar) -> NDArray[np.float64]:
    """Share of each type's arrivals that falls on each day of the shop, shape (types, days)."""
    growth = np.exp(GROWTH * np.arange(calendar.days) / YEAR)
    speed = calendar.clocks()[:, : calendar.days] * growth
    return np.asarray(speed / speed.sum(axis=1, keepdims=True))


def _arrivals(rng: np.random.Generator, kind: NDArray[np.int64], calendar: Calendar) -> NDArray[np.int64]:
    """Draw the day on which each customer comes: more by the year, and in the type's own season."""
    ladder = np.cumsum(arrival_shares(calendar), axis=1)
    chance = rng.random(len(kind))
    days = np.zeros(len(kind), np.int64)
    for number in range(len(TYPES)):
        mine = kind == number
        days[mine] = np.searchsorted(ladder[number], chance[mine], side="right")
    return np.minimum(days, calendar.days - 1)


def _stock() -> NDArray[np.float64]:
    """Return the mix of types among customers known before: those who stay."""
    staying = _trait("share") * (1 - _trait("once")) * _trait("lifetime_days")
    return np.asarray(staying / staying.sum())


def _draw(rng: np.random.Generator, shares: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Draw places in a list of shares."""
    return rng.choice(len(shares), count, p=shares / shares.sum())


def _trait(name: str) -> NDArray[np.float64]:
    """One number of every type, shape (types,)."""
    return np.array([float(getattr(kind, name)) for kind in TYPES])

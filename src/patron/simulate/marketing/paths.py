"""The touches before each order, and those that lead nowhere, as events.

Who was made to want something by an early channel comes back by the shop's name or is followed by its
advertisements, as do many who would have come anyway. So the last touch is mostly of a channel that caused nothing.
What a test withholds from a customer is not seen by her.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.lines import DAY, Lines
from patron.simulate.marketing.causes import Causes, Held
from patron.simulate.marketing.plans import EARLY_DAYS, IDLE, LATE_HOURS, PAID, SEEN, shown
from patron.simulate.people import People
from patron.simulate.tables import ids_column, moments_column, names_column

HOUR = 3600
EARLY = ("paid_social", "display")
KNOWN = 0.5  # share of the touches of somebody who has signed in before that are told with her id
CAMPAIGNS = ("Prospecting", "Always on", "Season")

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Touches:
    """One entry a touch in every array."""

    customer: Ints
    second: Ints
    channel: Ints  # place in SEEN


def touches(
    rng: np.random.Generator, *, causes: Causes, lines: Lines, folk: People, ids: pa.Array, calendar: Calendar
) -> pa.Table:
    """Draw the touches up to the last day.

    Returns
    -------
    Table, one row per event, by moment
        Columns as in `contracts.raw.FIELDS`. Every browser belongs to one customer record; it is told with her id at
        the latest where she signs in, after her first order.
    """
    sold = np.flatnonzero((lines.origin < 0) & (lines.day < calendar.days))
    at = sold[np.unique(lines.order[sold], return_index=True)[1]]
    before = _before_orders(rng, lines, at, causes)
    idle = _idle(rng, causes, folk, calendar.days)
    every = _Touches(**{
        name: np.concatenate([getattr(before, name), getattr(idle, name)]) for name in ("customer", "second", "channel")
    })  # fmt: skip
    seen = (every.second >= 0) & (every.second < calendar.days * DAY) & ~_kept_from(every, causes.tests)
    every = _Touches(customer=every.customer[seen], second=every.second[seen], channel=every.channel[seen])
    return _table(rng, every, lines, at, ids, calendar)


def _before_orders(rng: np.random.Generator, lines: Lines, at: Ints, causes: Causes) -> _Touches:
    """Draw which channels are seen before each order, and when."""
    customer, second = lines.customer[at], lines.second[at]
    chances = shown()[causes.of(lines.order[at])]
    chances[:, : len(PAID)] *= causes.reach[customer]
    order, channel = np.nonzero(rng.random(chances.shape) < chances)
    early = np.isin(channel, [SEEN.index(name) for name in EARLY])
    days, hours = rng.uniform(*EARLY_DAYS, len(order)), rng.uniform(*LATE_HOURS, len(order))
    ahead = np.where(early, days * DAY, hours * HOUR).astype(np.int64)
    return _Touches(customer=customer[order], second=second[order] - ahead, channel=channel)


def _idle(rng: np.random.Generator, causes: Causes, folk: People, days: int) -> _Touches:
    """Draw touches that lead nowhere, of those who are there."""
    begin = np.clip(folk.entry, 0, days)
    alive = np.clip(np.minimum(folk.end + 1, days) - begin, 0, None)
    rate = np.array([IDLE.get(name, 0.0) for name in SEEN]) / YEAR
    mean = alive[:, None] * rate
    mean[:, : len(PAID)] *= causes.reach
    many = rng.poisson(mean)
    who, channel = (np.repeat(place.ravel(), many.ravel()) for place in np.indices(many.shape))
    second = ((begin[who] + rng.random(len(who)) * alive[who]) * DAY).astype(np.int64)
    return _Touches(customer=who, second=second, channel=channel)


def _kept_from(every: _Touches, tests: tuple[Held, ...]) -> Bools:
    """Mark the touches that a test withheld."""
    out = np.zeros(len(every.customer), np.bool_)
    day = every.second // DAY
    for held in tests:
        mine = np.isin(every.customer, held.who[held.control]) & (every.channel == PAID.index(held.test.channel))
        out |= mine & (day > held.day) & (day <= held.day + held.test.days)
    return out


def _table(
    rng: np.random.Generator, every: _Touches, lines: Lines, at: Ints, ids: pa.Array, calendar: Calendar
) -> pa.Table:
    """Return the touches and one sign-in each as events; who has never ordered is known by her browser alone."""
    signed = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(signed, lines.customer[at], lines.second[at])
    there = np.flatnonzero(signed < calendar.days * DAY)
    count = len(every.customer)
    known = (rng.random(count) < KNOWN) & (every.second > signed[every.customer])
    customer = np.concatenate([every.customer, there])
    second = np.concatenate([every.second, signed[there]])
    channel = np.concatenate([every.channel, np.full(len(there), -1)])
    order = np.lexsort((channel, customer, second))
    customer, second, channel = customer[order], second[order], channel[order]
    known = np.concatenate([known, np.ones(len(there), np.bool_)])[order]
    campaign = np.where(np.isin(channel, np.arange(len(PAID))), (second // (90 * DAY)) % len(CAMPAIGNS), -1)
    number = np.arange(1, len(order) + 1)
    return pa.table({
        "occurred_at": moments_column(calendar.first_day, second),
        "event": names_column(("page_view", "sign_in"), (channel < 0).astype(np.int64)),
        "event_id": ids_column("T", number, digits=8),
        "customer_id": ids.take(pa.array(customer, mask=~known)),
        "anonymous_id": ids_column("browser-", customer + 1, digits=6),
        "session_id": ids_column("W", number, digits=8),
        "channel": pa.array(["web"] * len(order), pa.string()),
        "marketing_channel": names_column(SEEN, channel),
        "campaign": names_column(CAMPAIGNS, campaign),
    })  # fmt: skip

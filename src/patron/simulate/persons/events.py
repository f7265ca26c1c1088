"""What people did on the shop's pages, before and after they said who they are.

Who orders there looked at what she ordered. Who only looks, looks at what she would like to have, by the same tastes as
she buys; and some look far more often than others (`keenness`), whether they order much or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.habits import ORDER_CHANNELS
from patron.simulate.lines import DAY, Lines
from patron.simulate.persons.devices import KIOSK, device_ids, device_truth, devices
from patron.simulate.persons.persons import Persons
from patron.simulate.persons.records import Records, person_ids
from patron.simulate.tables import ids_column, moments_column, names_column

ONLINE = ("web", "app")
STORE = ORDER_CHANNELS.index("store")
ORDERING = 0.4  # visits with an order, as a share of the records; from the orders, so of those who order much
LOOKING = 0.8  # visits without
SIGNED_IN = (0.45, 0.88)  # share of visits, without and with an order
REMEMBERED = 0.3  # share of those in which the visitor was known from the first page on
KEENNESS = 0.7  # shape of the gamma distribution of how often somebody only looks, whose mean is 1
SIGHTS = ("page_view", "product_view", "search")
KINDS = (*SIGHTS, "sign_in", "cart_add", "order")

Wanted = Callable[[np.random.Generator, NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]
"""Draws a product that each record would like to have, of records and days."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sessions:
    """One entry a visit in every array."""

    record: NDArray[np.int64]
    end: NDArray[np.int64]  # second since the start of the shop's first day
    orders: NDArray[np.bool_]
    product: NDArray[np.int64]  # that was ordered; -1 without an order
    channel: NDArray[np.int64]  # place in ORDER_CHANNELS

    def __len__(self) -> int:
        return len(self.record)


@dataclass(frozen=True, kw_only=True, eq=False)
class Events:
    """The events, whose they truly are, and which device was seen with which record on which day."""

    table: pa.Table
    truth: pa.Table
    keenness: pa.Table
    devices: pa.Table
    seen: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]  # record, device and day, each pair once


def events(
    rng: np.random.Generator, *, records: Records, people: Persons, lines: Lines, wanted: Wanted, calendar: Calendar
) -> Events:
    """Draw visits: some that end in an order of the lines, others that do not."""
    keen, liking = rng.spawn(2)  # beside the others, so that they draw what they always drew
    keenness = keen.gamma(KEENNESS, 1 / KEENNESS, len(records))
    visit = _sessions(rng, records, lines, calendar, looking=keen.choice(
        len(records), round(LOOKING * len(records)), p=keenness / keenness.sum()
    ))  # fmt: skip
    number, kind = devices(rng, people, person=records.person[visit.record])
    signed = rng.random(len(visit)) < np.where(visit.orders, SIGNED_IN[1], SIGNED_IN[0])
    remembered = signed & (rng.random(len(visit)) < REMEMBERED)
    views = 1 + rng.poisson(0.7, len(visit))
    size = views + signed + 2 * visit.orders
    of = np.repeat(np.arange(len(visit)), size)
    step = np.arange(len(of)) - np.repeat(np.cumsum(size) - size, size)
    what = _what(rng, step, views[of], signed[of])
    pace = rng.integers(15, 150, len(visit))
    moment = np.maximum(visit.end[of] - (size[of] - 1 - step) * pace[of], 0)
    order = np.lexsort((step, of, moment))
    of, step, what, moment = of[order], step[order], what[order], moment[order]
    known = signed[of] & (remembered[of] | (step >= views[of]))
    ids = ids_column("E", np.arange(1, len(of) + 1), digits=8)
    liked = np.where(visit.orders[of], visit.product[of], wanted(liking, visit.record[of], moment // DAY))
    product = np.where(np.isin(what, [1, 4]), liked, -1)
    table = pa.table(
        {
            "occurred_at": moments_column(calendar.first_day, moment),
            "event": names_column(KINDS, what),
            "event_id": ids,
            "customer_id": records.ids.take(pa.array(visit.record[of], mask=~known)),
            "anonymous_id": device_ids(number).take(pa.array(of)),
            "session_id": ids_column("V", np.arange(1, len(visit) + 1), digits=7).take(pa.array(of)),
            "channel": names_column(ORDER_CHANNELS, np.where(kind == KIOSK, STORE, visit.channel)[of]),
            "product_id": ids_column("P", np.arange(1, 10_000), digits=4).take(pa.array(product, mask=product < 0)),
        }
    )
    whose = visit.record[of]
    person = person_ids(records.person[whose])
    truth = pa.table({"event_id": ids, "record_id": records.ids.take(pa.array(whose)), "person_id": person})
    seen = _first_seen(visit.record[signed], number[signed], visit.end[signed] // DAY)
    often = pa.table({"record_id": records.ids, "keenness": keenness})
    return Events(table=table, truth=truth, keenness=often, devices=device_truth(number, kind), seen=seen)


def _sessions(
    rng: np.random.Generator, records: Records, lines: Lines, calendar: Calendar, *, looking: NDArray[np.int64]
) -> Sessions:
    online = np.isin(lines.channel, [ORDER_CHANNELS.index(name) for name in ONLINE])
    sold = np.flatnonzero((lines.origin < 0) & (lines.day < calendar.days) & online)
    drawn = np.sort(rng.permutation(len(sold))[: round(ORDERING * len(records))])
    line = sold[drawn]
    line = line[np.unique(lines.order[line], return_index=True)[1]]
    life = records.until[looking] - records.since[looking] + 1
    day = records.since[looking] + (rng.random(len(looking)) * life).astype(np.int64)
    second = (rng.beta(4, 2.4, len(looking)) * DAY).astype(np.int64)
    return Sessions(
        record=np.concatenate([lines.customer[line], looking]),
        end=np.concatenate([lines.second[line], day * DAY + second]),
        orders=np.arange(len(line) + len(looking)) < len(line),
        product=np.concatenate([lines.product[line], np.full(len(looking), -1)]),
        channel=np.concatenate([lines.channel[line], rng.integers(0, len(ONLINE), len(looking))]),
    )


def _what(
    rng: np.random.Generator, step: NDArray[np.int64], views: NDArray[np.int64], signed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Name each step of a visit: looking, then signing in, then the basket and the order."""
    after = step - views + (~signed).astype(np.int64)  # 0 sign_in, 1 cart_add, 2 order
    sight = rng.choice(len(SIGHTS), len(step), p=(0.45, 0.4, 0.15))
    return np.where(step < views, sight, len(SIGHTS) + after)


def _first_seen(
    record: NDArray[np.int64], device: NDArray[np.int64], day: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    order = np.lexsort((day, device, record))
    record, device, day = record[order], device[order], day[order]
    new = np.diff(record, prepend=-1).astype(np.bool_) | np.diff(device, prepend=-1).astype(np.bool_)
    return record[new], device[new], day[new]

"""What people do with what they bought, and the orders that a payment error cost: the planted drop-offs of the shop.

Some orders on the web or in the app are told with the checkout before them. Each attempt at an order meets a payment
error with the same chance, whoever makes it; the attempt is lost then, and is told by its visit alone. So for each
order that is told there are lost ones of its kind, and what each would have brought is known: what its twin brought.

Some products are set up and used for a while. Where the set-up fails, which is chance again, nobody uses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.beside import beside
from patron.simulate.calendar import Calendar
from patron.simulate.habits import ORDER_CHANNELS
from patron.simulate.lines import DAY, Lines
from patron.simulate.tables import ids_column, moments_column, money_column, names_column

TOLD = 0.4  # share of orders on the web or in the app whose checkout is told
ERRORS = 0.2  # chance of a payment error, for each attempt
APART = 30  # days at most between a lost attempt and its twin
SET_UP, FAILS = 0.3, 0.25  # share of orders with something that is set up; chance that it fails
USES = 3.0  # mean times that a product is used, over
USED_FOR = 40  # days
MINUTES = 3  # from one step to the next
LOST = ("product_viewed", "cart_add", "checkout_started", "payment_error")
EVENTS = (*LOST, "product_setup", "setup_failed", "product_used")

OVER_JOURNEYS = 40
"""Opens the seed of what is drawn here, so that all else draws what it always drew."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class LostCheckouts:
    """The events, and what each lost attempt would have brought."""

    events: pa.Table
    truth: pa.Table


@dataclass(frozen=True, kw_only=True, eq=False)
class _Told:
    """One entry an event in every array."""

    customer: Ints
    second: Ints
    event: Ints  # place in EVENTS
    visit: Ints  # -1 outside of visits
    channel: Ints  # place in ORDER_CHANNELS; -1 at home
    product: Ints


def with_lost_checkouts(
    seed: int,
    sources: Mapping[str, pa.Table],
    true: Mapping[str, pa.Table],
    *,
    lines: Lines,
    ids: pa.Array,
    calendar: Calendar,
) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """Return the sources and the truth with what was lost at the checkout; `lines` are the true ones."""
    draws = np.random.default_rng([seed, OVER_JOURNEYS])
    lost = lost_checkouts(draws, lines=lines.where(lines.day < calendar.days), ids=ids, calendar=calendar)
    return {**sources, "events": beside(sources, "events", lost.events)}, {**true, "lost_checkouts": lost.truth}


def lost_checkouts(rng: np.random.Generator, *, lines: Lines, ids: pa.Array, calendar: Calendar) -> LostCheckouts:
    """Draw the events of `lines`, which are the true ones up to the last day.

    Returns
    -------
    LostCheckouts
        ``events`` have columns as in `contracts.raw.FIELDS`; ``truth`` has one row per lost attempt: ``event_id`` (of
        the payment error), ``customer_id`` and ``value``, the net amount of its twin.
    """
    sold = np.flatnonzero((lines.origin < 0) & (lines.customer >= 0))
    first = sold[np.unique(lines.order[sold], return_index=True)[1]]
    amount = np.bincount(lines.order[sold], (lines.quantity * lines.price - lines.discount)[sold]).astype(np.int64)
    online = np.isin(lines.channel[first], [ORDER_CHANNELS.index(name) for name in ("web", "app")])
    told = first[online & (rng.random(len(first)) < TOLD)]
    twin = np.repeat(told, rng.geometric(1 - ERRORS, len(told)) - 1)
    when = lines.second[twin] + (rng.uniform(-APART, APART, len(twin)) * DAY).astype(np.int64)
    inside = (when > DAY) & (when < calendar.days * DAY)
    twin, when = twin[inside], when[inside]
    parts = [_visits(lines, told, lines.second[told], 0, 3), _visits(lines, twin, when, len(told), 4)]
    every = _together([*parts, _at_home(rng, lines, first, calendar)])
    number = ids_column("J", np.arange(1, len(every.second) + 1), digits=8)
    lost = np.flatnonzero(every.event == LOST.index("payment_error"))
    value = amount[lines.order[twin[every.visit[lost] - len(told)]]]
    truth = pa.table(
        {
            "event_id": number.take(pa.array(lost)),
            "customer_id": ids.take(pa.array(every.customer[lost])),
            "value": money_column(value, digits=2),
        }
    )
    return LostCheckouts(events=_table(every, number, ids, calendar), truth=truth)


def _visits(lines: Lines, line: Ints, end: Ints, visits: int, steps: int) -> _Told:
    """Return the visits that come to an order, or to an error, at a second: the first steps of LOST."""
    size = len(line)
    step = np.tile(np.arange(steps), size)
    of = np.repeat(line, steps)
    return _Told(
        customer=lines.customer[of],
        second=np.maximum(np.repeat(end, steps) - (steps - step) * MINUTES * 60, 0), event=step,
        visit=visits + np.repeat(np.arange(size), steps), channel=lines.channel[of], product=lines.product[of],
    )  # fmt: skip


def _at_home(rng: np.random.Generator, lines: Lines, first: Ints, calendar: Calendar) -> _Told:
    """Return what is done with products: set up, and used where that does not fail."""
    has = first[rng.random(len(first)) < SET_UP]
    begun = lines.second[has] + (rng.uniform(1, 6, len(has)) * DAY).astype(np.int64)
    fails = rng.random(len(has)) < FAILS
    uses = np.where(fails, 0, rng.poisson(USES, len(has)))
    used, start = np.repeat(has, uses), np.repeat(begun, uses)
    at = start + (rng.uniform(0.5, USED_FOR, len(used)) * DAY).astype(np.int64)
    line, second = np.concatenate([has, used]), np.concatenate([begun, at])
    event = np.concatenate(
        [np.where(fails, EVENTS.index("setup_failed"), EVENTS.index("product_setup")),
         np.full(len(used), EVENTS.index("product_used"))]
    )  # fmt: skip
    inside = second < calendar.days * DAY
    nothing = np.full(int(inside.sum()), -1)
    return _Told(
        customer=lines.customer[line][inside], second=second[inside], event=event[inside], visit=nothing,
        channel=nothing, product=lines.product[line][inside],
    )  # fmt: skip


def _together(parts: list[_Told]) -> _Told:
    """Return all events by moment."""
    names = ("customer", "second", "event", "visit", "channel", "product")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    order = np.lexsort((columns["event"], columns["customer"], columns["second"]))
    return _Told(**{name: values[order] for name, values in columns.items()})


def _table(every: _Told, number: pa.Array, ids: pa.Array, calendar: Calendar) -> pa.Table:
    visits = ids_column("L", np.maximum(every.visit, 0), digits=7)
    products = ids_column("P", np.arange(1, 10_000), digits=4)
    return pa.table(
        {
            "occurred_at": moments_column(calendar.first_day, every.second),
            "event": names_column(EVENTS, every.event),
            "event_id": number,
            "customer_id": ids.take(pa.array(every.customer)),
            "session_id": visits.take(pa.array(np.arange(len(every.visit)), mask=every.visit < 0)),
            "channel": names_column(ORDER_CHANNELS, every.channel),
            "product_id": products.take(pa.array(every.product)),
        }
    )

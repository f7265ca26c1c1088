"""The truth about the shop's channels: what made each order and each customer come, and what each channel brought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.catalogue import Catalogue
from patron.simulate.extract import OrderNames
from patron.simulate.lines import DAY, Lines
from patron.simulate.marketing.causes import NAMES, Causes
from patron.simulate.marketing.plans import PAID, TOLD
from patron.simulate.marketing.pressure import Pressure
from patron.simulate.tables import days_column, moments_column, money_column, names_column

HOUR = 3600

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Orders:
    """One entry an order that happened up to the last day in every array, with what came back of it by then."""

    order: Ints
    customer: Ints
    day: Ints
    cause: Ints
    first: NDArray[np.bool_]
    revenue: Ints  # cents, net of discounts and of what came back
    margin: Ints


def orders_of(causes: Causes, lines: Lines, *, catalogue: Catalogue, calendar: Calendar) -> Orders:
    """Add up the orders by themselves; `lines` are those that happened, with all that campaigns added."""
    known = lines.where(lines.day < calendar.days)
    about = np.where(known.origin < 0, known.order, known.origin)
    order, place = np.unique(about, return_inverse=True)
    net = known.quantity * known.price - known.discount
    at = np.flatnonzero(known.origin < 0)
    at = at[np.unique(known.order[at], return_index=True)[1]]
    return Orders(
        order=order, customer=known.customer[at], day=known.day[at], cause=causes.of(order),
        first=np.isin(order, causes.order[causes.first]), revenue=_sum(place, net, len(order)),
        margin=_sum(place, net - known.quantity * catalogue.cost[known.product], len(order)),
    )  # fmt: skip


def weekly_revenue(orders: Orders, pressure: Pressure) -> Ints:
    """Return what each channel brought in each week, in cents, shape (weeks, channels)."""
    week = pressure.week[orders.day]
    return np.stack(
        [_sum(week, np.where(orders.cause == place, orders.revenue, 0), len(pressure.starts))
         for place in range(1, len(NAMES))], axis=1,
    )  # fmt: skip


def truth(
    causes: Causes, orders: Orders, *, pressure: Pressure, names: OrderNames, ids: pa.Array, calendar: Calendar
) -> dict[str, pa.Table]:
    """Tell what the channels did.

    Returns
    -------
    dict of Table
        ``order_causes``, one row per order up to the last day: ``order_id, customer_id, ordered_on, first_order``;
        ``cause``, the channel without which it would not be, or ``baseline``; ``revenue, margin`` of it up to that day.
        ``channels``, one row per channel and one for the baseline, over the last 365 days: ``spend``, and what it
        caused: ``orders, customers`` (first orders), ``revenue, margin``.
        ``channel_weeks``, one row per week and channel: ``week`` (its Monday), ``spend, pressure, orders, revenue``.
        ``channel_tests``, one row per lift test: ``experiment, channel, drawn_on, days, treated, control``, the
        ``orders`` and ``margin`` that the channel caused among those treated within its days, and ``withheld``, the
        orders that the control group did not make.
    """
    cause = names_column(NAMES, orders.cause)
    return {
        "order_causes": pa.table({
            "order_id": names.of(orders.order), "customer_id": ids.take(pa.array(orders.customer)),
            "ordered_on": days_column(calendar.first_day, orders.day), "first_order": orders.first, "cause": cause,
            "revenue": money_column(orders.revenue, digits=2), "margin": money_column(orders.margin, digits=2),
        }),
        "channels": _channels(orders, pressure, calendar),
        "channel_weeks": _weeks(orders, pressure, calendar),
        "channel_tests": _tests(causes, orders, calendar),
    }  # fmt: skip


def _channels(orders: Orders, pressure: Pressure, calendar: Calendar) -> pa.Table:
    late = orders.day >= calendar.days - YEAR
    cause = orders.cause[late]
    spent = pressure.spent[max(calendar.days - YEAR, 0) : calendar.days].sum(axis=0)
    one = np.ones(len(cause), np.int64)
    return pa.table({
        "channel": pa.array(NAMES, pa.string()), "spend": money_column(np.concatenate([[0], spent]), digits=2),
        "orders": _sum(cause, one, len(NAMES)), "customers": _sum(cause, orders.first[late], len(NAMES)),
        "revenue": money_column(_sum(cause, orders.revenue[late], len(NAMES)), digits=2),
        "margin": money_column(_sum(cause, orders.margin[late], len(NAMES)), digits=2),
    })  # fmt: skip


def _weeks(orders: Orders, pressure: Pressure, calendar: Calendar) -> pa.Table:
    known = int((pressure.starts < calendar.days).sum())
    week, channel = (place.ravel() for place in np.indices((known, len(PAID))))
    caused = orders.cause > 0
    key = pressure.week[orders.day] * len(PAID) + orders.cause - 1
    many = np.bincount(key[caused], minlength=known * len(PAID))[: known * len(PAID)]
    return pa.table({
        "week": days_column(calendar.first_day, pressure.starts[week]), "channel": names_column(PAID, channel),
        "spend": money_column(pressure.weekly[:known].ravel(), digits=2),
        "pressure": pressure.pressure[:known].ravel(), "orders": many.astype(np.int64),
        "revenue": money_column(weekly_revenue(orders, pressure)[:known].ravel(), digits=2),
    })  # fmt: skip


def _tests(causes: Causes, orders: Orders, calendar: Calendar) -> pa.Table:
    rows = []
    for held, withheld in zip(causes.tests, causes.withheld.tolist(), strict=True):
        treated = held.who[~held.control]
        within = (orders.day > held.day) & (orders.day <= held.day + held.test.days) & ~orders.first
        mine = within & (orders.cause == NAMES.index(held.test.channel)) & np.isin(orders.customer, treated)
        rows.append({
            "experiment": held.test.experiment, "channel": held.test.channel,
            "drawn_on": calendar.dates[held.day].astype(object), "days": held.test.days, "treated": len(treated),
            "control": int(held.control.sum()), "orders": int(mine.sum()),
            "margin": int(orders.margin[mine].sum()) / 100, "withheld": withheld,
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([
        ("experiment", pa.string()), ("channel", pa.string()), ("drawn_on", pa.date32()), ("days", pa.int64()),
        ("treated", pa.int64()), ("control", pa.int64()), ("orders", pa.int64()), ("margin", pa.float64()),
        ("withheld", pa.int64()),
    ]))  # fmt: skip


def assigned(causes: Causes, *, ids: pa.Array, calendar: Calendar) -> pa.Table:
    """Return who was put into which arm of the lift tests; columns as in `contracts.raw.FIELDS`."""
    parts = []
    for held in causes.tests:
        count = len(held.who)
        share = np.where(held.control, held.test.held_back, 1 - held.test.held_back)
        parts.append(pa.table({
            "experiment": pa.array([held.test.experiment] * count, pa.string()),
            "customer_id": ids.take(pa.array(held.who)),
            "arm": names_column(("treated", "control"), held.control.astype(np.int64)),
            "assigned_at": moments_column(calendar.first_day, np.full(count, held.day * DAY + 8 * HOUR)),
            "ends_on": days_column(calendar.first_day, np.full(count, held.day + held.test.days)),
            "propensity": share, "programme": pa.array(["advertising"] * count, pa.string()),
        }))  # fmt: skip
    return pa.concat_tables(parts) if parts else pa.table({})


def recorded(causes: Causes) -> pa.Array:
    """Return the channel that the shop's records say brought each customer."""
    return names_column(TOLD, causes.told)


def customers_truth(causes: Causes, orders: Orders, ids: pa.Array) -> pa.Table:
    """Tell what truly made each customer come who has ordered; one row each."""
    first = np.flatnonzero(orders.first)
    whose = orders.customer[first]
    return pa.table({
        "customer_id": ids.take(pa.array(whose)), "cause": names_column(NAMES, orders.cause[first]),
        "told": names_column(TOLD, causes.told[whose]),
    })  # fmt: skip


def _sum(place: Ints, values: NDArray[np.int64] | NDArray[np.bool_], count: int) -> Ints:
    """Add up by place; cents are exact in a float up to 2**53."""
    return np.rint(np.bincount(place, values, count)).astype(np.int64)

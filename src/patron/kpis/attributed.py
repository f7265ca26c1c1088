"""Orders and their money, shared out among channels by several models, for everybody and by segment.

In   `Ways`, and the shares of orders by model
Out  contracts.touch.ATTRIBUTION, contracts.touch.ORDER_CREDITS

Money is divided order by order in whole cents, such that the channels of an order have exactly what it has; so every
sum of orders adds up to the cent, over channels and over segments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.contracts.touch import ALL, ATTRIBUTION, CUSTOMER, NEW, ORDER_CREDITS, REPEAT
from patron.kpis.order_shares import Shares, touched_pairs
from patron.kpis.touch_paths import Ways

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MONEY = ("revenue", "margin", "predicted_value")
_CENT = Decimal("0.01")

UNKNOWN = "unknown"
"""The segment of orders whose customer is in none."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Division:
    """One way of dividing the orders: the segment of each, as a place in `segments`."""

    name: str
    segments: tuple[str, ...]
    of: Ints


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """What a calibrated model says of a channel: its ratio with interval, and the tests behind it."""

    ratio: float
    low: float
    high: float
    tests: str


def cents(column: pa.ChunkedArray) -> Ints:
    """Return an amount of money in whole cents."""
    hundred = pc.multiply(column.cast(pa.decimal128(18, 2)), pa.scalar(100, pa.decimal128(3, 0)))
    return np.asarray(pc.fill_null(hundred.cast(pa.int64()), 0).to_numpy(), dtype=np.int64)


def money(amounts: Ints) -> pa.Array:
    """Return whole cents as an amount of money."""
    whole = pa.array(amounts).cast(pa.decimal128(19, 0))
    return pc.multiply(whole, pa.scalar(_CENT, pa.decimal128(3, 2))).cast(pa.decimal128(18, 2))


def divided_cents(shares: Shares, amounts: Ints) -> Ints:
    """Divide the amount of each order by its shares in whole cents, exactly.

    Each channel has what is owed up to and with it, less what was owed before it, both rounded: none is more than a
    cent off, and together they are the amount.
    """
    starts = np.flatnonzero(np.diff(shares.order, prepend=-1))
    run = np.cumsum(shares.share)
    before = np.repeat(run[starts] - shares.share[starts], np.diff([*starts, len(run)]))
    owed = np.rint((run - before) * amounts[shares.order]).astype(np.int64)
    ends = np.concatenate([starts[1:], [len(run)]]) - 1
    owed[ends] = amounts[shares.order[ends]]
    parts = np.diff(owed, prepend=0)
    parts[starts] = owed[starts]
    return parts


def divisions(orders: pa.Table, segmentations: Sequence[str]) -> list[Division]:
    """Return the ways of dividing: everybody, new and repeat orders, and the columns named."""
    first = orders["first_order"].to_numpy().astype(np.int64)
    found = [
        Division(name=ALL, segments=(ALL,), of=np.zeros(orders.num_rows, dtype=np.int64)),
        Division(name=CUSTOMER, segments=(REPEAT, NEW), of=first),
    ]
    for name in segmentations:
        coded = pc.fill_null(orders[name], UNKNOWN).combine_chunks().dictionary_encode()
        found.append(
            Division(
                name=name, segments=tuple(coded.dictionary.to_pylist()),
                of=coded.indices.to_numpy().astype(np.int64),
            )
        )  # fmt: skip
    return found


def attributed(
    ways: Ways, models: Mapping[str, Shares], *, segmentations: Sequence[str], value: Ints, days: tuple[date, date],
    corrected: Mapping[str, Mapping[str, Corrected]],
) -> pa.Table:  # fmt: skip
    """Return the table `attribution`.

    Parameters
    ----------
    ways : Ways
        Whose orders have the columns `segmentations`.
    models : mapping of name to Shares
        By model.
    value : array of int
        What stands with each order of its customer's predicted value, in cents.
    days : pair of dates
        The first and last day of the orders.
    corrected : mapping
        By name of a calibrated model and channel, what corrected it.
    """
    amounts = {name: cents(ways.orders[name]) for name in MONEY[:2]} | {"predicted_value": value}
    seen = touched_pairs(ways)
    person = ways.orders["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    cut = divisions(ways.orders, segmentations)
    counted = [_counted(seen, division, person) for division in cut]
    parts = []
    for model, shares in models.items():
        pieces = {name: divided_cents(shares, amount) for name, amount in amounts.items()}
        for division, (touched, people) in zip(cut, counted, strict=True):
            sums = _sums(shares, division, pieces)
            parts.append(_rows(model, division, shares, sums, touched, people, corrected.get(model, {})))
    table = pa.concat_tables(parts)
    for name, day in zip(("from_day", "to_day"), days, strict=True):
        table = table.append_column(name, pa.repeat(pa.scalar(day, pa.date32()), table.num_rows))
    return table.select(list(ATTRIBUTION.names)).cast(ATTRIBUTION.schema.to_pyarrow())


def _counted(seen: Shares, division: Division, person: Ints) -> tuple[Ints, Ints]:
    """Return orders and customers of each segment and channel that the channel touched; of baseline all of it."""
    size, many = len(seen.channels), len(division.segments)
    cell = division.of[seen.order] * size + seen.channel
    orders = np.bincount(cell, minlength=many * size)
    pairs = np.unique(cell * (int(person.max(initial=0)) + 1) + person[seen.order])
    people = np.bincount(pairs // (int(person.max(initial=0)) + 1), minlength=many * size)
    whole = np.arange(many) * size + size - 1
    orders[whole] = np.bincount(division.of, minlength=many)
    both = np.unique(division.of * (int(person.max(initial=0)) + 1) + person)
    people[whole] = np.bincount(both // (int(person.max(initial=0)) + 1), minlength=many)
    return orders, people


def _sums(shares: Shares, division: Division, pieces: Mapping[str, Ints]) -> dict[str, NDArray[Any]]:
    size, many = len(shares.channels), len(division.segments)
    cell = division.of[shares.order] * size + shares.channel
    found: dict[str, NDArray[Any]] = {"orders": np.bincount(cell, shares.share, many * size)}
    for name, piece in pieces.items():
        whole = np.zeros(many * size, dtype=np.int64)  # bincount would add cents as floats
        np.add.at(whole, cell, piece)
        found[name] = whole
    return found


def _rows(
    model: str, division: Division, shares: Shares, sums: Mapping[str, NDArray[Any]], touched: Ints, people: Ints,
    corrected: Mapping[str, Corrected],
) -> pa.Table:  # fmt: skip
    size = len(shares.channels)
    used = sums["orders"] > 0
    given = used | ((touched > 0) & (np.arange(len(touched)) % size < size - 1))
    cell = np.flatnonzero(given)
    segment, channel = cell // size, cell % size
    total = np.bincount(division.of, minlength=len(division.segments))[segment]
    told = [corrected.get(shares.channels[place]) for place in channel]
    return pa.table({
        "model": pa.repeat(model, len(cell)),
        "segmentation": pa.repeat(division.name, len(cell)),
        "segment": pa.array(division.segments).take(pa.array(segment)),
        "channel": pa.array(shares.channels).take(pa.array(channel)),
        "customers": people[cell], "touched": touched[cell], "orders": sums["orders"][cell],
        "share": sums["orders"][cell] / np.maximum(total, 1),
        **{name: money(sums[name][cell]) for name in MONEY},
        **{
            column: pa.array([None if one is None else getattr(one, name) for one in told], pa.float64())
            for column, name in (("ratio", "ratio"), ("ratio_low", "low"), ("ratio_high", "high"))
        },
        "tests": pa.array([None if one is None else one.tests for one in told], pa.string()),
    })  # fmt: skip


def order_credits(ways: Ways, model: str, shares: Shares, calibrated: Shares) -> pa.Table:
    """Return the table `order_credits`: each order's shares by one model, before and after calibration."""
    size = len(shares.channels)
    keys = [one.order * size + one.channel for one in (shares, calibrated)]
    every = np.union1d(*keys)
    credit, corrected = np.zeros((2, len(every)))
    at = np.searchsorted(every, keys[0])
    credit[at], corrected[np.searchsorted(every, keys[1])] = shares.share, calibrated.share
    amounts = np.zeros((2, len(every)), dtype=np.int64)
    for row, name in enumerate(MONEY[:2]):
        amounts[row, at] = divided_cents(shares, cents(ways.orders[name]))
    owner = pa.array(every // size)
    table = pa.table({
        **{name: ways.orders[name].take(owner) for name in ("order_id", "customer_id", "ordered_on", "first_order")},
        "channel": pa.array(shares.channels).take(pa.array(every % size)),
        "model": pa.repeat(model, len(every)), "credit": credit, "calibrated": corrected,
        **{name: money(amounts[row]) for row, name in enumerate(MONEY[:2])},
    })  # fmt: skip
    return table.select(list(ORDER_CREDITS.names)).cast(ORDER_CREDITS.schema.to_pyarrow())

"""Customers whose habits are known: some deeds go with coming back, most do not, and one only looks as if.

Each customer has a first order on a random day, does deeds or not, and comes back or does not. Who comes back orders at
random (exponential) times. Planted deeds raise or lower the chance to come back; all others are done by whoever, and
know nothing of it. The trap happens at a random time as long as the second order has not come, so that who waits long
has done it by then: a comparison that does not heed time takes it for a habit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.arguments import MOST_CUSTOMERS, seeded, whole

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_DAY = date(2023, 1, 1)
DAYS = 730
TRAP = "trap"
MOST_ORDERS = 8  # of one customer, the first one included
RETURNING, RATE = 0.4, 1 / 90  # share who come back without any planted deed; orders a day of those who do
EFFECTS = (0.9, 0.7, -0.9, 0.6, -0.7)  # on the log-odds to come back
SLOWEST = 30  # days that a deed takes at most


@dataclass(frozen=True, kw_only=True)
class PlantedHabits:
    """Events and the truth behind them."""

    events: pa.Table  # customer_id, at, event
    as_of: date
    true: tuple[str, ...]  # deeds that go with coming back more, or less, often
    null: tuple[str, ...]  # deeds that do not
    returning: float  # share who come back
    rate: float  # of their orders, a day

    def critical_day(self, *, threshold: float, horizon_days: int) -> float:
        """Return the day of silence after the first order on which the chance to order in the horizon is the threshold.

        The chance on day d is p (1 - e^-rh) / (p + (1 - p) e^rd), with p the share who come back and r their rate.
        """
        p, r = self.returning, self.rate
        ahead = p * -math.expm1(-r * horizon_days)
        return math.log((ahead / threshold - p) / (1 - p)) / r


def planted_habits(
    customers: int, *, seed: int, null_deeds: int = 40, effects: Sequence[float] = EFFECTS
) -> PlantedHabits:
    """Draw customers with planted habits.

    Parameters
    ----------
    customers : int
        How many.
    seed : int
        The same seed gives the same customers.
    null_deeds : int
        How many deeds mean nothing.
    effects : sequence of float
        One planted deed each: what it adds to the log-odds to come back.

    Returns
    -------
    PlantedHabits
        Events ``first_order``, ``order`` (the first one too), ``second_order``, ``trap`` and a deed of each number;
        every other deed is done on the day of the first order, or on one of the next 30.

    Raises
    ------
    ArgumentError
        A number is not whole or negative.
    """
    size = whole("customers", customers, least=1)
    rng, nulls = seeded(seed), whole("null_deeds", null_deeds, least=0, most=MOST_CUSTOMERS)
    start = rng.integers(0, DAYS, size)
    names = tuple(f"deed_{place:02d}" for place in range(len(effects) + nulls))
    true = names[:: max(len(names) // max(len(effects), 1), 1)][: len(effects)]
    odds = np.full(size, math.log(RETURNING / (1 - RETURNING)))
    effect_of = dict(zip(true, effects, strict=True))
    rows: list[tuple[Ints, Ints, str]] = [(np.arange(size), start, "first_order")]
    for place, name in enumerate(names):
        done = np.flatnonzero(rng.random(size) < rng.uniform(0.05, 0.5))
        wait = np.zeros(len(done), dtype=np.int64) if place % 2 else rng.integers(1, SLOWEST + 1, len(done))
        odds[done] += effect_of.get(name, 0.0)
        rows.append((done, start[done] + wait, name))
    chance = 1 / (1 + np.exp(-odds))
    days = _orders(rng, start, rng.random(size) < chance)
    rows += [(np.arange(size), days[:, place], "order") for place in range(MOST_ORDERS)]
    rows.append((np.arange(size), days[:, 1], "second_order"))
    rows.append(_trap(rng, start, days[:, 1]))
    return PlantedHabits(
        events=_events(rows), as_of=FIRST_DAY + timedelta(days=DAYS - 1), true=true,
        null=tuple(name for name in names if name not in effect_of), returning=float(chance.mean()), rate=RATE,
    )  # fmt: skip


def _orders(rng: np.random.Generator, start: Ints, comes: NDArray[np.bool_]) -> Ints:
    """Draw the days of all orders, shape (customers, MOST_ORDERS); after the end for those who do not come back."""
    waits = np.ceil(rng.exponential(1 / RATE, (len(start), MOST_ORDERS - 1))).astype(np.int64)
    later = start[:, None] + np.cumsum(waits, axis=1)
    return np.column_stack([start, np.where(comes[:, None], later, DAYS)])


def _trap(rng: np.random.Generator, start: Ints, second: Ints) -> tuple[Ints, Ints, str]:
    day = start + np.ceil(rng.exponential(1 / RATE, len(start))).astype(np.int64)
    fell = np.flatnonzero(day < second)
    return fell, day[fell], TRAP


def _events(rows: Sequence[tuple[Ints, Ints, str]]) -> pa.Table:
    who, day = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
    kind = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
    seen = day < DAYS
    dates = (np.datetime64(FIRST_DAY) + day[seen]).astype("datetime64[D]")
    event = pa.DictionaryArray.from_arrays(pa.array(kind[seen], pa.int32()), pa.array([row[2] for row in rows]))
    ids = pc.binary_join_element_wise("c", pc.utf8_lpad(pa.array(who[seen]).cast(pa.string()), 8, "0"), "")
    return pa.table({"customer_id": ids, "at": pa.array(dates), "event": event.cast(pa.string())})

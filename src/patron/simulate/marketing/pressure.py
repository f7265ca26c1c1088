"""What the shop spends on its channels week by week, and how hard each of them pushes because of it.

A week's spend carries over into the next ones (geometric adstock), and the pressure that it makes bends towards 1
(Michaelis-Menten saturation): a = (1 - c) x spend + c x a of the week before; pressure = a / (a + h).
Ref  Jin, Wang, Sun, Chan & Koehler (2017), Bayesian methods for media mix modeling with carryover and shape effects,
eq. 1 and 4
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.marketing.plans import CHANNELS, PAID
from patron.simulate.tables import days_column, money_column, names_column

GROWTH = 0.25  # of the log spend in a year
BUSY_DAY = 0.10  # standard deviation of a day's log spend
WEEK = 7
BEFORE_WEEKS = 8  # that stand for what was spent before the shop's first day

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pressure:
    """Spend and pressure of every channel, over the shop's days and the year after; weeks begin on Monday."""

    spent: Ints  # cents, shape (total days, channels)
    weekly: Ints  # cents, shape (weeks, channels)
    pressure: Floats  # from 0 to 1, shape (weeks, channels)
    week: Ints  # of each day, shape (total days,)
    starts: Ints  # first day of each week; the first may begin before the shop does

    def table(self, calendar: Calendar) -> pa.Table:
        """Return the spend up to the last day; columns as in `contracts.raw.FIELDS`."""
        known = self.spent[: calendar.days]
        day, channel = np.divmod(np.arange(known.size), known.shape[1])
        return pa.table({
            "day": days_column(calendar.first_day, day), "channel": names_column(PAID, channel),
            "amount": money_column(known.ravel(), digits=2),
        })  # fmt: skip


def pressures(rng: np.random.Generator, *, customers: int, calendar: Calendar) -> Pressure:
    """Draw the spend, and work out its pressure."""
    offset = int(calendar.weekdays[0])
    week = (np.arange(calendar.total) + offset) // WEEK
    weeks = int(week[-1]) + 1
    uneven = np.array([channel.uneven for channel in CHANNELS])
    flights = np.exp(rng.normal(0, uneven, (weeks, len(CHANNELS))) - uneven**2 / 2)
    days = np.exp(rng.normal(0, BUSY_DAY, (calendar.total, len(CHANNELS))))
    trend = np.exp(GROWTH * (np.arange(calendar.total) - calendar.days / 2) / YEAR)
    level = customers / YEAR * np.array([channel.spend for channel in CHANNELS])
    spent = np.rint(level * trend[:, None] * flights[week] * days * 100).astype(np.int64)
    weekly = np.stack([np.bincount(week, column, weeks) for column in spent.T], axis=1).astype(np.int64)
    return Pressure(
        spent=spent, weekly=weekly, pressure=pressed(weekly, weekly[1:-1].mean(axis=0)), week=week,
        starts=np.arange(weeks) * WEEK - offset,
    )  # fmt: skip


def pressed(weekly: Ints, usual: Floats) -> Floats:
    """Work out how hard each channel pushes in each week.

    Parameters
    ----------
    weekly : array of int, shape (weeks, channels)
        What was spent, in cents; the first weeks stand for those before.
    usual : array, shape (channels,)
        What is spent in a usual week.

    Returns
    -------
    array, shape (weeks, channels)
        From 0 to below 1.
    """
    carries = np.array([channel.carries for channel in CHANNELS])
    half = np.array([channel.half for channel in CHANNELS]) * usual
    stock = np.empty(weekly.shape)
    now = weekly[:BEFORE_WEEKS].mean(axis=0)
    for place, row in enumerate(weekly):
        now = (1 - carries) * row + carries * now
        stock[place] = now
    return np.asarray(stock / (stock + np.maximum(half, 1.0)))

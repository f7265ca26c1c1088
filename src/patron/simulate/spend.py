"""What the shop pays, day by day and channel by channel, to win customers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.habits import ACQUISITION_CHANNELS, channel_weights
from patron.simulate.people import KNOWN_BEFORE, arrival_shares
from patron.simulate.tables import days_column, money_column, names_column
from patron.simulate.types import TYPES

COSTS = {"search": 34.0, "social": 29.0, "affiliate": 24.0, "referral": 15.0, "catalogue": 52.0}  # of one customer
DEARER = 0.08  # change of the log cost in a year
BUSY_WEEK = 0.15  # standard deviation of a week's log spend
BUSY_DAY = 0.10  # standard deviation of a day's log spend


def spend(rng: np.random.Generator, *, customers: int, calendar: Calendar) -> pa.Table:
    """Draw the daily spend of the paid channels: planned for the customers expected, dearer by the year."""
    share = np.array([kind.share for kind in TYPES])
    plan = share[:, None] * channel_weights("arrives_by", ACQUISITION_CHANNELS)
    paid = [ACQUISITION_CHANNELS.index(name) for name in COSTS]
    expected = customers * (1 - KNOWN_BEFORE) * arrival_shares(calendar).T @ plan[:, paid]
    cost = np.array(list(COSTS.values())) * np.exp(DEARER * np.arange(calendar.days) / YEAR)[:, None]
    weeks = rng.lognormal(0, BUSY_WEEK, (calendar.days // 7 + 1, len(paid)))[np.arange(calendar.days) // 7]
    amount = expected * cost * weeks * rng.lognormal(0, BUSY_DAY, expected.shape)
    day, channel = np.divmod(np.arange(amount.size), len(paid))
    return pa.table(
        {
            "day": days_column(calendar.first_day, day),
            "channel": names_column(list(COSTS), channel),
            "amount": money_column(np.rint(amount.ravel() * 100).astype(np.int64), digits=2),
        }
    )

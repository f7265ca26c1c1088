"""What a marketing-mix model of the shop would have delivered: contributions by week, of which one channel is wrong."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.marketing.plans import PAID
from patron.simulate.marketing.pressure import WEEK, Pressure
from patron.simulate.tables import days_column, money_column, names_column

MODEL = "Weekly mix model"
WEEKS = 104  # the last whole ones
SMOOTH = 5  # weeks over which the model's curve runs
OFF = 0.10  # standard deviation of a channel's log error, which the intervals allow for
WIDTH = 0.25  # half of a week's interval, as a share of the contribution
WRONG, TIMES = "brand_search", 6.0
"""A model that sees spend and sales rise together takes the harvest for a cause."""


def mix_model(
    rng: np.random.Generator, *, revenue: NDArray[np.int64], pressure: Pressure, calendar: Calendar
) -> pa.Table:
    """Return the model's contributions; columns as in `contracts.raw.FIELDS`.

    Parameters
    ----------
    revenue : array of int, shape (weeks, channels)
        What each channel truly brought in each week, in cents.
    """
    whole = np.flatnonzero((pressure.starts >= 0) & (pressure.starts + WEEK <= calendar.days))[-WEEKS:]
    kernel = np.ones(SMOOTH)
    inside = np.convolve(np.ones(len(revenue)), kernel, mode="same")
    smooth = np.stack([np.convolve(column, kernel, mode="same") / inside for column in revenue.T], axis=1)
    error = np.exp(rng.normal(0, OFF, len(PAID)))
    error[PAID.index(WRONG)] *= TIMES
    told = np.rint(smooth[whole] * error).astype(np.int64)
    wide = np.rint(told * WIDTH).astype(np.int64)
    row, channel = (place.ravel() for place in np.indices(told.shape))
    return pa.table({
        "model": pa.array([MODEL] * told.size, pa.string()),
        "period_start": days_column(calendar.first_day, pressure.starts[whole][row]),
        "period_days": np.full(told.size, WEEK), "channel": names_column(PAID, channel),
        "contribution": money_column(told.ravel(), digits=2),
        "low": money_column((told - wide).ravel(), digits=2), "high": money_column((told + wide).ravel(), digits=2),
        "spend": money_column(pressure.weekly[whole].ravel(), digits=2),
    })  # fmt: skip

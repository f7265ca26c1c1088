"""Which prices the shop asked week by week, and why.

Prices move for three reasons: the shop tries something (nothing else moves with it), the whole market buys more and
the shop asks more, or a competitor moves and the shop follows. Who lays sales against prices sees the second reason as
well: in weeks of high demand prices are high. So a plain regression finds customers far calmer about prices than they
are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.catalogue import NAMES, Catalogue
from patron.simulate.tables import names_column

WEEK = 7
STEADY = ("Baby care",)
"""Categories whose list prices never move."""

FOLLOWING = ("Garden",)
"""Categories whose list prices follow demand and nothing else."""

REASONS = ("tried", "steady", "followed_demand")
TRIED = 0.13  # standard deviation of a price that the shop tries out, in logs
STANDS = 5  # weeks for which it stands, on average
SWING, LASTS = 0.25, 0.7  # of the market's demand in a category: standard deviation in logs, share left a week later
ANSWERS = 0.4  # log price by which the shop answers a log of demand
FOLLOWS = 0.5  # and a log of the competitors' price
COMPETED = 60  # products that competitors sell, too
COMPETITORS = {"Example Discount": 0.92, "Example Fine": 1.10}
"""What each asks, as a share of the shop's usual price."""

COMPETING, COMPETITOR_STANDS = 0.10, 8  # standard deviation of the log of their price; weeks for which it stands
INDEX_NOISE, GROWTH = 0.02, 0.03  # of the published index; a year's growth

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """Prices by week; weeks begin on Monday, the first may begin before the shop does."""

    usual: Ints  # cents, of each product
    list: Ints  # cents, shape (products, weeks)
    shelf: Floats  # log of the shelf price against the usual one, shape (products, weeks)
    competed: Ints  # the products that competitors sell, too
    competitors: Floats  # log of their price against their usual one, 0 where they sell none, shape (products, weeks)
    swing: Floats  # log of the market's demand, mean 1 before the log, shape (categories, weeks)
    index: Floats  # what is published of it, shape (categories, weeks)
    why: pa.Array  # one of REASONS for each product


def asked(rng: np.random.Generator, *, catalogue: Catalogue, calendar: Calendar) -> Asked:
    """Draw the market's swings, the competitors' prices, and the shop's."""
    trying, swinging, competing, publishing = rng.spawn(4)
    offset = int(calendar.weekdays[0])
    weeks = (calendar.total - 1 + offset) // WEEK + 1
    shape = (len(catalogue.category), weeks)
    swing = _swings(swinging, weeks)
    competed = np.sort(competing.choice(shape[0], min(COMPETED, shape[0]), replace=False))
    rivals = np.zeros(shape)
    rivals[competed] = _steps(competing, (len(competed), weeks), size=COMPETING, stands=COMPETITOR_STANDS)
    reason = np.select([_within(catalogue, STEADY), _within(catalogue, FOLLOWING)], [1, 2], 0)
    tried = _steps(trying, shape, size=TRIED, stands=STANDS)
    moves = np.where((reason == 0)[:, None], tried + FOLLOWS * rivals, 0.0)
    moves += np.where((reason != 1)[:, None], ANSWERS * swing[catalogue.category], 0.0)
    usual = catalogue.price[:, 0]
    asks = np.maximum(np.rint(usual[:, None] * np.exp(moves)), 1).astype(np.int64)
    trend = np.exp(GROWTH * np.arange(weeks) * WEEK / YEAR)
    return Asked(
        usual=usual, list=asks, shelf=np.log(asks / usual[:, None]) + _sales(catalogue, calendar, weeks, offset),
        competed=competed, competitors=rivals, swing=swing - SWING**2 / 2,
        index=np.exp(swing) * trend * np.exp(publishing.normal(0, INDEX_NOISE, swing.shape)),
        why=names_column(REASONS, reason),
    )  # fmt: skip


def _swings(rng: np.random.Generator, weeks: int) -> Floats:
    """Draw how the market's demand for each category swings, an autoregression of the first order in logs."""
    noise = rng.normal(0, SWING * np.sqrt(1 - LASTS**2), (len(NAMES), weeks))
    swing = np.empty(noise.shape)
    now = rng.normal(0, SWING, len(NAMES))
    for week in range(weeks):
        now = LASTS * now + noise[:, week]
        swing[:, week] = now
    return swing


def _steps(rng: np.random.Generator, shape: tuple[int, int], *, size: float, stands: float) -> Floats:
    """Draw prices that stand for a while and then are another one: each row a series of its own."""
    new = rng.random(shape) < 1 / stands
    new[:, 0] = True
    levels = rng.normal(0, size, shape)
    since = np.maximum.accumulate(np.where(new, np.arange(shape[1]), 0), axis=1)
    return np.take_along_axis(levels, since, axis=1)


def _within(catalogue: Catalogue, names: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.isin(catalogue.category, [NAMES.index(name) for name in names])


def _sales(catalogue: Catalogue, calendar: Calendar, weeks: int, offset: int) -> Floats:
    """Return the log of what the yearly sales leave of the price, the mean over the days of each week."""
    left = np.log1p(-calendar.campaign_depth(NAMES))
    week = (np.arange(calendar.total) + offset) // WEEK
    days = np.bincount(week, minlength=weeks)
    mean = np.stack([np.bincount(week, column, weeks) / days for column in left.T])
    return np.asarray(mean[catalogue.category])

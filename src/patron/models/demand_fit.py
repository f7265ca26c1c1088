"""All series of a shop fitted together: season, how levels move, how unevenly each sells, and how forecasts held.

In   weekly matrices, see `Sales`
Out  `FittedSeries`
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from patron.models.demand_ahead import Calibration, Told, calibrate, weeks_ahead
from patron.models.demand_filter import (
    Dynamics,
    State,
    choose_dynamics,
    find_unevenness,
    first_week,
    rates,
    run_filter,
)
from patron.models.week_season import group_season, week_season

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEPT_WEEKS = 26  # a product that sold nothing for longer is no longer forecast
NEW_WEEKS = 8  # so long a product is a newcomer
ORIGINS = 5  # earlier weeks from which forecasts are judged
FIRST_ORIGIN = 16  # weeks that the first of them knows
SEASON_PRIOR = 30.0  # purchases: weight of the shop's season in a product's own
NEWCOMERS = 10.0  # of a category: so many weigh as much as the shop's


@dataclass(frozen=True, kw_only=True)
class Sales:
    """What was sold, by week; the last week ends on `as_of`.

    `units` and `purchases` (customers and days) have the shape (weeks, series), `shop` the purchases of all series that
    ever were, shape (weeks,), and `group` the category of each series, as a number from 0.
    """

    units: Floats
    purchases: Floats
    shop: Floats
    group: Ints
    as_of: date

    @property
    def weeks(self) -> int:
        """How many."""
        return len(self.units)

    def until(self, weeks: int) -> Sales:
        """Return what was known so many weeks before."""
        cut = self.weeks - weeks
        return replace(
            self, units=self.units[:cut], purchases=self.purchases[:cut], shop=self.shop[:cut],
            as_of=self.as_of - timedelta(days=7 * weeks),
        )  # fmt: skip

    def since(self, week: int) -> Sales:
        """Return the weeks from this one on."""
        return replace(self, units=self.units[week:], purchases=self.purchases[week:], shop=self.shop[week:])

    def only(self, which: NDArray[np.bool_] | Ints) -> Sales:
        """Return some of the series."""
        return replace(
            self, units=self.units[:, which], purchases=self.purchases[:, which], group=self.group[which]
        )  # fmt: skip

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which series sold something in the last half year."""
        return np.asarray((self.units[-KEPT_WEEKS:] > 0).any(axis=0))


@dataclass(frozen=True, kw_only=True)
class FittedSeries:
    """Everything that a forecast needs; arrays of shape (series,), `season` (weeks ahead, series)."""

    dynamics: Dynamics
    state: State
    unevenness: Floats
    season: Floats
    of_week: Calibration
    of_total: Calibration

    def ahead(self, weeks: int) -> tuple[Told, Told]:
        """Return the forecasts of each week and of their sum."""
        return weeks_ahead(self.state, self.season[:weeks], self.unevenness, self.dynamics)

    def calibration(self, weeks: int) -> Calibration:
        """Return that of the sum of so many weeks, between a week's and that of the whole horizon."""
        longest = len(self.season)
        share = (weeks - 1) / (longest - 1) if longest > 1 else 1.0
        mixed = [
            (1 - share) * one + share * whole
            for one, whole in zip(
                (self.of_week.spread, *self.of_week.levels), (self.of_total.spread, *self.of_total.levels), strict=True
            )
        ]
        return replace(self.of_total, spread=mixed[0], levels=tuple(mixed[1:]))


def middle_days(as_of: date, *, weeks: int, ahead: int) -> Floats:
    """Return the day of the year of the middle of each week up to `as_of`, and of those ahead."""
    last = as_of - timedelta(days=3)
    steps = range(1 - weeks, ahead + 1)
    return np.array([(last + timedelta(days=7 * step)).timetuple().tm_yday for step in steps], dtype=np.float64)


def fit_series(sales: Sales, *, horizon: int, dynamics: Dynamics | None = None) -> FittedSeries:
    """Fit all series.

    Parameters
    ----------
    sales : Sales
        With at least one series; each has sold something.
    horizon : int
        Weeks ahead.
    dynamics : Dynamics, optional
        How levels move, where that is known; else it is chosen by the forecasts of one week ahead.
    """
    season = seasons(sales, horizon=horizon)
    prior = newcomers(sales, season)
    moves = dynamics or choose_dynamics(sales.units, season, prior)
    unevenness, _ = find_unevenness(sales.units, season, prior, moves)
    origins = [sales.weeks - horizon * back for back in range(ORIGINS, 0, -1)]
    origins = [week for week in origins if week >= FIRST_ORIGIN]
    _, states = run_filter(sales.units, season, prior, unevenness, moves, at=(*origins, sales.weeks))
    weekly, total = [], []
    some = sorted({0, horizon // 2, horizon - 1})
    for origin in origins:
        part = slice(origin, origin + horizon)
        each, whole = weeks_ahead(states[origin], season[part], unevenness, moves)
        came, live = sales.units[part], states[origin].live
        total.append((whole, came.sum(axis=0), live))
        weekly += [(_week(each, step), came[step], live) for step in some]
    return FittedSeries(
        dynamics=moves, state=states[sales.weeks], unevenness=unevenness, season=season[sales.weeks :],
        of_week=calibrate(weekly), of_total=calibrate(total),
    )  # fmt: skip


def seasons(sales: Sales, *, horizon: int) -> Floats:
    """Return the season of each series in the weeks that were seen and ahead: shop x category x own."""
    days = middle_days(sales.as_of, weeks=sales.weeks, ahead=horizon)
    shop = week_season(sales.shop, days)
    groups = int(sales.group.max()) + 1
    groups = int(sales.group.max()) + 1
    members = (sales.group[:, None] == np.arange(groups)).astype(np.float64)
    together = sales.purchases @ members
    beside_shop = group_season(together, _since_first(together) * sales.shop[:, None], days, SEASON_PRIOR)
    beside_group = _since_first(sales.purchases) * together[:, sales.group]
    own = group_season(sales.purchases, beside_group, days, SEASON_PRIOR)
    return shop[:, None] * beside_shop[:, sales.group] * own


def newcomers(sales: Sales, season: Floats) -> Floats:
    """Return the rate that a series is expected to have before anything is known of it: the median newcomer's.

    Of the newcomers of its category, drawn to the shop's; newcomers are those whose first sale is not among the first
    weeks of the data, where there are ten, else all.
    """
    rate = np.maximum(rates(sales.units, season), 1e-3)
    first = first_week(sales.units)
    came = (first >= NEW_WEEKS) & (first < sales.weeks - 1)
    among = came if came.sum() >= NEWCOMERS else np.ones(len(rate), dtype=np.bool_)
    logs = np.log(rate)
    shop = float(np.median(logs[among]))
    found = np.full(int(sales.group.max()) + 1, shop)
    for group in np.unique(sales.group[among]).tolist():
        own = logs[among & (sales.group == group)]
        found[group] = (len(own) * float(np.median(own)) + NEWCOMERS * shop) / (len(own) + NEWCOMERS)
    return np.asarray(np.exp(found)[sales.group])


def _since_first(sold: Floats) -> Floats:
    return np.asarray(np.arange(len(sold))[:, None] >= first_week(sold), dtype=np.float64)


def _week(told: Told, step: int) -> Told:
    return Told(mean=told.mean[step], chance=told.chance[step], noise=told.noise[step])

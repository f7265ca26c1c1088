"""When people feel like buying: weekdays, seasons and campaigns over the shop's days and the year after.

Days are counted from the shop's first day, which is day 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from patron.simulate.types import TYPES, CustomerType

YEAR = 365  # days; also how far the truth looks ahead

HOME_WEEK = np.array([1.08, 0.98, 0.95, 0.97, 0.95, 0.95, 1.12])  # Monday first
OFFICE_WEEK = np.array([1.45, 1.45, 1.35, 1.40, 1.15, 0.12, 0.08])


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A yearly sale: when, how deep, and on what."""

    name: str
    month: int
    day: int
    days: int
    depth: float  # share of the price
    categories: tuple[str, ...] = ()  # all when empty


CAMPAIGNS = (
    Campaign(
        name="January sale", month=1, day=2, days=14, depth=0.25, categories=("Clothing", "Home", "Toys", "Kitchen")
    ),
    Campaign(name="Spring week", month=4, day=5, days=7, depth=0.15, categories=("Garden", "Home", "Cleaning")),
    Campaign(name="Summer sale", month=7, day=1, days=14, depth=0.20, categories=("Clothing", "Garden", "Beauty")),
    Campaign(name="Black week", month=11, day=22, days=8, depth=0.20),
)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The days of the shop, then the 365 days after that nobody sees but the truth."""

    first_day: date
    days: int  # of the shop, without the year after

    @property
    def total(self) -> int:
        """The days of the shop and of the year after."""
        return self.days + YEAR

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """Every day, shape (total,)."""
        return np.datetime64(self.first_day, "D") + np.arange(self.total)

    @property
    def months(self) -> NDArray[np.int64]:
        """Month of each day, 0 for January, shape (total,)."""
        return self.dates.astype("datetime64[M]").astype(np.int64) % 12

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """Weekday of each day, 0 for Monday, shape (total,)."""
        return (self.dates.astype(np.int64) + 3) % 7

    @property
    def days_of_year(self) -> NDArray[np.int64]:
        """Day of the year of each day, 0 for the first of January, shape (total,)."""
        since = self.dates - self.dates.astype("datetime64[Y]")
        return np.asarray(since.astype(np.int64))

    def campaign_depth(self, categories: tuple[str, ...]) -> NDArray[np.float64]:
        """Share of the price that is taken off, shape (total, categories)."""
        depth = np.zeros((self.total, len(categories)))
        for campaign in CAMPAIGNS:
            touched = [not campaign.categories or name in campaign.categories for name in categories]
            depth[np.ix_(self._runs(campaign), np.array(touched))] = campaign.depth
        return depth

    def clock(self, kind: CustomerType) -> NDArray[np.float64]:
        """How fast each day passes for a customer of this type; its mean is 1, shape (total,)."""
        week = (OFFICE_WEEK if kind.office else HOME_WEEK)[self.weekdays]
        season = np.exp(kind.christmas * _bump(self.days_of_year, peak=346, before=18, after=5))
        season *= np.exp(kind.summer * _bump(self.days_of_year, peak=195, before=30, after=30))
        on_sale = np.any([self._runs(campaign) for campaign in CAMPAIGNS], axis=0)
        speed = week * season * (1 + kind.campaign_pull * on_sale)
        return np.asarray(speed / speed.mean())

    def clocks(self) -> NDArray[np.float64]:
        """Return the clock of every type, shape (types, total)."""
        return np.stack([self.clock(kind) for kind in TYPES])

    def _runs(self, campaign: Campaign) -> NDArray[np.bool_]:
        """On which days a campaign runs, shape (total,)."""
        start = self.dates.astype("datetime64[Y]").astype("datetime64[M]") + np.timedelta64(campaign.month - 1, "M")
        since = (self.dates - start.astype("datetime64[D]")).astype(np.int64) - (campaign.day - 1)
        return np.asarray((since >= 0) & (since < campaign.days))


def _bump(day: NDArray[np.int64], *, peak: int, before: float, after: float) -> NDArray[np.float64]:
    """Draw a hill of height 1 over the year, with its own width on either side."""
    away = (day - peak + 182) % YEAR - 182
    return np.asarray(np.exp(-0.5 * (away / np.where(away < 0, before, after)) ** 2))

"""The shop's advertising: what it spends, what that causes, what is seen of it, and what a model makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from patron.simulate.beside import beside
from patron.simulate.calendar import Calendar
from patron.simulate.extract import OrderNames
from patron.simulate.habits import Habits
from patron.simulate.lines import Lines
from patron.simulate.marketing.causes import Causes, causes
from patron.simulate.marketing.demand import Demand
from patron.simulate.marketing.mix import mix_model
from patron.simulate.marketing.paths import touches
from patron.simulate.marketing.pressure import Pressure, pressures
from patron.simulate.marketing.told import assigned, customers_truth, orders_of, recorded, truth, weekly_revenue
from patron.simulate.people import People

OVER_MARKETING = 70
"""Opens the seed of what is drawn here, so that all else draws what it always drew."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Marketing:
    """The lines that happened, and what is needed to tell of the channels once campaigns have added to them."""

    lines: Lines
    causes: Causes
    pressure: Pressure
    folk: People
    habits: Habits
    demand: Demand
    calendar: Calendar
    chance: np.random.Generator

    @property
    def by_themselves(self) -> Lines:
        """The lines of the orders that no channel caused."""
        return self.lines.where(self.causes.of(self.lines.order) == 0)

    def beside(
        self,
        sources: Mapping[str, pa.Table],
        true: Mapping[str, pa.Table],
        *,
        lines: Lines,
        names: OrderNames,
        ids: pa.Array,
    ) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
        """Return the sources and the truth with those of the advertising.

        `lines` are those that happened in the end, with what campaigns added.
        """
        seeing, modelling = self.chance.spawn(2)
        calendar = self.calendar
        seen = touches(seeing, causes=self.causes, lines=lines, folk=self.folk, ids=ids, calendar=calendar)
        orders = orders_of(self.causes, lines, catalogue=self.demand.catalogue, calendar=calendar)
        revenue = weekly_revenue(orders, self.pressure)
        found = {
            **sources, "events": beside(sources, "events", seen),
            "assignments": beside(sources, "assignments", assigned(self.causes, ids=ids, calendar=calendar)),
            "mix_model": mix_model(modelling, revenue=revenue, pressure=self.pressure, calendar=calendar),
            "market": self.demand.market(),
        }  # fmt: skip
        told = truth(self.causes, orders, pressure=self.pressure, names=names, ids=ids, calendar=calendar)
        told |= {"acquired": customers_truth(self.causes, orders, ids), **self.demand.truth(self.habits, ids=ids)}
        return found, {**true, **told}

    @property
    def spend(self) -> pa.Table:
        """What was spent by day and channel, up to the last day."""
        return self.pressure.table(self.calendar)

    @property
    def records(self) -> pa.Array:
        """What the shop's records say brought each customer."""
        return recorded(self.causes)


def marketing(
    seed: int, *, demand: Demand, lines: Lines, folk: People, habits: Habits,
    calendar: Calendar,
) -> Marketing:  # fmt: skip
    """Let the shop advertise.

    Parameters
    ----------
    seed : int
        The shop's.
    demand : Demand
        The prices that were asked, and how they were answered.
    lines : Lines
        All orders that could be, those of the year after the last day included.
    """
    source = np.random.default_rng([seed, OVER_MARKETING])
    paying, pushing, telling = source.spawn(3)
    pressure = pressures(paying, customers=len(folk), calendar=calendar)
    found, happened = causes(pushing, lines=lines, folk=folk, habits=habits, pressure=pressure, calendar=calendar)
    return Marketing(
        lines=happened, causes=found, pressure=pressure, folk=folk, habits=habits, demand=demand, calendar=calendar,
        chance=telling,
    )  # fmt: skip

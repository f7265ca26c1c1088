"""The shop on the eve of the first day that can be lived: its people, its past, and the course that it would take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.buying import bought_by
from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import Catalogue
from patron.simulate.extract import customers_table, products_table
from patron.simulate.habits import Habits, habits
from patron.simulate.marketing import on_sale
from patron.simulate.people import People, people
from patron.simulate.spend import spend
from patron.simulate.world.browsing import Browsing, browsing
from patron.simulate.world.course import Course, course
from patron.simulate.world.nature import Nature, nature
from patron.simulate.world.state import YEAR, State, at_first

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

OVER_WORLD = 80
"""Opens the seed of what is drawn here, so that orders are those of the shop of the same seed and days."""

WAITING = 0.12  # share of the newcomers of the days to be lived who come only if somebody refers them
SEEN_DAYS = 90  # days of the past of which visits are known


@dataclass(frozen=True, kw_only=True, eq=False)
class Begun:
    """What a world starts from. Only the state changes."""

    folk: People
    ways: Habits
    goods: Catalogue
    course: Course
    looks: Browsing
    nature: Nature
    state: State
    waiting: Bools  # who comes only if she is referred
    cycle: Floats  # days after which something of each runs out; infinite for who uses nothing up
    spent: pa.Table
    calendar: Calendar
    seen_since: int

    @property
    def numbers(self) -> int:
        """The first number of an order that is not taken."""
        return int(self.course.lines.order.max(initial=0)) + 2

    def tables(self, *, ids: pa.Array, here: Bools, day: int) -> dict[str, pa.Table]:
        """Return the customers who are known, the products, and what was spent up to a day."""
        first = self.calendar.first_day
        known = customers_table(self.folk, habits=self.ways, ids=ids, first_day=first, known={})
        last = pa.scalar(self.calendar.dates[day].item(), pa.date32())
        return {
            "customers": known.filter(pa.array(here)), "products": products_table(self.goods),
            "spend": self.spent.filter(pc.less_equal(self.spent["day"], last)),
        }  # fmt: skip


def begun(
    seed: int, *, customers: int, first_day: date, past: int, days: int, reaches: str, actions: int
) -> Begun:  # fmt: skip
    """Draw a shop, with `past` days behind it and `days` to come."""
    source = np.random.default_rng(seed)
    calendar = Calendar(first_day=first_day, days=past + days)
    shelves, crowd, minds, money, _, buying = source.spawn(6)  # as `simulate.shop` does
    asked, goods = on_sale(shelves, seed, calendar, moving=False)
    folk = people(crowd, customers=customers, calendar=calendar)
    ways = habits(minds, people=folk, catalogue=goods)
    bought = bought_by(buying, folk, ways, goods, calendar, kinds=None, asked=asked)
    way = course(bought, catalogue=goods, total=calendar.days)
    looking, hidden, lot = np.random.default_rng([seed, OVER_WORLD]).spawn(3)
    waiting = (folk.acquired >= past) & (lot.random(customers) < WAITING)
    state = at_first(customers, actions=actions, here=(folk.acquired < past) & ~waiting, day=past - 1)
    before = slice(0, way.on(past).start)
    state.bought(way.lines.where(np.arange(before.stop)), way.margin[before])
    looks = browsing(looking, people=folk, habits=ways, catalogue=goods, calendar=calendar, since=past - SEEN_DAYS)
    _looked_before(state, looks, until=past)
    return Begun(
        folk=folk, ways=ways, goods=goods, course=way, looks=looks, state=state, waiting=waiting,
        nature=nature(hidden, habits=ways, past_margin=_margin_of(way, customers, past=past), reaches=reaches),
        cycle=np.where(ways.staples >= 0, ways.cycles, np.inf).min(axis=1),
        spent=spend(money, customers=customers, calendar=calendar), calendar=calendar, seen_since=past - SEEN_DAYS,
    )  # fmt: skip


def _margin_of(way: Course, customers: int, *, past: int) -> Floats:
    """Return what each person brought in the year before, in cents."""
    year = np.arange(way.on(past - YEAR).start, way.on(past).start)
    return np.bincount(way.lines.customer[year], way.margin[year], customers).astype(np.float64)


def _looked_before(state: State, looks: Browsing, *, until: int) -> None:
    """Take note of the visits before the first day that is lived."""
    some = slice(0, looks.on(until).start)
    state.saw(looks.customer[some], looks.second[some], cart=looks.cart[some])

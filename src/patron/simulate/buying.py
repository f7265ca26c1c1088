"""Everything that all customers of a shop buy and send back, of their own accord."""

from __future__ import annotations

from typing import Any

import numpy as np

from patron.simulate.baskets import baskets
from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import Catalogue
from patron.simulate.habits import Habits
from patron.simulate.kinds import Kinds, kinds_baskets
from patron.simulate.lines import Lines, together
from patron.simulate.marketing import Demand
from patron.simulate.people import People
from patron.simulate.returns import returns
from patron.simulate.visits import visits

BATCH = 20_000  # customers at a time, so that memory grows with the lines alone


def bought_by(
    rng: np.random.Generator,
    folk: People,
    ways: Habits,
    goods: Catalogue,
    calendar: Calendar,
    *,
    kinds: Kinds | None,
    asked: Demand | None,
) -> Lines:
    """Let all customers buy and send back, a batch at a time; a return is an order with a number of its own.

    Returns
    -------
    Lines
        Up to the calendar's last day, the year after included.
    """
    starts = range(0, len(folk), BATCH)
    parts: list[Lines] = []
    number = 0
    for start, chance in zip(starts, rng.spawn(len(starts)), strict=True):
        some, theirs = folk.part(start, start + BATCH), ways.part(start, start + BATCH)
        facts: dict[str, Any] = {"people": some, "habits": theirs, "catalogue": goods, "calendar": calendar}
        if kinds is None:
            days = visits(chance, people=some, calendar=calendar)
            sales, many = baskets(chance, visits=days, **facts), len(days.day)
        else:
            sales, many = kinds_baskets(chance, kinds=kinds.part(start, start + BATCH), **facts)
        sales = sales if asked is None else asked.bought(chance.spawn(1)[0], sales, theirs)
        back = returns(chance, sales=sales, habits=theirs, catalogue=goods)
        parts.append(sales.renumbered(orders=number, customers=start))
        parts.append(back.renumbered(orders=number, own_orders=many, customers=start))
        number += 2 * many
    return together(parts)

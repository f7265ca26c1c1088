"""Tickets, subscriptions, prospects and messages of the simulated shop: tables and truth.

Everything is drawn from generators of its own, after all else: the orders of a shop are the same with and without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from patron.simulate.calendar import Calendar
from patron.simulate.dealings.messages import messages
from patron.simulate.dealings.prospects import prospects
from patron.simulate.dealings.subscriptions import subscriptions
from patron.simulate.dealings.tickets import tickets
from patron.simulate.extract import OrderNames
from patron.simulate.habits import Habits
from patron.simulate.lines import Lines
from patron.simulate.people import People


@dataclass(frozen=True, kw_only=True, eq=False)
class Dealings:
    """The new sources, and the truth of them."""

    sources: dict[str, pa.Table]
    truth: dict[str, pa.Table]


def dealings(
    rng: np.random.Generator, *, folk: People, habits: Habits, lines: Lines, names: OrderNames, ids: pa.Array,
    calendar: Calendar, by_themselves: Lines | None = None,
) -> Dealings:  # fmt: skip
    """Draw the four tables of the `folk`, which are customer records.

    `lines` are the true lines with those of the year after the last day; `names` are the orders' ids in the extract.
    A message brings none but the orders of those that came `by_themselves`: all of them unless told.
    """
    asking, paying, coming, writing = rng.spawn(4)
    free = lines if by_themselves is None else by_themselves
    drawn = {
        "tickets": tickets(asking, people=folk, lines=lines, names=names, ids=ids, calendar=calendar),
        "subscriptions": subscriptions(paying, people=folk, ids=ids, calendar=calendar),
        "prospects": prospects(coming, people=folk, habits=habits, ids=ids, calendar=calendar),
        "messages": messages(writing, people=folk, lines=free, names=names, ids=ids, calendar=calendar),
    }
    return Dealings(
        sources={name: table for name, (table, _) in drawn.items()},
        truth={name: true for name, (_, true) in drawn.items()},
    )

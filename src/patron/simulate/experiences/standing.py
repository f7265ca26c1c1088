"""How customers stand with the shop: by whom they came, and what the loyalty programme holds of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.experiences.attitudes import means
from patron.simulate.habits import ACQUISITION_CHANNELS, Habits
from patron.simulate.lines import Lines
from patron.simulate.people import People
from patron.simulate.tables import days_column, ids_column, names_column

Ints = NDArray[np.int64]

TOLD = 0.8  # share of those who came by a referral of whom it is known who made it
IN_VAIN = 0.7  # referrals that nobody came by, for each one that somebody did
BEFORE = 10  # days from the referral to the first known day, at most
WAYS = ("link", "code", "card")
QUARTER = 91  # days between two states of the programme
TIERS, FROM = ("bronze", "silver", "gold"), (0.0, 200.0, 800.0)  # points from which on


def referrals(
    rng: np.random.Generator, *, people: People, habits: Habits, attitude: Ints, ids: pa.Array, calendar: Calendar
) -> pa.Table:
    """Draw who recommended the shop to whom; columns as in `contracts.raw.FIELDS`.

    Whoever recommends it was a customer before; people are in the order of acquisition.
    """
    by = habits.arrived_by == ACQUISITION_CHANNELS.index("referral")
    came = np.flatnonzero(by & (people.acquired > BEFORE) & (rng.random(len(people)) < TOLD))
    vain = rng.poisson(IN_VAIN * len(came))
    on = people.acquired[came] - rng.integers(0, BEFORE, len(came))
    day = np.concatenate([on, rng.integers(BEFORE, max(calendar.days, BEFORE + 1), vain)])
    # Somebody who was there the day before.
    there = np.searchsorted(people.acquired, day, side="left")
    ladder = np.concatenate([[0.0], np.cumsum(means("refers")[attitude])])
    drawn = np.searchsorted(ladder, rng.random(len(day)) * ladder[there], side="right") - 1
    known = there > 0
    friend = np.concatenate([came, np.full(vain, -1)])
    order = np.lexsort((friend, day))[known[np.lexsort((friend, day))]]
    who, friend, day = np.minimum(drawn, there - 1)[order], friend[order], day[order]
    won = friend >= 0
    joined = pa.array(np.where(won, people.acquired[friend], 0))
    days = days_column(calendar.first_day, joined.to_numpy())
    return pa.table(
        {
            "referral_id": ids_column("F", np.arange(1, len(day) + 1), digits=6),
            "customer_id": ids.take(pa.array(who)),
            "referred_on": days_column(calendar.first_day, day),
            "channel": names_column(WAYS, rng.integers(0, len(WAYS), len(day))),
            "referred_id": ids.take(pa.array(friend, mask=~won)),
            "converted_on": days.take(pa.array(np.arange(len(day)), mask=~won)),
        }
    )


def loyalty(
    rng: np.random.Generator, *, people: People, attitude: Ints, lines: Lines, ids: pa.Array, calendar: Calendar
) -> pa.Table:
    """Draw the states of the programme at the end of each quarter: a point for each whole unit of money spent.

    `lines` are those up to the last day. Columns as in `contracts.raw.FIELDS`.
    """
    member = rng.random(len(people)) < means("member")[attitude]
    ends = np.arange(QUARTER - 1, calendar.days, QUARTER)
    mine = np.flatnonzero(member & (people.acquired < calendar.days))
    spent = np.zeros((len(people), len(ends) + 1))
    inside = lines.where((lines.customer >= 0) & (lines.day < calendar.days))
    place = np.searchsorted(ends, inside.day)
    amount = (inside.quantity * inside.price - inside.discount) / 100
    np.add.at(spent, (inside.customer, place), amount)
    points = np.floor(np.maximum(np.cumsum(spent[mine, : len(ends)], axis=1), 0))
    who, when = np.nonzero(people.acquired[mine, None] <= ends)
    held = points[who, when]
    tier = np.searchsorted(FROM, held, side="right") - 1
    return pa.table(
        {
            "customer_id": ids.take(pa.array(mine[who])),
            "dated": days_column(calendar.first_day, ends[when]),
            "tier": names_column(TIERS, tier),
            "points": held,
        }
    )

"""Reviews, surveys, referrals, loyalty, the market and attributes of the simulated shop: tables and truth.

Everything is drawn from generators of its own: all else of a shop is the same with and without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.catalogue import Catalogue
from patron.simulate.experiences.asked import asked
from patron.simulate.experiences.attitudes import ATTITUDES, attitudes, means
from patron.simulate.experiences.known import known
from patron.simulate.experiences.market import market
from patron.simulate.experiences.occasions import occasions
from patron.simulate.experiences.standing import loyalty, referrals
from patron.simulate.experiences.voices import reviews, surveys
from patron.simulate.extract import OrderNames
from patron.simulate.habits import Habits
from patron.simulate.lines import DAY, Lines
from patron.simulate.people import People
from patron.simulate.tables import ids_column, moments_column, names_column

KEY = 37
"""Sets these draws apart from all others of the same seed, in whatever order the others come."""

SOURCES = ("reviews", "surveys", "referrals", "loyalty", "market", "invitations")


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiences:
    """The new sources, what is to be added to those that are there, and the truth."""

    sources: dict[str, pa.Table]
    traits: pa.Table
    events: pa.Table
    truth: dict[str, pa.Table]


def experiences(
    seed: int, *, folk: People, habits: Habits, lines: Lines, names: OrderNames, catalogue: Catalogue, ids: pa.Array,
    calendar: Calendar,
) -> Experiences:  # fmt: skip
    """Draw what the customers say and how they stand; `lines` are the true lines.

    Returns
    -------
    Experiences
        ``truth["attitudes"]``: customer_id, ``attitude`` (enthusiast, content, critic), and the means that her ratings
        and answers scatter around before a return spoils them. ``truth["known"]``: the attributes that stand on the
        last day. ``truth["silence"]``: who was invited to the survey, the chance of an answer, and what each says or
        would have said.
    """
    source = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(KEY,)))
    being, writing, asking, sending, joining, trading, telling, sharing, inviting = source.spawn(9)
    attitude = attitudes(being, people=folk)
    written = occasions(writing, lines, chance=means("reviews")[attitude], calendar=calendar)
    answered = occasions(asking, lines, chance=means("answers")[attitude], calendar=calendar)
    attributes, standing = known(telling, people=folk, attitude=attitude, ids=ids, calendar=calendar)
    given = {"attitude": attitude, "ids": ids, "calendar": calendar}
    survey = asked(inviting, lines=lines, **given)
    said = surveys(asking, answered, **given)
    return Experiences(
        sources={
            "reviews": reviews(writing, written, names=names, **given),
            "surveys": pa.concat_tables([said, survey.answers], promote_options="default"),
            "referrals": referrals(sending, people=folk, habits=habits, **given),
            "loyalty": loyalty(joining, people=folk, lines=lines, **given),
            "market": market(trading, catalogue=catalogue, calendar=calendar),
            "invitations": survey.invitations,
        },
        traits=attributes,
        events=_shares(sharing, folk, attitude, ids, calendar),
        truth={"attitudes": _truth(attitude, ids), "known": standing, "silence": survey.truth},
    )


def _truth(attitude: NDArray[np.int64], ids: pa.Array) -> pa.Table:
    said = {name: means(name)[attitude] for name in ("rating", "nps", "ces", "csat")}
    return pa.table({"customer_id": ids, "attitude": names_column([one.name for one in ATTITUDES], attitude), **said})


def _shares(
    rng: np.random.Generator, folk: People, attitude: NDArray[np.int64], ids: pa.Array, calendar: Calendar
) -> pa.Table:
    """Draw when people share something, as events; columns as in `contracts.raw.FIELDS`."""
    start = np.clip(folk.entry, 0, calendar.days)
    alive = np.clip(np.minimum(folk.end + 1, calendar.days) - start, 0, None)
    many = rng.poisson(means("shares")[attitude] * alive / YEAR)
    who = np.repeat(np.arange(len(folk)), many)
    second = ((start[who] + rng.random(len(who)) * alive[who]) * DAY).astype(np.int64)
    order = np.lexsort((who, second))
    return pa.table(
        {
            "occurred_at": moments_column(calendar.first_day, second[order]),
            "event": pa.array(["share"] * len(who), pa.string()),
            "event_id": ids_column("S", np.arange(1, len(who) + 1), digits=8),
            "customer_id": ids.take(pa.array(who[order])),
            "channel": pa.array(["app"] * len(who), pa.string()),
        }
    )

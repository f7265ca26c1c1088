"""The people behind the customer records, what they agreed to and what they did: tables and truth.

Everything is drawn from generators of its own, after all else: the orders of a shop are the same with and without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from patron.simulate.calendar import Calendar
from patron.simulate.habits import COUNTRIES, Habits
from patron.simulate.lines import Lines
from patron.simulate.people import People
from patron.simulate.persons.consents import consents
from patron.simulate.persons.events import Wanted, events
from patron.simulate.persons.family_plans import family_plans
from patron.simulate.persons.identifiers import identifiers
from patron.simulate.persons.persons import persons
from patron.simulate.persons.records import people_truth, records
from patron.simulate.persons.requests import requests
from patron.simulate.persons.second_accounts import first_accounts
from patron.simulate.persons.traits import traits


@dataclass(frozen=True, kw_only=True, eq=False)
class Identity:
    """The new columns of the customers, the new sources, and the truth of them."""

    columns: dict[str, pa.Array]
    sources: dict[str, pa.Table]
    truth: dict[str, pa.Table]


def identity(
    rng: np.random.Generator, *, folk: People, habits: Habits, lines: Lines, wanted: Wanted, ids: pa.Array,
    calendar: Calendar,
) -> Identity:  # fmt: skip
    """Say who is behind each of the `folk`, which are customer records, and draw what else is known of them.

    `lines` are the true lines, before the faults of an extract; `wanted` draws what a record would like to have.
    """
    same, crowd, writing, browsing, knowing, agreeing, asking, bought, plans = rng.spawn(9)
    first = first_accounts(same, group=folk.kind * len(COUNTRIES) + habits.country)
    last_day = int(calendar.dates[calendar.days - 1].astype(np.int64))
    people = persons(crowd, country=habits.country[np.unique(first)], last_day=last_day)
    known = records(writing, people, first_account=first, life=(folk.entry, folk.end), ids=ids, calendar=calendar)
    visits = events(browsing, records=known, people=people, lines=lines, wanted=wanted, calendar=calendar)
    said, holds = consents(agreeing, records=known, people=people, calendar=calendar)
    return Identity(
        columns=known.columns,
        sources={
            "identifiers": identifiers(knowing, records=known, people=people, seen=visits.seen, calendar=calendar),
            "events": visits.table,
            "households": family_plans(plans, records=known, people=people),
            "consents": said,
            "traits": traits(bought, records=known, calendar=calendar),
        },
        truth={
            "people": people_truth(known, people),
            "duplicates": known.duplicates,
            "devices": visits.devices,
            "events": visits.truth,
            "keenness": visits.keenness,
            "consents": holds,
            "requests": requests(asking, records=known, calendar=calendar),
        },
    )

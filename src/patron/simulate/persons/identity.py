"""The people behind the customer records, what they agreed to and what they did: tables and truth.

Everything is drawn from generators of its own, after all else: the orders of a shop are the same with and without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.habits import COUNTRIES, Habits
from patron.simulate.lines import Lines
from patron.simulate.people import People
from patron.simulate.persons.consents import consents
from patron.simulate.persons.events import Wanted, events
from patron.simulate.persons.family_plans import family_plans
from patron.simulate.persons.identifiers import identifiers
from patron.simulate.persons.persons import Persons, persons
from patron.simulate.persons.records import Records, people_truth, records
from patron.simulate.persons.requests import requests
from patron.simulate.persons.second_accounts import first_accounts
from patron.simulate.persons.traits import traits


@dataclass(frozen=True, kw_only=True, eq=False)
class Identity:
    """The new columns of the customers, the new sources, and the truth of them."""

    columns: dict[str, pa.Array]
    sources: dict[str, pa.Table]
    truth: dict[str, pa.Table]


@dataclass(frozen=True, kw_only=True, eq=False)
class Behind:
    """Who is behind the customer records, before anything is known of what they did."""

    records: Records
    people: Persons
    chances: tuple[np.random.Generator, ...]  # of what is drawn of them later

    @property
    def household(self) -> NDArray[np.int64]:
        """The household of each record, by its number."""
        return self.people.homes.household[self.records.person]


def behind(
    rng: np.random.Generator, *, folk: People, habits: Habits, ids: pa.Array, calendar: Calendar
) -> Behind:  # fmt: skip
    """Say who is behind each of the `folk`, which are customer records."""
    same, crowd, writing, *later = rng.spawn(9)
    first = first_accounts(same, group=folk.kind * len(COUNTRIES) + habits.country)
    last_day = int(calendar.dates[calendar.days - 1].astype(np.int64))
    people = persons(crowd, country=habits.country[np.unique(first)], last_day=last_day)
    known = records(writing, people, first_account=first, life=(folk.entry, folk.end), ids=ids, calendar=calendar)
    return Behind(records=known, people=people, chances=tuple(later))


def identity(them: Behind, *, lines: Lines, wanted: Wanted, calendar: Calendar) -> Identity:
    """Draw what else is known of the people behind the records.

    `lines` are the true lines, before the faults of an extract; `wanted` draws what a record would like to have.
    """
    known, people = them.records, them.people
    browsing, knowing, agreeing, asking, bought, plans = them.chances
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

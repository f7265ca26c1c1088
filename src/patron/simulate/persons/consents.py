"""What people agreed to, took back or refused, statement by statement, and what of it holds on the last day.

The truth is for a shop that asks for a confirmation of each consent to marketing by e-mail (double opt-in): a consent
there without `confirmed_at` does not hold. Where a record says both in one second, and where the records of a person
differ, the most restrictive holds. Requests are not in it: they come beside what was said.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.habits import COUNTRIES
from patron.simulate.lines import DAY
from patron.simulate.persons.persons import Persons
from patron.simulate.persons.records import Records, person_ids
from patron.simulate.persons.tcf import tc_string
from patron.simulate.tables import days_column, ids_column, moments_column, names_column

STATUS = ("granted", "denied", "revoked")
TOPICS = (
    ("marketing", "email"), ("marketing", "sms"), ("marketing", "post"), ("profiling", "all"),
    ("advertising", "web"), ("marketing", "all"),
)  # fmt: skip
MARKETING, OF_ALL = (0, 1, 2), 5  # places in TOPICS
SOURCES = ("checkout", "preference_centre", "unsubscribe_link", "browser", "cookie_banner", "service_desk")
TEXTS = ("2021-06", "2023-09")
NEW_TEXT = 600  # day of the shop from which the second text stands

AT_CHECKOUT = (0.60, 0.22)  # share of records that allow e-mails, and that refuse them; the others were not asked
CONFIRMED = 0.82  # share of those allowances
DATED, VALID = 0.30, 730  # share with a last day, and how many days they hold
TAKEN_BACK = 0.18
CONTRADICTED = 0.004  # share of records that said yes and no in the same second
PREFERENCES = {1: (0.08, 0.10), 2: (0.10, 0.05), 3: (0.20, 0.04)}  # allowed and refused, by place in TOPICS
SIGNALLED = {"gpc": 0.04, "accepted": 0.10, "rejected": 0.06}
OUT_OF_ALL = 0.02

NOTHING, YES, NO = 0, 1, 2
NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, kw_only=True, eq=False)
class Statements:
    """One entry a statement in every array; -1 or NEVER for none."""

    record: NDArray[np.int64]
    second: NDArray[np.int64]  # since the start of the shop's first day
    status: NDArray[np.int64]
    topic: NDArray[np.int64]
    source: NDArray[np.int64]
    confirmed: NDArray[np.int64]
    expires: NDArray[np.int64]  # day
    signal: NDArray[np.int64]


def consents(
    rng: np.random.Generator, *, records: Records, people: Persons, calendar: Calendar
) -> tuple[pa.Table, pa.Table]:
    """Draw the statements of all records, and tell what holds for each person on the last day."""
    latest = calendar.days * DAY - 1
    stands = np.full((len(records), len(TOPICS)), NOTHING)
    opened = records.since * DAY + rng.integers(0, DAY, len(records))
    parts = [
        *_at_checkout(rng, opened, stands, latest=latest),
        *(_preference(rng, opened, stands, topic=topic, latest=latest) for topic in PREFERENCES),
        _signals(rng, opened, stands, latest=latest),
    ]
    parts.append(_out_of_all(rng, parts, stands, latest=latest))
    said = Statements(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Statements)}
    )
    order = np.lexsort((said.status, said.topic, said.record, said.second))
    said = Statements(**{field.name: getattr(said, field.name)[order] for field in fields(Statements)})
    country = people.country[records.person[said.record]]
    return _table(said, records, country, calendar), _truth(stands, records)


def _at_checkout(
    rng: np.random.Generator, opened: NDArray[np.int64], stands: NDArray[np.int64], *, latest: int
) -> list[Statements]:
    """Ask for e-mails at the first order: some confirm, some take it back, a few contradict themselves at once."""
    count = len(opened)
    answer = _answers(rng, count, AT_CHECKOUT)
    yes = answer == YES
    confirmed = yes & (rng.random(count) < CONFIRMED)
    moment = np.minimum(opened + rng.integers(60, 2 * DAY, count), latest)
    expires = np.where(yes & (rng.random(count) < DATED), opened // DAY + VALID, NEVER)
    back = yes & (rng.random(count) < TAKEN_BACK) & (opened < latest)
    clash = (answer != NOTHING) & (rng.random(count) < CONTRADICTED)
    over = (expires != NEVER) & (expires < latest // DAY)
    stands[:, 0] = np.where(answer == NOTHING, NOTHING, np.where(confirmed & ~over & ~back & ~clash, YES, NO))
    later = _later(rng, opened, latest)
    said, again, other = np.flatnonzero(answer != NOTHING), np.flatnonzero(back), np.flatnonzero(clash)
    return [
        _say(said, opened[said], status=np.where(yes, 0, 1)[said], topic=0, source=0,
             confirmed=np.where(confirmed, moment, NEVER)[said], expires=expires[said]),
        _say(again, later[again], status=2, topic=0, source=2),
        _say(other, opened[other], status=np.where(yes, 1, 0)[other], topic=0, source=0,
             confirmed=np.where(yes, NEVER, moment)[other]),
    ]  # fmt: skip


def _preference(
    rng: np.random.Generator, opened: NDArray[np.int64], stands: NDArray[np.int64], *, topic: int, latest: int
) -> Statements:
    answer = _answers(rng, len(opened), PREFERENCES[topic])
    stands[:, topic] = answer
    said = np.flatnonzero(answer != NOTHING)
    return _say(said, _later(rng, opened, latest)[said], status=answer[said] - YES, topic=topic, source=1)


def _signals(
    rng: np.random.Generator, opened: NDArray[np.int64], stands: NDArray[np.int64], *, latest: int
) -> Statements:
    """Let browsers and banners speak of advertising: a record has one of them at most."""
    signal = np.searchsorted(np.cumsum(list(SIGNALLED.values())), rng.random(len(opened)), side="right")
    said = np.flatnonzero(signal < len(SIGNALLED))
    yes = signal[said] == 1
    stands[said, 4] = np.where(yes, YES, NO)
    return _say(
        said, _later(rng, opened, latest)[said], status=np.where(yes, 0, 1), topic=4,
        source=np.where(signal[said] == 0, 3, 4), signal=signal[said],
    )  # fmt: skip


def _out_of_all(
    rng: np.random.Generator, parts: list[Statements], stands: NDArray[np.int64], *, latest: int
) -> Statements:
    """Let a few ask the service desk, after all else, for no marketing whatever."""
    asked = np.flatnonzero(rng.random(len(stands)) < OUT_OF_ALL)
    last = np.zeros(len(stands), np.int64)
    for part in parts:
        np.maximum.at(last, part.record, part.second)
    stands[asked, OF_ALL] = NO
    return _say(asked, np.minimum(last[asked] + 3600, latest), status=2, topic=OF_ALL, source=5)


def _answers(rng: np.random.Generator, count: int, shares: tuple[float, float]) -> NDArray[np.int64]:
    return rng.choice((YES, NO, NOTHING), count, p=(*shares, 1 - sum(shares)))


def _later(rng: np.random.Generator, opened: NDArray[np.int64], latest: int) -> NDArray[np.int64]:
    """Draw a second after the account was opened."""
    return np.minimum(opened + 1 + (rng.random(len(opened)) * (latest - opened)).astype(np.int64), latest)


def _say(record: NDArray[np.int64], second: NDArray[np.int64], **said: NDArray[np.int64] | int) -> Statements:
    given = {"confirmed": NEVER, "expires": NEVER, "signal": -1, **said}
    every = {name: np.broadcast_to(np.asarray(value, np.int64), record.shape) for name, value in given.items()}
    return Statements(record=record, second=second, **every)


def _table(said: Statements, records: Records, country: NDArray[np.int64], calendar: Calendar) -> pa.Table:
    start = calendar.first_day
    banner = [tc_string(purposes, day=start) for purposes in (range(1, 12), ())]
    asked = said.signal < 0
    text = np.where(asked, (said.second // DAY >= NEW_TEXT).astype(np.int64), -1)
    confirmed = moments_column(start, np.where(said.confirmed == NEVER, 0, said.confirmed))
    expires = days_column(start, np.where(said.expires == NEVER, 0, said.expires))
    none = pa.scalar(None, pa.string())
    proof = ids_column("F", np.arange(1, len(said.record) + 1), digits=7)
    return pa.table(
        {
            "customer_id": records.ids.take(pa.array(said.record)),
            "given_at": moments_column(start, said.second),
            "status": names_column(STATUS, said.status),
            "purpose": names_column([purpose for purpose, _ in TOPICS], said.topic),
            "channel": names_column([channel for _, channel in TOPICS], said.topic),
            "lawful_basis": pa.repeat(pa.scalar("consent"), len(said.record)),
            "text_version": names_column(TEXTS, text),
            "source": names_column(SOURCES, said.source),
            "proof": pc.if_else(pa.array(asked), proof, none),
            "confirmed_at": pc.if_else(pa.array(said.confirmed == NEVER), pa.scalar(None, confirmed.type), confirmed),
            "expires_on": pc.if_else(pa.array(said.expires == NEVER), pa.scalar(None, expires.type), expires),
            "jurisdiction": names_column(list(COUNTRIES), country),
            "signal": names_column(("gpc=1", *banner), said.signal),
        }
    )


def _truth(stands: NDArray[np.int64], records: Records) -> pa.Table:
    """Let the most restrictive of a person's records hold; advertising is about every channel, whoever signalled it."""
    count = int(records.person.max()) + 1
    worst = np.zeros((count, len(TOPICS)), np.int64)
    np.maximum.at(worst, records.person, stands)
    for one in MARKETING:  # a no to all marketing is one to each channel that was spoken of
        worst[(worst[:, OF_ALL] == NO) & (worst[:, one] != NOTHING), one] = NO
    person, topic = np.nonzero(worst)
    return pa.table(
        {
            "person_id": person_ids(person),
            "purpose": names_column([purpose for purpose, _ in TOPICS], topic),
            "channel": names_column([channel.replace("web", "all") for _, channel in TOPICS], topic),
            "allowed": worst[person, topic] == YES,
        }
    )

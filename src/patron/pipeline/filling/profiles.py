"""Into the outbox: what is known of customers, for systems that work with it.

Told is who has changed since the last time, by a fingerprint of what is told. All are looked at after each run and once
a day; in between those alone who said or chose something. Who may not be profiled is not told of: what was told before
is taken back. Who does not want to be written to is told to have left, whatever else may be told of her. Hold-outs are
told of like all others, for nothing is sent by it, and are named (`held_out`), so that campaigns over there can leave
them free. Of whom processing is restricted nothing leaves at all.

A delivery holds all that is told of a customer, so that the last one alone counts: it takes the place of one that still
waits, and `superseded` says of one that is tried again that it is old.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from patron.engines.database import writing
from patron.engines.outbox_claims import set_aside
from patron.engines.outbox_state import Entry, draining, put
from patron.engines.run_folder import Run
from patron.engines.state import State
from patron.engines.written_profile_state import Written, cursor_of, set_cursor, write_down, written
from patron.pipeline.destinations.profile_section import ProfileDestination, ProfileSettings
from patron.pipeline.filling.filled import Filled
from patron.pipeline.filling.profile_content import print_of, told
from patron.pipeline.filling.profile_rows import CUSTOMER, Row, profile_rows, shared_emails
from patron.pipeline.filling.profile_standing import Standing, mark_of, preferred, standing, who_spoke
from patron.pipeline.project import Project
from patron.pipeline.serving import Published, published_of
from patron.pipeline.superseded import SUPERSEDED, superseded

SOURCE = "profile"

BY_EMAIL = ("hubspot",)
"""Kinds of destinations that know people by their e-mail address alone."""


def profiles(project: Project, state: State, *, now: datetime) -> Filled:
    """Put in what is known of customers, for systems that work with it.

    Raises
    ------
    RunError
        The run or the database cannot be read.
    """
    named = project.settings.destinations
    wanted = {
        name: section for name, section in named.items() if isinstance(section, ProfileDestination) and section.profile
    }
    if not wanted or project.store.last() is None:
        return Filled()
    published = published_of(project)()
    with state.engine.connect() as connection:
        closed = draining(connection)
    tellings = [
        telling
        for name, section in wanted.items()
        if name not in closed and (telling := _telling(name, section, published, state, now)) is not None
    ]
    if not tellings:
        return Filled()
    return _filled(project, state, published, tellings, now)


@dataclass(frozen=True, kw_only=True)
class _Telling:
    """What one destination is to be told, and of whom."""

    name: str
    profile: ProfileSettings
    by_email: bool
    mark: list[Any]
    since: Sequence[Any] | None  # the mark of what it knows; none where all are looked at
    made: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def _telling(
    name: str, section: ProfileDestination, published: Published, state: State, now: datetime
) -> _Telling | None:
    """Return what to tell; none where nothing has changed since the last time."""
    assert section.profile is not None
    today = now.astimezone(published.zone).date().isoformat()
    with state.engine.connect() as connection:
        known, said = cursor_of(connection, name, "profiles"), mark_of(connection)
    holdouts = published.settings.holdouts.model_dump(mode="json")
    whole = [published.folder.name, today, section.profile.model_dump(mode="json"), holdouts]
    mark = [whole, said]
    before = None if known is None else json.loads(known)
    if before == mark:
        return None
    since = before[1] if before is not None and before[0] == whole else None
    by_email = getattr(section, "type", "") in BY_EMAIL
    return _Telling(name=name, profile=section.profile, by_email=by_email, mark=mark, since=since)


def _filled(
    project: Project, state: State, published: Published, tellings: Sequence[_Telling], now: datetime
) -> Filled:
    knows = standing(published, state, now=now)
    only = _only(published, state, tellings)
    shared = frozenset[str]() if only == frozenset() else shared_emails(project, published.run)
    with state.engine.connect() as connection:
        chosen = preferred(connection, published)
    if only != frozenset():
        for rows in profile_rows(project, published.run, only=only):
            people = [_person(row, knows, chosen, shared) for row in rows]
            for telling in tellings:
                _tell(state, telling, people, published, now)
    with writing(state.engine) as connection:
        for telling in tellings:
            set_cursor(connection, telling.name, "profiles", json.dumps(telling.mark), now=now)
    left_out: Counter[str] = sum((one.left_out for one in tellings), Counter())
    return Filled(made={one.name: one.made.total() for one in tellings if one.made.total()}, left_out=dict(left_out))


def _only(published: Published, state: State, tellings: Sequence[_Telling]) -> frozenset[str] | None:
    """Return of whom alone something is new; none where all are looked at."""
    spoke: set[str] = set()
    with state.engine.connect() as connection:
        for one in tellings:
            if one.since is None:
                return None
            spoke |= who_spoke(connection, published, since=one.since)
    return frozenset(spoke)


@dataclass(frozen=True, kw_only=True)
class _Person:
    """What is known of one customer, and what she allows."""

    row: Row
    allowed: str
    left: tuple[str, ...]
    addresses: Mapping[str, str]
    shares: bool  # her address is somebody else's, too


def _person(row: Row, knows: Standing, chosen: Mapping[str, str], shared: frozenset[str]) -> _Person:
    customer_id = str(row[CUSTOMER])
    consents = knows.consents(customer_id, has_said=bool(row.get("has_said")))
    full = {
        **row, "held_out": knows.held_out(customer_id), "preferred_channel": chosen.get(customer_id),
    }  # fmt: skip
    addresses = knows.addresses(customer_id)
    shares = customer_id in shared
    if shares:
        addresses.pop("email", None)
    return _Person(
        row=full, allowed=knows.allowed(consents), left=knows.left(consents), addresses=addresses, shares=shares
    )


def _tell(state: State, telling: _Telling, people: Sequence[_Person], published: Published, now: datetime) -> None:
    """Put in what has changed of some customers, in one transaction with what is remembered of it."""
    settings = published.settings
    ids = [str(one.row[CUSTOMER]) for one in people]
    entries: list[Entry] = []
    rows: list[Written] = []
    with writing(state.engine) as connection:
        before = written(connection, telling.name, ids)
        for one in people:
            values = told(
                one.row, telling.profile.fields, digits=telling.profile.digits, contact=settings.contact,
                currency=settings.currency,
            )  # fmt: skip
            made = _entry(one, values, before.get(str(one.row[CUSTOMER])), telling, published.run, now)
            if made is not None:
                rows.append(made[1])
                if made[0] is not None:
                    entries.append(made[0])
        telling.made[SOURCE] += put(connection, entries)
        old = {before[one.customer_id].delivery_id: SUPERSEDED for one in entries if one.customer_id in before}
        set_aside(connection, old, state="cancelled", now=now)
        write_down(connection, telling.name, rows, now=now)


def _entry(
    one: _Person, values: Mapping[str, Any], before: Written | None, telling: _Telling, run: Run, now: datetime
) -> tuple[Entry | None, Written] | None:
    """Return what to put in of one customer and to remember; none where nothing is new."""
    customer_id = str(one.row[CUSTOMER])
    reason = _kept_back(one, telling)
    if reason is not None:
        telling.left_out[reason] += 1
        if reason in ("restricted", "no_address", "shared_address"):
            return None
    speaks = reason is None and bool(values)
    print_, gone = print_of(values) if speaks else None, ",".join(one.left)
    if before is not None and not before.failed and (before.print, before.gone) == (print_, gone):
        return None
    if before is None and print_ is None and not gone:
        return None
    taken_back = before is not None and before.print is not None and not speaks
    content = {
        **one.addresses,
        "properties": dict(values) if speaks else dict.fromkeys(values) if taken_back else {},
        "unsubscribed": list(one.left),
    }
    if not content["properties"] and not one.left:  # she came back; that is theirs to ask her
        return None, Written(customer_id=customer_id, delivery_id=_last(before), gone=gone)
    number = _id(telling.name, customer_id, print_, gone, _last(before))
    entry = Entry(
        delivery_id=number, destination=telling.name, kind="profile" if speaks else "removal", source=SOURCE,
        customer_id=customer_id, content=content, made_at=now, due_at=now, run_id=run.manifest.run_id,
        purpose="profiling" if speaks else "operations",
    )  # fmt: skip
    return entry, Written(customer_id=customer_id, delivery_id=number, print=print_, gone=gone)


def _kept_back(one: _Person, telling: _Telling) -> str | None:
    """Return why nothing is told of a customer."""
    if one.allowed == "restricted":
        return "restricted"
    if telling.by_email and "email" not in one.addresses:
        return "shared_address" if one.shares else "no_address"
    return None if one.allowed == "yes" else "no_profiling"


def _last(before: Written | None) -> str:
    return "" if before is None else before.delivery_id


def _id(*parts: str | None) -> str:
    """Return a delivery's id: the same thing told after the same one before."""
    return "profile-" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


__all__ = ["SOURCE", "SUPERSEDED", "profiles", "superseded"]

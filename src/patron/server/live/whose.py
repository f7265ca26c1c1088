"""Whose events are these? A person's keys, and her events since the run, by the rules of the batch.

An event that names a user is the user's, and the customer's whose record the user is. One that names nobody is of who
alone was ever identified on its browser, or in its visit where several share the browser: in the run or since
(`identity.visitors`). Two users whom the run does not know as one stay two until the next run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import BindParameter, Connection, Select, bindparam, or_, select

from patron.engines.live_tables import LIVE_EVENTS
from patron.engines.quick_read import QuickRead
from patron.errors import ArgumentError
from patron.language import failure
from patron.pipeline.serving import Published, owner
from patron.server.live.fold import MOST, day_ends
from patron.server.live.rows import LiveEvent, event_of

READ = 4 * MOST
"""Rows that one read looks at, the newest: a browser of a whole family has more than one person's."""

SignIn = tuple[str | None, str]
"""The visit in which somebody was identified, and who."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """By what a person is known. `label` is her customer id; of whom the run does not know, her user id."""

    label: str | None = None
    customer_id: str | None = None
    user_ids: tuple[str, ...] = ()
    anonymous_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """One text for the person: ``customer:ID``, ``user:ID`` or ``anonymous:ID``."""
        if self.label is None:
            return f"anonymous:{self.anonymous_ids[0]}"
        return f"{'user' if self.customer_id is None else 'customer'}:{self.label}"


@dataclass
class Browsers:
    """Who was identified on which browser: in the run, and since."""

    published: Published
    since: dict[str, list[SignIn]] = field(default_factory=lambda: defaultdict(list))
    known: dict[str, list[SignIn]] = field(default_factory=dict)  # both together

    @classmethod
    def of(cls, published: Published, events: Iterable[LiveEvent]) -> Browsers:
        """Return who signed in in the run, and in events since."""
        made = cls(published)
        for one in events:
            if one.done and one.user_id is not None and one.anonymous_id is not None:
                made.since[one.anonymous_id].append((one.session_id, label_of(published, one.user_id)))
        return made

    def owner(self, anonymous_id: str, session_id: str | None) -> str | None:
        """Return whose a browser is, or a visit on it."""
        if anonymous_id not in self.known:
            self.known[anonymous_id] = [*self.published.signed_in(anonymous_id), *self.since.get(anonymous_id, ())]
        return owner(self.known[anonymous_id], session_id)

    def label(self, event: LiveEvent) -> str | None:
        """Return whose an event is; nobody's where that cannot be told."""
        if event.user_id is not None:
            return label_of(self.published, event.user_id)
        return None if event.anonymous_id is None else self.owner(event.anonymous_id, event.session_id)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A person's keys, her events since the run, the newest last, and who was identified on her browsers."""

    keys: Keys
    browsers: Browsers
    events: tuple[LiveEvent, ...] = ()


def label_of(published: Published, user_id: str) -> str:
    """Return the customer whose record a user id is, or the user id where the run does not know it."""
    return published.customer_of(user_id) or user_id


def known_since(
    connection: Connection, published: Published, *, user_id: str | None = None, anonymous_id: str | None = None,
    customer_id: str | None = None, session_id: str | None = None, now: datetime,
) -> Known:  # fmt: skip
    """Return a person's keys and what she did since the run.

    Parameters
    ----------
    connection, published, user_id, anonymous_id, customer_id, session_id, now
        As for `person`.

    Raises
    ------
    ArgumentError
        None of the ids was given.
    """
    asked = user_id if customer_id is None else customer_id
    if asked is not None:
        return _of_label(connection, published, label_of(published, asked), asked, now)
    if anonymous_id is None:
        raise failure(ArgumentError, "live.nobody_asked")
    rows = _rows(connection, published, [], [anonymous_id], now)
    browsers = Browsers.of(published, rows)
    label = browsers.owner(anonymous_id, session_id)
    if label is not None:
        return _of_label(connection, published, label, label, now, beside=anonymous_id)
    hers = [one for one in rows if one.user_id is None and browsers.label(one) is None]
    return Known(keys=Keys(anonymous_ids=(anonymous_id,)), browsers=browsers, events=_in_order(hers))


def _of_label(
    connection: Connection, published: Published, label: str, asked: str, now: datetime, *, beside: str | None = None
) -> Known:
    records = published.records_of(label)
    users = tuple(dict.fromkeys((*records, label, asked)))
    browsers = published.browsers_of(label)
    rows = _rows(connection, published, users, [*browsers, *([beside] if beside else [])], now)
    told = Browsers.of(published, rows)
    hers = [one for one in rows if told.label(one) == label]
    on = dict.fromkeys((*browsers, *(one.anonymous_id for one in hers if one.anonymous_id is not None)))
    keys = Keys(
        label=label, customer_id=label if records else None, user_ids=users if records else (label,),
        anonymous_ids=tuple(on),
    )  # fmt: skip
    return Known(keys=keys, browsers=told, events=_in_order(hers))


def _in_order(events: Sequence[LiveEvent]) -> tuple[LiveEvent, ...]:
    return tuple(sorted(events, key=lambda one: (one.occurred_at, one.number))[-READ:])


def _rows(
    connection: Connection, published: Published, users: Sequence[str], browsers: Sequence[str], now: datetime
) -> list[LiveEvent]:
    """Return the events since the run of users, and all events on their browsers and on others."""
    given = {
        "users": list(users),
        "browsers": list(browsers),
        "now": now.astimezone(UTC).replace(tzinfo=None),
        "collected_to": published.collected_to,
        "day_ends": day_ends(published),
    }
    return list(map(event_of, _SINCE.rows(connection, given)))


def _query() -> Select[tuple[object, ...]]:
    """Return the one statement of this file."""
    table = LIVE_EVENTS.c
    users: BindParameter[list[str]] = bindparam("users", expanding=True)
    browsers: BindParameter[list[str]] = bindparam("browsers", expanding=True)
    theirs = select(table.anonymous_id).where(table.user_id.in_(users), table.anonymous_id.is_not(None))
    hers = or_(table.user_id.in_(users), table.anonymous_id.in_(browsers), table.anonymous_id.in_(theirs))
    since = (table.number > bindparam("collected_to")) | (table.occurred_at >= bindparam("day_ends"))
    query = select(LIVE_EVENTS).where(hers, since, table.occurred_at <= bindparam("now"))
    return query.order_by(table.number.desc()).limit(READ)


_SINCE = QuickRead(_query())

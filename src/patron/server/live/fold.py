"""What happened since the run, written down per person.

One row an event, and few enough for one read: of one person, or one unknown browser, the newest `MOST` stay, and beside
them those about orders and the first of each visit, by which browsers are told apart. What the published run holds
leaves: it is known by its number, and by its day, since a run about an earlier day does not hold what came after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.live_tables import LIVE_EVENTS
from patron.pipeline.serving import Published
from patron.server.live.rows import ORDERING, row_of
from patron.sources.stream import StreamEvent

MOST = 400
"""Events of one person, beside those about orders."""

SLACK = 200
"""So many more may gather before they are cut, so that not every event cuts one."""

KEPT_DAYS = 90
"""What is older leaves in any case: a shop that makes no runs must not grow its live state for ever."""

_IDS = 500  # in one statement
_TABLE, _C = LIVE_EVENTS, LIVE_EVENTS.c


def fold(connection: Connection, events: Sequence[StreamEvent], *, published: Published) -> None:
    """Write events into the live state, in the caller's transaction; an event that is there already stays once.

    Parameters
    ----------
    connection : Connection
        Of `engines.database.writing`.
    events : sequence of StreamEvent
        In the order of their numbers.
    published : Published
        What it holds already is not written, and leaves the live state.
    """
    if not events:
        return
    if published.first_time("live state swept"):
        newest = max(event.received_at for event in events)
        connection.execute(delete(_TABLE).where(held_by(published)))
        connection.execute(delete(_TABLE).where(_C.occurred_at < _naive(newest) - timedelta(days=KEPT_DAYS)))
    ends = day_ends(published)
    rows = [row_of(one) for one in events if one.number > published.collected_to or _naive(one.occurred_at) >= ends]
    if not rows:
        return
    connection.execute(_insert(connection), rows)
    _cut(connection, _C.user_id, {row["user_id"] for row in rows})
    _cut(connection, _C.anonymous_id, {row["anonymous_id"] for row in rows if row["user_id"] is None})


def held_by(published: Published) -> ColumnElement[bool]:
    """Return which events the published run holds."""
    return (_C.number <= published.collected_to) & (_C.occurred_at < day_ends(published))


def day_ends(published: Published) -> datetime:
    """Return when the published run's day ended, in UTC without a zone."""
    return _naive(datetime.combine(published.as_of + timedelta(days=1), time(), published.zone))


def _naive(moment: datetime) -> datetime:
    offset = moment.utcoffset()
    assert offset is not None  # moments of events are aware
    return moment.replace(tzinfo=None) - offset


def _insert(connection: Connection) -> Insert:
    """Return an insert that passes over a number that is there."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(_TABLE).on_conflict_do_nothing(index_elements=["number"])
    return sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=["number"])


def _cut(connection: Connection, column: ColumnElement[Any], ids: Iterable[str | None]) -> None:
    """Take the oldest events from those of the ids that have too many."""
    alone = _C.user_id.is_(None) if column is _C.anonymous_id else _C.user_id.is_not(None)
    rest = iter(sorted(one for one in ids if one is not None))
    for part in _parts(rest):
        many = select(column).where(column.in_(part), alone).group_by(column).having(func.count() > MOST + SLACK)
        for crowded in connection.execute(many).scalars().all():
            _cut_one(connection, (column == crowded) & alone)


def _cut_one(connection: Connection, hers: ColumnElement[bool]) -> None:
    place = select(_C.number).where(hers).order_by(_C.number.desc()).offset(MOST).limit(1)
    last = connection.execute(place).scalar()
    first_seen = select(func.min(_C.number)).where(hers).group_by(_C.anonymous_id, _C.session_id)
    kept = _C.event.in_(ORDERING) | _C.number.in_(first_seen)
    connection.execute(delete(_TABLE).where(hers, _C.number <= last, ~kept))


def _parts(ids: Iterator[str]) -> Iterator[list[str]]:
    while part := list(islice(ids, _IDS)):
        yield part

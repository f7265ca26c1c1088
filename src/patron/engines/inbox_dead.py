"""Dead letters: events that could not be used, each with the reason, until they are replayed or thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from patron.engines.inbox_state import moment
from patron.engines.inbox_tables import DEAD_LETTERS, INBOX


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event that could not be used, as it came. Moments are microseconds since 1970, UTC."""

    number: int
    reason: str  # a code of `sources.stream.REASONS`
    source: str
    kind: str  # as its address or it itself said; batch where neither did
    received_at: int
    sent_at: int | None
    gpc: bool
    context: bytes | None
    payload: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is in the inbox: how many events, and when the last of them came."""

    events: int
    last_at: datetime | None


def dead_letters(
    connection: Connection, *, after: int = 0, limit: int = 100, reason: str | None = None
) -> list[DeadLetter]:
    """Return the first `limit` dead letters with a number above `after`, of one reason or of all."""
    query = select(*(DEAD_LETTERS.c[name] for name in DeadLetter.__dataclass_fields__))
    query = query.where(DEAD_LETTERS.c.number > after).order_by(DEAD_LETTERS.c.number).limit(limit)
    if reason is not None:
        query = query.where(DEAD_LETTERS.c.reason == reason)
    return [DeadLetter(*row) for row in connection.execute(query)]


def dead_counts(connection: Connection) -> dict[str, int]:
    """Return how many dead letters there are, by reason."""
    query = select(DEAD_LETTERS.c.reason, func.count()).group_by(DEAD_LETTERS.c.reason).order_by(DEAD_LETTERS.c.reason)
    return {str(reason): int(count) for reason, count in connection.execute(query)}


def drop_dead_letters(connection: Connection, *, reason: str | None = None) -> int:
    """Throw dead letters away, those of one reason or all; return how many went."""
    query = delete(DEAD_LETTERS)
    if reason is not None:
        query = query.where(DEAD_LETTERS.c.reason == reason)
    return int(connection.execute(query).rowcount)


def waiting(connection: Connection) -> Waiting:
    """Return what stands in the inbox."""
    count, last = connection.execute(select(func.count(), func.max(INBOX.c.received_at)).select_from(INBOX)).one()
    return Waiting(int(count), None if last is None else moment(int(last)))

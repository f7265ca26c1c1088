"""Closed addresses in the operational database: by hash, with the reason and the day, and nobody's name.

An address closes when it will never work (`bounced`), when somebody called a message spam (`complained`), and when a
person closes it (`closed`). What feedback closes `pipeline.told_back` writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.moments import aware, stored
from patron.engines.suppression_tables import SUPPRESSIONS


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """One closed address."""

    address_hash: str  # `privacy.closed_address`
    channel: str
    reason: str
    since: datetime  # aware
    delivery_id: str | None = None


def suppress(connection: Connection, closed: Iterable[Suppression]) -> int:
    """Close addresses, and return how many were open: of one that is closed, first reason and day stay."""
    rows = [{**asdict(one), "since": stored(one.since)} for one in closed]
    if not rows:
        return 0
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = kind.insert(SUPPRESSIONS).on_conflict_do_nothing()
    return sum(connection.execute(adding, row).rowcount for row in rows)


def lift(connection: Connection, address_hash: str, *, channel: str) -> bool:
    """Open an address again, and tell whether it was closed."""
    here = (SUPPRESSIONS.c.address_hash == address_hash) & (SUPPRESSIONS.c.channel == channel)
    return bool(connection.execute(delete(SUPPRESSIONS).where(here)).rowcount)


def suppression_counts(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many addresses are closed, by channel and reason."""
    key = (SUPPRESSIONS.c.channel, SUPPRESSIONS.c.reason)
    rows = connection.execute(select(*key, func.count()).group_by(*key).order_by(*key))
    return {(channel, reason): count for channel, reason, count in rows}


def suppressions(connection: Connection, *, limit: int) -> Sequence[Suppression]:
    """Return closed addresses, the latest first."""
    query = select(SUPPRESSIONS).order_by(SUPPRESSIONS.c.since.desc(), SUPPRESSIONS.c.address_hash).limit(limit)
    return [Suppression(**{**row._mapping, "since": aware(row.since)}) for row in connection.execute(query)]


__all__ = ["Suppression", "lift", "suppress", "suppression_counts", "suppressions"]

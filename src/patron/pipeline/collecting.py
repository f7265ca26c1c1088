"""Collect what the server was told, each event exactly once, into files that every later run reads.

Events leave the database for the parts (`engines.inbox_parts`) in the order of their numbers. A range is collected as
soon as its file stands; only then its rows are deleted, and only as far as the worker of live triggers has read them,
too. So a collection that is killed at any moment loses nothing and takes nothing twice: what stands in a part is not
taken again, whether or not it still stands in the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection, Engine, delete, func, select

from patron.engines.database import writing
from patron.engines.inbox_parts import RAW, Part, Parts
from patron.engines.inbox_state import InboxRow, events_after, newest
from patron.engines.inbox_tables import INBOX
from patron.engines.state import State
from patron.engines.timer_tables import STREAM, STREAM_LEASES
from patron.errors import RunError
from patron.language import failure
from patron.pipeline.decided_live import decided_live
from patron.pipeline.numbers_go_on import numbers_go_on
from patron.privacy import Tombstones
from patron.sources.collected import COLUMNS, named, tables_of
from patron.sources.files import SourceFile
from patron.sources.stream import StreamEvent, read_event

PART_EVENTS = 100_000
"""Events of one part at most."""

PART_BYTES = 64 << 20
"""Of their calls, of one part at most: what a collection holds in memory."""

MOST_PARTS = 64
"""With more of them, small neighbours are put together: a thousand small files are slow to read."""

FETCHED = 2_000  # events asked for at a time: at 32 KB each they are as large as a part

DELETED = 10_000  # rows deleted in one transaction, so that the intake never waits for long

RAW_SCHEMA = pa.schema(
    [
        pa.field("number", pa.int64(), nullable=False),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("received_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("payload", pa.binary(), nullable=False),
        pa.field("sent_at", pa.timestamp("us", "UTC")),
        pa.field("gpc", pa.bool_(), nullable=False),
        pa.field("context", pa.binary()),
    ]
)
"""Of the calls as they came: what the inbox holds of each."""


@dataclass(frozen=True)
class Gathered:
    """What one collection did."""

    events: int  # taken from the database into parts
    refused: int  # of people who were erased: neither kept nor counted among the others
    collected_to: int  # the greatest number that stands in a part


def collect(state: State, parts: Parts, *, erased: Tombstones) -> Gathered:
    """Take every event that was committed by now into parts. One process at a time: the lock on runs is held.

    Parameters
    ----------
    state : State
        The open database.
    parts : Parts
        Those of the project.
    erased : Tombstones
        Whose calls are taken by nobody.

    Raises
    ------
    RunError
        The parts cannot be written, for example because the disk is full; every event still stands where it stood.
    """
    numbers_go_on(state, parts)
    with state.engine.connect() as connection:
        until = newest(connection)
    before, events, refused = parts.newest, 0, 0
    if until > before:
        try:
            parts.clear()
            obeys = parts.obeys(erased.digest())
            for part, rows, left_out in _ranges(state, before, until, erased):
                parts.write(part, {RAW: raw_table(rows), **tables_of(map(read_event, rows))})
                events, refused = events + len(rows), refused + left_out
            if obeys:
                parts.obey(erased.digest())
            if len(parts.collected()) > MOST_PARTS:
                parts.merge(rows=PART_EVENTS, size=PART_BYTES)
        except OSError as error:
            raise failure(RunError, "inbox.not_written", folder=str(parts.folder), came=str(error.strerror)) from error
    _leave(state, parts.newest)
    return Gathered(events, refused, parts.newest)


def waiting(engine: Engine, parts: Parts) -> int:
    """Return how many events of the database the next run will collect."""
    with engine.connect() as connection:
        counted = select(func.count()).select_from(INBOX).where(INBOX.c.number > parts.newest)
        return int(connection.execute(counted).scalar_one())


@dataclass(frozen=True)
class Collected:
    """What a run reads of the server: files by the name of the collected source, and up to which event."""

    files: Mapping[str, tuple[SourceFile, ...]] = field(default_factory=dict)
    collected_to: int = 0


NOTHING = Collected()
"""Of a project whose server was told nothing."""


def collected(state: State, parts: Parts, *, orders: bool, until: datetime, aside: Path) -> Collected:
    """Return what a run reads of the server.

    Parameters
    ----------
    state : State
        The open database.
    parts : Parts
        Those of the project.
    orders : bool
        Whether the shop's events are its orders; otherwise a source of its own tells what was bought.
    until : datetime
        Aware: the moment at which the run is made.
    aside : Path
        A folder that stands as long as the run is made.
    """
    files = collected_files(parts, orders=orders)
    sent = decided_live(state, until=until, aside=aside)
    if sent is not None:
        files[sent.source] = (*files.get(sent.source, ()), sent)
    return Collected(files, parts.newest)


def collected_files(parts: Parts, *, orders: bool) -> dict[str, tuple[SourceFile, ...]]:
    """Return the files of the parts that a run reads, by the name of the collected source."""
    wanted = [source for source in COLUMNS if orders or source != "order_lines"]
    return {
        named(source): tuple(SourceFile(file, f".patron/inbox/{source}/{file.name}", named(source)) for file in files)
        for source in wanted
        if (files := parts.files(source))
    }


def raw_table(rows: list[InboxRow]) -> pa.Table:
    """Return calls as the raw files hold them."""
    return pa.table({name: [getattr(row, name) for row in rows] for name in RAW_SCHEMA.names}, schema=RAW_SCHEMA)


def raw_rows(table: pa.Table) -> list[InboxRow]:
    """Return what `raw_table` was given."""
    return [InboxRow(**record) for record in table.to_pylist()]


def _ranges(
    state: State, before: int, until: int, erased: Tombstones
) -> Iterator[tuple[Part, list[InboxRow], int]]:  # fmt: skip
    """Yield ranges of numbers with the calls in them that may be kept, and how many may not."""
    gone = erased.asker()
    first, after = before + 1, before
    rows: list[InboxRow] = []
    size = refused = 0
    while after < until:
        with state.engine.connect() as connection:
            came = [row for row in events_after(connection, after, limit=FETCHED) if row.number <= until]
        for row in came:
            if gone is not None and any(gone(*one) for one in named_by(read_event(row))):
                refused += 1
            else:
                rows.append(row)
                size += len(row.payload) + len(row.context or b"")
        after = came[-1].number if came else until
        if len(rows) >= PART_EVENTS or size >= PART_BYTES or after >= until:
            yield Part(first, after), rows, refused
            first, rows, size, refused = after + 1, [], 0, 0


def named_by(event: StreamEvent) -> Iterator[tuple[str, str]]:
    """Yield all that an event names somebody by: kind and value, as the list of the erased knows them."""
    for one in (event.user_id, event.previous_id):
        if one is not None:
            yield "customer_id", one.strip().lower() if "@" in one else one.strip()
            yield "email", one.strip().lower()
    for one in (event.anonymous_id, event.previous_id):
        if one is not None:
            yield "device_id", one.strip()
    for values in (event.traits, event.properties):
        email, phone = values.get("email"), values.get("phone")
        if isinstance(email, str) and email.strip():
            yield "email", email.strip().lower()
        if isinstance(phone, str) and phone.strip():
            yield "phone", phone.strip()


def _leave(state: State, collected_to: int) -> None:
    """Delete what stands in parts, as far as the worker of live triggers has read it."""
    while True:
        with writing(state.engine) as connection:
            upto = min(collected_to, _worked_to(connection, collected_to))
            some = select(INBOX.c.number).where(INBOX.c.number <= upto).order_by(INBOX.c.number).limit(DELETED)
            last = connection.execute(select(func.max(some.subquery().c.number))).scalar_one_or_none()
            if last is None:
                return
            connection.execute(delete(INBOX).where(INBOX.c.number <= last))


def _worked_to(connection: Connection, otherwise: int) -> int:
    """Return the last event that the worker of live triggers has read; where none ever worked, nobody is waited for.

    Other work has leases, too, and reads no events.
    """
    query = select(STREAM_LEASES.c.number).where(STREAM_LEASES.c.name == STREAM)
    least = connection.execute(query).scalar_one_or_none()
    return otherwise if least is None else int(least)

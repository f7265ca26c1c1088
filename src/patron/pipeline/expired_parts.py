"""Take out of the collected parts what is older than the settings allow to be kept.

What is called `inbox` are the calls as they came; the rows that were made of them are kept as long as the raw table
that they are read into. Parts in which nothing is too old are not touched: their statistics tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import delete

from patron.engines.database import writing
from patron.engines.inbox_parts import RAW, Parts, put
from patron.engines.inbox_state import micros
from patron.engines.inbox_tables import DEAD_LETTERS
from patron.engines.state import State
from patron.privacy.retention import DAYS, INBOX
from patron.sources.collected import COLUMNS
from patron.sources.collected.row import written


def expire(state: State, parts: Parts, windows: Mapping[str, int], *, today: date) -> int:
    """Take out what has outlived its window, and return how many rows of parts that were.

    Parameters
    ----------
    state : State
        The open database: letters of no use are as old as the calls that they came with.
    parts : Parts
        Those of the project. Nobody collects or reads them meanwhile: the lock on runs is held.
    windows : mapping of str to int
        Days by the name of a raw table, or `INBOX`.
    today : date
        A row of the day ``today - days`` stays, one of the day before goes. The days are those of UTC.
    """
    gone = 0
    for source in COLUMNS:
        days, column = windows.get(f"raw_{source}"), DAYS.get(f"raw_{source}")
        if days is not None and column is not None:
            gone += _cut(parts, source, column, written(_first(today, days)))
    days = windows.get(INBOX)
    if days is not None:
        oldest = _first(today, days)
        gone += _cut(parts, RAW, "received_at", oldest)
        with writing(state.engine) as connection:
            connection.execute(delete(DEAD_LETTERS).where(DEAD_LETTERS.c.received_at < micros(oldest)))
    return gone


def _first(today: date, days: int) -> datetime:
    """Return the first moment that is kept."""
    return datetime.combine(today - timedelta(days=days), time(), tzinfo=UTC)


def _cut(parts: Parts, kind: str, column: str, oldest: Any) -> int:
    name = _MOMENTS.get(kind, column)
    gone = 0
    for file in parts.files(kind):
        if not _holds_older(file, name, oldest):
            continue
        table = pq.read_table(file)
        limit = pa.scalar(oldest, table.schema.field(name).type)
        old = pc.fill_null(pc.less(table.column(name), limit), False)
        gone += pc.sum(old).as_py() or 0
        put(file, table.filter(pc.invert(old)))
    return gone


_MOMENTS = {"messages": "occurred_at"}
"""The columns of parts that say how old a row is, where raw tables call them otherwise."""


def _holds_older(file: Path, column: str, oldest: Any) -> bool:
    """Tell by a file's statistics whether a row of it may be older; without any it may."""
    metadata = pq.read_metadata(file)
    place = metadata.schema.to_arrow_schema().get_field_index(column)
    for group in range(metadata.num_row_groups):
        told = metadata.row_group(group).column(place).statistics
        if told is None or not told.has_min_max or told.min < oldest:
            return bool(metadata.num_rows)
    return False

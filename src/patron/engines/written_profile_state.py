"""What destinations were told of customers, and how far they were told and read: in the operational database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.delivery_tables import OUTBOX
from patron.engines.destination_tables import READ_CURSORS, WRITTEN_PROFILES
from patron.engines.moments import stored

What = Literal["feedback", "profiles"]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a destination was last told of a customer."""

    customer_id: str
    delivery_id: str
    print: str | None = None
    gone: str = ""  # the channels that she is told to have left
    failed: bool = False  # the delivery ended without having been taken, and would be today


def written(connection: Connection, destination: str, ids: Sequence[str]) -> dict[str, Written]:
    """Return what a destination was told of these customers, by their ids.

    Parameters
    ----------
    connection : Connection
        To the operational database.
    destination : str
        Which.
    ids : sequence of str
        At most some thousands.
    """
    table, box = WRITTEN_PROFILES.c, OUTBOX.c
    joined = WRITTEN_PROFILES.outerjoin(OUTBOX, box.delivery_id == table.delivery_id)
    asked = (
        select(table.customer_id, table.delivery_id, table.print, table.gone, box.state)
        .select_from(joined)
        .where(table.destination == destination, table.customer_id.in_(ids))
    )
    return {
        row.customer_id: Written(
            customer_id=row.customer_id, delivery_id=row.delivery_id, print=row.print, gone=row.gone,
            failed=row.state in ("dead", "cancelled", "expired"),
        )
        for row in connection.execute(asked)
    }  # fmt: skip


def write_down(connection: Connection, destination: str, rows: Iterable[Written], *, now: datetime) -> None:
    """Remember what a destination is told from now on."""
    _upsert(
        connection,
        WRITTEN_PROFILES,
        [
            {name: value for name, value in asdict(one).items() if name != "failed"}
            | {"destination": destination, "written_at": stored(now)}
            for one in rows
        ],
    )


def newest(connection: Connection, destination: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the last delivery of what is known of each of these customers."""
    table = WRITTEN_PROFILES.c
    asked = select(table.customer_id, table.delivery_id).where(
        table.destination == destination, table.customer_id.in_(ids)
    )
    return {row.customer_id: row.delivery_id for row in connection.execute(asked)}


def cursor_of(connection: Connection, destination: str, what: What) -> str | None:
    """Return how far a destination was read or told; none where it never was."""
    table = READ_CURSORS.c
    asked = select(table.cursor).where(table.destination == destination, table.what == what)
    return connection.execute(asked).scalar_one_or_none()


def set_cursor(connection: Connection, destination: str, what: What, cursor: str, *, now: datetime) -> None:
    """Remember how far a destination was read or told."""
    row = {"destination": destination, "what": what, "cursor": cursor, "read_at": stored(now)}
    _upsert(connection, READ_CURSORS, [row])


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    keys = [column.name for column in table.primary_key.columns]
    made = kind.insert(table)
    rest = {column.name: made.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(made.on_conflict_do_update(index_elements=keys, set_=rest), rows)


__all__ = ["What", "Written", "cursor_of", "newest", "set_cursor", "write_down", "written"]

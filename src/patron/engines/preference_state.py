"""What people chose of how they are written to, in the operational database: language, channel, how often, a pause.

One row a person, under the id that she had when she chose. Where two of her ids have one, after a merge, her last word
on language and channel counts, and of number and pause what spares her more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import BindParameter, Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.moments import stored
from patron.engines.preference_tables import PREFERENCES
from patron.engines.quick_read import QuickRead
from patron.engines.state import BATCH, State


@dataclass(frozen=True, kw_only=True)
class Preference:
    """What one person chose; what she left open is none."""

    language: str | None = None  # a tag such as de or pt-BR
    channel: str | None = None  # the one she prefers
    most: int | None = None  # messages in the window of contacts; the shop's own number where that is lower
    paused_until: date | None = None  # the last day on which no message reaches her

    def paused(self, on: date) -> bool:
        """Tell whether she wants no messages on a day."""
        return self.paused_until is not None and on <= self.paused_until


NOTHING_CHOSEN = Preference()

NAMES = tuple(one.name for one in fields(Preference))

PREFERENCE_SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("language", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("most", pa.int64()),
        pa.field("paused_until", pa.date32()),
        pa.field("changed_at", pa.timestamp("us"), nullable=False),
    ]
)

_OWN: BindParameter[list[str]] = bindparam("ids", expanding=True)
_CHOSEN = QuickRead(
    select(*(PREFERENCES.c[name] for name in (*NAMES, "changed_at"))).where(PREFERENCES.c.customer_id.in_(_OWN))
)


def preference_of(connection: Connection, ids: Iterable[str]) -> Preference:
    """Return what a person chose.

    Parameters
    ----------
    connection : Connection
        To the operational database.
    ids : iterable of str
        Her customer's id and those of her records.
    """
    return merged(_CHOSEN.rows(connection, {"ids": sorted(set(ids))}))


def preferences_of(connection: Connection, ids: Iterable[str]) -> dict[str, Preference]:
    """Return what each of many chose, by the id that it was kept under; who chose nothing is not in it."""
    wanted, found = sorted(set(ids)), {}
    for start in range(0, len(wanted), 500):
        part = select(PREFERENCES).where(PREFERENCES.c.customer_id.in_(wanted[start : start + 500]))
        for row in connection.execute(part).mappings():
            found[str(row["customer_id"])] = Preference(**{name: row[name] for name in NAMES})
    return found


def merged(rows: Sequence[Any]) -> Preference:
    """Return what rows of one person say together.

    Parameters
    ----------
    rows : sequence of mapping
        `NAMES` and ``changed_at``.
    """
    if not rows:
        return NOTHING_CHOSEN
    newest = sorted(rows, key=lambda row: row["changed_at"], reverse=True)

    def last(name: str) -> Any:
        return next((row[name] for row in newest if row[name] is not None), None)

    least = [row["most"] for row in rows if row["most"] is not None]
    pauses = [row["paused_until"] for row in rows if row["paused_until"] is not None]
    return Preference(
        language=last("language"), channel=last("channel"), most=min(least, default=None),
        paused_until=max(pauses, default=None),
    )  # fmt: skip


def keep_preference(
    connection: Connection, customer_id: str, chosen: Preference, *, ids: Iterable[str] = (), now: datetime
) -> None:  # fmt: skip
    """Write down what a person chose, in the caller's transaction; what she chose before is replaced.

    Parameters
    ----------
    connection : Connection
        Of a transaction that may write.
    customer_id : str
        Under which id it is kept.
    chosen : Preference
        All of it: none is what she leaves open now.
    ids : iterable of str
        Her other ids: rows under them are removed, because this says all that holds.
    now : datetime
        Aware.
    """
    others = sorted(set(ids) - {customer_id})
    if others:
        connection.execute(PREFERENCES.delete().where(PREFERENCES.c.customer_id.in_(others)))
    row = {name: getattr(chosen, name) for name in NAMES} | {"changed_at": stored(now)}
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = kind.insert(PREFERENCES).values(customer_id=customer_id, **row)
    connection.execute(made.on_conflict_do_update(index_elements=[PREFERENCES.c.customer_id], set_=row))


def preferences_table(state: State) -> pa.Table:
    """Return everything that anybody chose: `PREFERENCE_SCHEMA`, by customer."""
    query = select(*(PREFERENCES.c[name] for name in PREFERENCE_SCHEMA.names)).order_by(PREFERENCES.c.customer_id)
    with state.engine.connect() as connection:
        rows = connection.execution_options(yield_per=BATCH).execute(query)
        return pa.Table.from_pylist([dict(row._mapping) for row in rows], schema=PREFERENCE_SCHEMA)


__all__ = [
    "NOTHING_CHOSEN",
    "PREFERENCE_SCHEMA",
    "Preference",
    "keep_preference",
    "merged",
    "preference_of",
    "preferences_of",
    "preferences_table",
]

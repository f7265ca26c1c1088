"""Which rights does each person exercise against the use of her data?

In   the operational database's table rights, written here alone
Out  a table of customer_id, right, since, until: what `consents` obeys

A right holds from `since` up to and including `until`; without `until` it holds until further notice.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from sqlalchemy import Connection, insert, select, update

from patron.engines.state import State
from patron.engines.state_tables import RIGHTS as TABLE
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure

RIGHTS = ("restriction", "objection_marketing", "objection_profiling", "opt_out_sale", "limit_sensitive")
"""GDPR Articles 18, 21(2) and 21(1); California Civil Code 1798.120 and 1798.121."""

SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("right", pa.string(), nullable=False),
        pa.field("since", pa.date32(), nullable=False),
        pa.field("until", pa.date32()),
    ]
)


def rights(state: State) -> ir.Table:
    """Return every right that was ever exercised and not erased: `SCHEMA`, one row per customer and right."""
    query = select(*(TABLE.c[name] for name in SCHEMA.names)).order_by(TABLE.c.customer_id, TABLE.c.right)
    with state.engine.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=SCHEMA))


def exercise(
    connection: Connection, customer_id: str, right: str, *, since: date, request_id: str | None = None
) -> None:
    """Note that the customer exercises a right, in the caller's transaction.

    One that holds already holds on, from the earlier day; one that had ended begins anew.

    Raises
    ------
    ArgumentError
        The right is unknown.
    """
    _check(right)
    where = (TABLE.c.customer_id == customer_id) & (TABLE.c.right == right)
    known = connection.execute(select(TABLE).where(where)).one_or_none()
    if known is None:
        new = insert(TABLE).values(customer_id=customer_id, right=right, since=since, request_id=request_id)
        connection.execute(new)
    elif known.until is None:
        connection.execute(update(TABLE).where(where).values(since=min(since, known.since)))
    else:
        connection.execute(update(TABLE).where(where).values(since=since, until=None, request_id=request_id))


def end(connection: Connection, customer_id: str, right: str, *, until: date) -> bool:
    """Note the last day on which a right holds, and tell whether it held.

    Raises
    ------
    ArgumentError
        The right is unknown.
    """
    _check(right)
    held = (TABLE.c.customer_id == customer_id) & (TABLE.c.right == right) & TABLE.c.until.is_(None)
    return connection.execute(update(TABLE).where(held).values(until=until)).rowcount > 0


def _check(right: str) -> None:
    if right not in RIGHTS:
        raise failure(ArgumentError, "requests.right_unknown", came=right, hint=did_you_mean(right, RIGHTS))

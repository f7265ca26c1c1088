"""What did a person say is wrong about her, and what is right?

In   the operational database's table corrections, written here alone
Out  a table of customer_id, attribute, value, made_on: what stands first in every golden record (GDPR Article 16)
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from sqlalchemy import Connection, delete, insert, select

from patron.engines.state import State
from patron.engines.state_tables import CORRECTIONS
from patron.errors import ArgumentError
from patron.language import failure

SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("attribute", pa.string(), nullable=False),
        pa.field("value", pa.string(), nullable=False),
        pa.field("made_on", pa.date32(), nullable=False),
    ]
)


def corrections(state: State) -> ir.Table:
    """Return every correction that stands: `SCHEMA`, one row per customer and attribute."""
    columns = [CORRECTIONS.c[name] for name in SCHEMA.names]
    with state.engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(CORRECTIONS.c.customer_id, CORRECTIONS.c.attribute))
        found = [dict(row._mapping) for row in rows]
    return ibis.memtable(pa.Table.from_pylist(found, schema=SCHEMA))


def correct(
    connection: Connection,
    customer_id: str,
    attribute: str,
    value: str,
    *,
    made_on: date,
    request_id: str | None = None,
) -> None:
    """Note what is right, in the caller's transaction; it takes the place of an earlier correction.

    Parameters
    ----------
    connection : Connection
        Of `patron.engines.database.writing`.
    customer_id : str
        Whom it is about.
    attribute : str
        By the kinds of `identifiers`, as in ``family_name``.
    value : str
        As the person wants it; the caller normalises it the way `identifiers` would.
    made_on : date
        When.
    request_id : str, optional
        Which request asked for it.

    Raises
    ------
    ArgumentError
        The attribute or the value is empty.
    """
    for argument, text in (("attribute", attribute), ("value", value)):
        if not text.strip():
            raise failure(ArgumentError, "requests.empty", argument=argument)
    same = (CORRECTIONS.c.customer_id == customer_id) & (CORRECTIONS.c.attribute == attribute)
    connection.execute(delete(CORRECTIONS).where(same))
    connection.execute(
        insert(CORRECTIONS).values(
            customer_id=customer_id, attribute=attribute, value=value, made_on=made_on, request_id=request_id
        )
    )

"""What customers said about their data to the shop itself: statements of consent that no source delivers.

In   the operational database's table consent_statements, written here alone
Out  SCHEMA: the columns of `raw_consents` without file and row

A statement is never changed: who thinks otherwise states it anew, and the last word holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from sqlalchemy import Connection, func, insert, select

from patron.contracts import PURPOSES
from patron.contracts.raw_people import CHANNELS, CONSENT_STATUS, LAWFUL_BASES, RAW_CONSENTS
from patron.engines.database import writing
from patron.engines.state import BATCH, State
from patron.engines.state_tables import CONSENT_STATEMENTS as TABLE
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure
from patron.privacy.signals import read_signal

COLUMNS = tuple(column for column in RAW_CONSENTS.columns if column.name not in ("file", "row"))

SCHEMA = ibis.schema({column.name: column.type for column in COLUMNS})

ONE_CLICK, CENTRE, DELIVERY = "one_click", "preference_centre", "delivery:"
"""Where something was said in answer to a message: its link to unsubscribe, its link to the preference centre, and what
a destination told (followed by the destination's name).

That somebody wants no more messages does not show that the shop asks everybody before it writes, so these statements
do not make consent the basis of its marketing (`patron.privacy.policy`). They hold for her all the same.
"""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What one customer said, once.

    Parameters
    ----------
    customer_id : str
        Who: the customer's id, or one of her records' own ids.
    purpose : str
        For which purpose; one of `patron.contracts.PURPOSES`.
    channel : str
        For which channel; `all` for every one.
    status : str
        ``granted``, ``denied`` or ``revoked``.
    lawful_basis : str
        On which basis of GDPR Article 6(1).
    given_at : datetime
        When this was said, in the project's time zone.
    text_version, source, proof : str, optional
        Which text was agreed to, where, and what proves it.
    confirmed_at : datetime, optional
        When it was confirmed by double opt-in.
    expires_on : date, optional
        Last day on which it holds.
    jurisdiction : str, optional
        Whose law it was given under.
    signal : str, optional
        A privacy signal as it came.
    """

    customer_id: str
    purpose: str
    channel: str = "all"
    status: str
    lawful_basis: str = "consent"
    given_at: datetime
    text_version: str | None = None
    source: str | None = None
    proof: str | None = None
    confirmed_at: datetime | None = None
    expires_on: date | None = None
    jurisdiction: str | None = None
    signal: str | None = None


def state_consent(state: State, statements: Iterable[Statement], *, today: date) -> int:
    """Write statements down: all of them or, when one cannot be, none.

    Parameters
    ----------
    state : State
        The operational database.
    statements : iterable of Statement
        What was said.
    today : date
        No statement can be of a later day.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    ArgumentError
        A purpose, channel, status or basis is unknown, a day lies after `today`, a confirmation before what it
        confirms, a time carries a zone, or the signal is malformed. The data name the argument.
    """
    with writing(state.engine) as connection:
        return write_statements(connection, statements, today=today)


def write_statements(connection: Connection, statements: Iterable[Statement], *, today: date) -> int:
    """Write statements down in the caller's transaction; arguments, answer and errors as for `state_consent`."""
    checked = [asdict(_checked(statement, today)) for statement in statements]
    for start in range(0, len(checked), BATCH):
        connection.execute(insert(TABLE), checked[start : start + BATCH])
    return len(checked)


def statements(state: State) -> ir.Table:
    """Return every statement that is kept: `SCHEMA`, in the order of time and of writing."""
    query = select(*(TABLE.c[name] for name in SCHEMA.names)).order_by(TABLE.c.given_at, TABLE.c.id)
    with state.engine.connect() as connection:
        rows = connection.execution_options(yield_per=BATCH).execute(query)
        came = [dict(row._mapping) for row in rows]
    return ibis.memtable(pa.Table.from_pylist(came, schema=SCHEMA.to_pyarrow()))


def collected(stated: ir.Table) -> ir.Table:
    """Return the statements that show that the shop collects consents: all but answers to its messages."""
    source = stated.source.fill_null("")
    return stated.filter(source.notin((ONE_CLICK, CENTRE)) & ~source.startswith(DELIVERY))


def any_collected(connection: Connection) -> bool:
    """Tell whether any statement was written down here that shows that the shop collects consents (`collected`)."""
    source = func.coalesce(TABLE.c.source, "")
    own = select(TABLE.c.id).where(source.not_in((ONE_CLICK, CENTRE)), source.not_like(f"{DELIVERY}%"))
    return connection.execute(own.limit(1)).first() is not None


def no_statements() -> ir.Table:
    """Return a table of no statements, for projects without an operational database."""
    return ibis.memtable(SCHEMA.to_pyarrow().empty_table())


def _checked(statement: Statement, today: date) -> Statement:
    if not statement.customer_id.strip():
        raise failure(ArgumentError, "privacy.statement_nobody", argument="customer_id")
    for argument, choices in _CLOSED.items():
        came = getattr(statement, argument)
        if came not in choices:
            raise failure(
                ArgumentError, "privacy.statement_word", argument=argument, came=came, hint=did_you_mean(came, choices)
            )
    _check_times(statement, today)
    if statement.signal is not None:
        read_signal(statement.signal)
    return statement


def _check_times(statement: Statement, today: date) -> None:
    for argument in ("given_at", "confirmed_at"):
        at = getattr(statement, argument)
        if at is not None and at.tzinfo is not None:
            raise failure(ArgumentError, "privacy.statement_zone", argument=argument, came=at.tzinfo)
        if at is not None and at.date() > today:
            raise failure(ArgumentError, "privacy.statement_future", argument=argument, came=at.date(), allowed=today)
    if statement.confirmed_at is not None and statement.confirmed_at < statement.given_at:
        raise failure(
            ArgumentError, "privacy.statement_confirmed", argument="confirmed_at", came=statement.confirmed_at,
            allowed=statement.given_at,
        )  # fmt: skip


_CLOSED = {"purpose": PURPOSES, "channel": CHANNELS, "status": CONSENT_STATUS, "lawful_basis": LAWFUL_BASES}

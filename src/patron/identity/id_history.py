"""Which customer is it now, whose id was another one in an earlier run?

In   contracts.person.LINKS of two runs
Out  rows of the database's table id_history: run_id, record_id, before_id, after_id, day
"""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir
import pyarrow as pa
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.state_tables import ID_HISTORY
from patron.errors import RunError
from patron.language import failure

BATCH = 10_000  # rows sent or fetched at a time

HISTORY_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("record_id", pa.string()),
        ("before_id", pa.string()),
        ("after_id", pa.string()),
        ("day", pa.date32()),
    ]
)


def id_changes(before: ir.Table, after: ir.Table) -> ir.Table:
    """Return the records that belong to another customer than before.

    Parameters
    ----------
    before, after : Table
        contracts.person.LINKS of two runs. Records of one of them alone have no history.

    Returns
    -------
    Table, one row per record
        ``record_id, before_id, after_id``.
    """
    old, new = _owners(before, "before_id"), _owners(after, "after_id")
    both = old.join(new, "record_id")
    return both.filter(both.before_id != both.after_id).select("record_id", "before_id", "after_id")


def _owners(links: ir.Table, name: str) -> ir.Table:
    return links.group_by("record_id").aggregate(**{name: links.customer_id.min()})


def remember_id_changes(state: State, changes: ir.Table, *, run_id: str, day: date) -> int:
    """Remember what a run changed, in the place of what was remembered of it before; return how many rows.

    Raises
    ------
    RunError
        The database refused; nothing was changed.
    """
    rows = 0
    try:
        with writing(state.engine) as connection:
            connection.execute(delete(ID_HISTORY).where(ID_HISTORY.c.run_id == run_id))
            for batch in changes.to_pyarrow().to_batches(max_chunksize=BATCH):
                made = [row | {"run_id": run_id, "day": day} for row in batch.to_pylist()]
                if made:
                    connection.execute(insert(ID_HISTORY), made)
                rows += len(made)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise failure(RunError, "identity.not_remembered", reason=reason) from error
    return rows


def id_history(state: State) -> pa.Table:
    """Return all that was remembered, run by run, in the order in which runs were made."""
    with state.engine.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(ID_HISTORY))]
    rows.sort(key=lambda row: (_number(row["run_id"]), row["record_id"]))
    return pa.Table.from_pylist(rows, schema=HISTORY_SCHEMA)


def current_id(state: State, old: str, *, links: ir.Table | None = None) -> str:
    """Return the id that the customer `old` has now.

    Parameters
    ----------
    state : State
        The project's database.
    old : str
        An id as it stood in an earlier run.
    links : Table, optional
        contracts.person.LINKS of the last run: an id that still names a customer there is returned as it is.

    Returns
    -------
    str
        Where the record went whose own id it is; where it was a person's name, where most of her records went, step by
        step. The same id where nothing is known.
    """
    if links is not None and _names_customer(links, old):
        return old
    found, step = old, -1
    while (after := _next(state, found, step)) is not None:
        found, step = after
    return found


def _names_customer(links: ir.Table, name: str) -> bool:
    return bool(links.filter(links.customer_id == name).count().to_pyarrow().as_py())


def _next(state: State, name: str, step: int) -> tuple[str, int] | None:
    """Return what the customer `name` became after a step, and with which run."""
    table = ID_HISTORY.c
    with state.engine.connect() as connection:
        rows = list(connection.execute(select(ID_HISTORY).where(table.before_id == name)))
    later = sorted((row for row in rows if _number(row.run_id) > step), key=lambda row: _number(row.run_id))
    own = [row for row in later if row.record_id == name]
    if own:
        return own[0].after_id, _number(own[0].run_id)
    if not later:
        return None
    last = _number(later[-1].run_id)
    went = [row.after_id for row in later if _number(row.run_id) == last]
    return min(set(went), key=lambda after: (-went.count(after), after)), last


def _number(run_id: str) -> int:
    """Return a run's running number: days may come in any order, as when an old day is run again."""
    digits = run_id.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0

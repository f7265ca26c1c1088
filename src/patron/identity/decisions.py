"""What people of the shop decided about who is who; it outlives every run.

The latest decision about the same thing holds: a merge that is taken back leaves nothing behind. Each is one row of
the operational database, written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5

import ibis.expr.types as ir
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.state_tables import IDENTITY_DECISIONS
from patron.errors import ArgumentError, RunError
from patron.identity.match_keys import SEPARATOR
from patron.identity.rules import MANUAL
from patron.language import failure

SHORTEST_KEY = 6
"""So many first digits of a key name it, where no other of the record begins like this."""


@dataclass(frozen=True)
class Decisions:
    """What holds now: records that are one customer, and edges that do not link."""

    together: frozenset[tuple[str, str]] = frozenset()  # record ids, the smaller first
    apart: frozenset[tuple[str, str, str]] = frozenset()  # record id, rule, key

    def __bool__(self) -> bool:
        """Tell whether anything was decided."""
        return bool(self.together or self.apart)


NO_DECISIONS = Decisions()

Also = Callable[[Connection], None]
"""What stands or falls with a decision, such as its entry in an audit; it is given the transaction's connection."""


def manual_key(left_id: str, right_id: str) -> str:
    """Return the key that ties two records that somebody merged.

    Examples
    --------
    >>> manual_key("ann", "bob") == manual_key("bob", "ann")
    True
    """
    text = SEPARATOR.join((MANUAL, *sorted((left_id, right_id))))
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def decisions(state: State, *, by: datetime | None = None) -> Decisions:
    """Return what holds of all that was decided, or of what was by a moment (UTC)."""
    together: dict[str, tuple[str, str]] = {}
    apart: set[tuple[str, str, str]] = set()
    with state.engine.connect() as connection:
        query = select(IDENTITY_DECISIONS).order_by(IDENTITY_DECISIONS.c.id)
        if by is not None:
            query = query.where(IDENTITY_DECISIONS.c.made_at <= by)
        rows = list(connection.execute(query))
    for row in rows:
        if row.action == "merge":
            together[manual_key(row.left_id, row.right_id)] = _pair(row.left_id, row.right_id)
        elif row.rule == MANUAL:
            together.pop(row.key, None)
        else:
            apart.add((row.left_id, row.rule, row.key))
    return Decisions(frozenset(together.values()), frozenset(apart))


def remember_merge(
    state: State,
    left_id: str,
    right_id: str,
    *,
    links: ir.Table,
    actor: str,
    made_at: datetime,
    also: Also = lambda _connection: None,
) -> None:
    """Remember that two records are one customer, from the next run on.

    Parameters
    ----------
    state : State
        The project's database.
    left_id, right_id : str
        Two records, by the source's own ids.
    links : Table
        contracts.person.LINKS of the last run: both records must be there.
    actor : str
        Who decided.
    made_at : datetime
        When, in UTC.
    also : callable
        What else is written in the same transaction, given its connection.

    Raises
    ------
    ArgumentError
        A record is not there, or both are the same.
    RunError
        The database refused; nothing was remembered.
    """
    if left_id == right_id:
        raise failure(ArgumentError, "identity.merge_itself", came=left_id)
    _check_known(links, left_id, right_id)
    left_id, right_id = _pair(left_id, right_id)
    _remember(state, also, actor=actor, made_at=made_at, action="merge", left_id=left_id, right_id=right_id)


def remember_unmerge(
    state: State,
    record_id: str,
    *,
    rule: str,
    key: str,
    match_keys: ir.Table,
    actor: str,
    made_at: datetime,
    also: Also = lambda _connection: None,
) -> str:
    """Remember that an edge of a record does not link, from the next run on; return its whole key.

    Parameters
    ----------
    state : State
        The project's database.
    record_id : str
        The record, by the source's own id.
    rule, key : str
        Which of its edges: at least six first digits of the key.
    match_keys : Table
        contracts.person.MATCH_KEYS of the last run. A merge that no run has seen yet can be taken back, too.
    actor : str
        Who decided.
    made_at : datetime
        When, in UTC.
    also : callable
        What else is written in the same transaction, given its connection.

    Raises
    ------
    ArgumentError
        The record has no such edge, or several.
    RunError
        The database refused; nothing was remembered.
    """
    key = _whole_key(state, record_id, rule, key, match_keys)
    _remember(state, also, actor=actor, made_at=made_at, action="unmerge", left_id=record_id, rule=rule, key=key)
    return key


def _pair(left_id: str, right_id: str) -> tuple[str, str]:
    return min(left_id, right_id), max(left_id, right_id)


def _check_known(links: ir.Table, *record_ids: str) -> None:
    found = links.filter(links.record_id.isin(record_ids)).select("record_id").distinct()
    known = set(found.to_pyarrow()["record_id"].to_pylist())
    for record_id in record_ids:
        if record_id not in known:
            raise failure(ArgumentError, "identity.record_unknown", came=record_id)


def _whole_key(state: State, record_id: str, rule: str, key: str, match_keys: ir.Table) -> str:
    edges = match_keys.filter((match_keys.record_id == record_id) & (match_keys.rule == rule)).select("key")
    keys: set[str] = set(edges.to_pyarrow()["key"].to_pylist())
    if rule == MANUAL:
        keys |= {manual_key(*pair) for pair in decisions(state).together if record_id in pair}
    found = sorted(whole for whole in keys if len(key) >= SHORTEST_KEY and whole.startswith(key.lower()))
    if len(found) != 1:
        several = "identity.edge_ambiguous" if found else "identity.edge_unknown"
        raise failure(ArgumentError, several, record_id=record_id, rule=rule, key=key, found=len(found))
    return found[0]


def _remember(state: State, also: Also, **row: object) -> None:
    try:
        with writing(state.engine) as connection:
            connection.execute(insert(IDENTITY_DECISIONS), row)
            also(connection)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise failure(RunError, "identity.not_remembered", reason=reason) from error

"""What did people of the shop decide about who is who, and when? The whole log, also what was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from patron.engines.state import State
from patron.engines.state_tables import IDENTITY_DECISIONS
from patron.identity.decisions import manual_key
from patron.identity.rules import MANUAL


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One decision."""

    made_at: datetime  # UTC, without saying so
    actor: str
    action: str  # merge, unmerge
    left_id: str  # the record
    right_id: str | None = None  # of a merge: the other record
    rule: str | None = None  # of an unmerge: which edge of the record
    key: str | None = None


def decided(state: State, *, record_ids: frozenset[str] | None = None) -> list[Decided]:
    """Return every decision, oldest first; with `record_ids` only those about one of these records.

    A merge can be taken back from either of its records; that is about both.
    """
    columns = [column for column in IDENTITY_DECISIONS.c if column.name != "id"]
    query = select(*columns).order_by(IDENTITY_DECISIONS.c.id)
    with state.engine.connect() as connection:
        found = [Decided(**row._mapping) for row in connection.execute(query)]
    if record_ids is None:
        return found
    about = [one for one in found if {one.left_id, one.right_id} & record_ids]
    merged = {manual_key(one.left_id, one.right_id) for one in about if one.right_id is not None}
    return [one for one in found if one in about or (one.rule == MANUAL and one.key in merged)]

"""Is anything known of a customer beside the published run? One question, mostly for a no, instead of three."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from patron.engines.moments import stored
from patron.engines.preference_tables import PREFERENCES
from patron.engines.quick_read import QuickRead
from patron.engines.state_tables import CONSENT_STATEMENTS, RIGHTS
from patron.engines.timer_tables import SENDS

_OWN: BindParameter[list[str]] = bindparam("ids", expanding=True)
_ASKED = QuickRead(
    select(
        or_(
            select(CONSENT_STATEMENTS.c.id).where(CONSENT_STATEMENTS.c.customer_id.in_(_OWN)).exists(),
            select(RIGHTS.c.right).where(RIGHTS.c.customer_id.in_(_OWN)).exists(),
        ).label("said"),
        select(SENDS.c.send_id)
        .where(SENDS.c.customer_id == bindparam("who"), SENDS.c.decided_at >= bindparam("since"))
        .exists()
        .label("sends"),
        select(PREFERENCES.c.customer_id).where(PREFERENCES.c.customer_id.in_(_OWN)).exists().label("chose"),
    )
)


@dataclass(frozen=True, slots=True)
class KnownSince:
    """What there is of a customer: a word or a right of hers, a message that was decided on, a choice."""

    said: bool
    sends: bool
    chose: bool


def known_since_run(connection: Connection, customer_id: str, ids: Iterable[str], *, since: datetime) -> KnownSince:
    """Tell what there is of a customer.

    Parameters
    ----------
    connection : Connection
        To the operational database.
    customer_id : str
        By what the run knows her: messages are written down by it.
    ids : iterable of str
        Her customer's id and those of her records: consents are.
    since : datetime
        Aware. Messages decided on from then on count.
    """
    given = {"ids": sorted(set(ids)), "who": customer_id, "since": stored(since)}
    (row,) = _ASKED.rows(connection, given)
    return KnownSince(bool(row["said"]), bool(row["sends"]), bool(row["chose"]))

"""What one person has said about her data since the run: a no holds at once, a yes from the next run on.

In   her rows of contracts.person.CONSENTS as the run found them, and what the operational database has heard since
Out  the same rows with every no that came since

A yes may need a confirmation, and may stand against what another of her records said. The run weighs all that
(`patron.privacy.consents`); a server must only never use what has been refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from patron.engines.state_tables import CONSENT_STATEMENTS, RIGHTS
from patron.privacy.consent import LIFTABLE, MEANING
from patron.privacy.purpose import EVERY

Row = Mapping[str, Any]
Place = tuple[str, str]

_OWN: BindParameter[str] = bindparam("ids", expanding=True)
_SAID = (
    select(*(CONSENT_STATEMENTS.c[name] for name in ("purpose", "channel", "status", "given_at")))
    .where(CONSENT_STATEMENTS.c.customer_id.in_(_OWN))
    .order_by(CONSENT_STATEMENTS.c.given_at, CONSENT_STATEMENTS.c.id)
)
_SAID_BY = _SAID.add_columns(CONSENT_STATEMENTS.c.customer_id)
_HELD = select(RIGHTS.c.right, RIGHTS.c.since, RIGHTS.c.until).where(RIGHTS.c.customer_id.in_(_OWN))
_HELD_BY = _HELD.add_columns(RIGHTS.c.customer_id)
"""Made once: to put a statement together takes longer than to ask it."""

ALL = "all"
GRANTED = "granted"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the operational database knows of one person."""

    statements: tuple[Row, ...] = ()
    rights: tuple[Row, ...] = ()


def heard(connection: Connection, ids: Iterable[str]) -> Heard:
    """Read what a person said and exercised.

    Parameters
    ----------
    connection : Connection
        To the operational database.
    ids : iterable of str
        Her customer's id and those of her records.
    """
    own = {"ids": sorted(set(ids))}
    return Heard(
        statements=tuple(dict(row._mapping) for row in connection.execute(_SAID, own)),
        rights=tuple(dict(row._mapping) for row in connection.execute(_HELD, own)),
    )


def heard_of(connection: Connection, own: Mapping[str, Iterable[str]]) -> dict[str, Heard]:
    """Read what many persons said and exercised; who said and exercised nothing is not among them.

    Parameters
    ----------
    connection : Connection
        To the operational database.
    own : mapping of customer to ids
        Each customer's own id and those of her records.
    """
    whose = {one: customer for customer, ids in own.items() for one in (customer, *ids)}
    given = {"ids": sorted(whose)}
    found: dict[str, tuple[list[Row], list[Row]]] = {}
    for place, query in enumerate((_SAID_BY, _HELD_BY)):
        for row in connection.execute(query, given):
            found.setdefault(whose[row.customer_id], ([], []))[place].append(dict(row._mapping))
    return {customer: Heard(statements=tuple(said), rights=tuple(held)) for customer, (said, held) in found.items()}


def since_run(consents: Sequence[Row], known: Heard, *, as_of: date, now: datetime, gpc: bool = False) -> list[Row]:
    """Return what holds for one person now, as far as it forbids.

    Parameters
    ----------
    consents : sequence of mapping
        Her rows of contracts.person.CONSENTS.
    known : Heard
        From the operational database.
    as_of : date
        The run's day: what was said before it is in its rows. What was said on that day may be: the run may have been
        made before the day was over.
    now : datetime
        The moment in the project's time zone, without it. Nothing later counts.
    gpc : bool
        Whether her browser has sent Global Privacy Control since: a no to advertising.
    """
    refused = _refused(known, as_of=as_of, now=now)
    if gpc:
        refused["advertising", ALL] = "signal"
    if not refused:
        return list(consents)
    whole = {purpose for purpose, channel in refused if channel == ALL}
    kept = [row for row in consents if row["purpose"] not in whole and (row["purpose"], row["channel"]) not in refused]
    return [
        *kept,
        *(
            {"purpose": purpose, "channel": channel, "allowed": False, "reason": reason, "since": now.date()}
            for (purpose, channel), reason in refused.items()
        ),
    ]


def _refused(known: Heard, *, as_of: date, now: datetime) -> dict[Place, str]:
    last: dict[Place, str] = {}
    for row in known.statements:
        if row["given_at"].date() >= as_of and row["given_at"] <= now:
            for purpose in LIFTABLE if row["purpose"] == EVERY else (str(row["purpose"]),):
                last[purpose, str(row["channel"])] = str(row["status"])
    found = {place: status for place, status in last.items() if status != GRANTED}
    today = now.date()
    for row in known.rights:
        if row["since"] <= today and (row["until"] is None or row["until"] >= today):
            found.update({(purpose, ALL): reason for purpose, reason in MEANING[row["right"]]})
    return found

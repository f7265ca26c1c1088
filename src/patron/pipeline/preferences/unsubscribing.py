"""Somebody wants no more messages by a channel: said once, and it holds at once.

What protects her is written first, in one transaction with its entry in the audit. Then it is told as what happened
to the message, so that runs learn from it; when that fails, the sender of the request asks again, and nothing is
written twice.

Ref  RFC 8058 (one click); GDPR Articles 7(3) and 21(2)
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from patron.activation.delivery import Feedback
from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.state_tables import CONSENT_STATEMENTS
from patron.pipeline.preferences.whose import Whose
from patron.pipeline.told_back import tell_back
from patron.privacy.audit import append
from patron.privacy.pseudonyms import pseudonym
from patron.privacy.statements import ONE_CLICK, Statement, write_statements

MARKETING, ALL, DENIED = "marketing", "all", "denied"


def unsubscribe(state: State, person: Whose, *, zone: ZoneInfo, now: datetime) -> bool:
    """State that she wants no more messages by the channel of her link, and tell whether that was new.

    Parameters
    ----------
    state : State
        The open database.
    person : Whose
        Who came by the link. Of a link without a channel it holds for all.
    zone : ZoneInfo
        The project's: consents are stated in it.
    now : datetime
        Aware.
    """
    channel = person.link.channel or ALL
    with writing(state.engine) as connection:
        new = not _said_already(connection, person, channel)
        if new:
            _state(connection, person, channel, zone, now)
    delivery_id = person.link.delivery_id
    told = Feedback(
        feedback_id=f"{delivery_id}:unsubscribed", delivery_id=delivery_id, happened="unsubscribed", occurred_at=now
    )
    tell_back(state, [told], zone=zone, now=now)
    return new


def _said_already(connection: Connection, person: Whose, channel: str) -> bool:
    """Tell whether her last word on it is a no already."""
    table = CONSENT_STATEMENTS
    last = (
        select(table.c.status)
        .where(table.c.customer_id.in_(person.ids), table.c.purpose == MARKETING, table.c.channel == channel)
        .order_by(table.c.given_at.desc(), table.c.id.desc())
        .limit(1)
    )
    status = connection.execute(last).scalar_one_or_none()
    return status is not None and status != "granted"


def _state(connection: Connection, person: Whose, channel: str, zone: ZoneInfo, now: datetime) -> None:
    local = now.astimezone(zone)
    statement = Statement(
        customer_id=person.customer_id, purpose=MARKETING, channel=channel, status=DENIED,
        given_at=local.replace(tzinfo=None), source=ONE_CLICK, proof=person.link.delivery_id,
    )  # fmt: skip
    write_statements(connection, [statement], today=local.date())
    facts = {"purpose": MARKETING, "channel": channel, "status": DENIED}
    subject = pseudonym(connection, person.customer_id)
    append(connection, actor=ONE_CLICK, action="consent.stated", subject=subject, facts=facts, now=now)


__all__ = ["unsubscribe"]

"""What destinations tell of messages becomes events like all others: collected by runs, known to the live state.

In   Feedback, as readers and sources of destinations give it
Out  calls in the inbox, as a shop's own e-mail system would send them; closed addresses; statements of consent

What protects somebody is written first: when this is killed half-way, the destination tells it again.

Ref  Segment Spec: V2 Email and Mobile events, by whose names runs know what happened to a message
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from patron.activation.delivery import Feedback
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.inbox_state import micros
from patron.engines.inbox_write import Group, InboxWriter, event_key
from patron.engines.moments import stored
from patron.engines.state import State
from patron.engines.state_tables import CONSENT_STATEMENTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.privacy.statements import Statement, write_statements

SOURCE = "delivery:"
"""Opens the name of a source of events that is a destination; no write key can be called so."""

AT_ONCE = 500  # asked and written in one statement

_CALLED = {"email": "Email", "sms": "SMS", "push": "Push Notification", "post": "Letter"}
_HAPPENED = {
    "delivered": "Delivered", "opened": "Opened", "clicked": "Link Clicked", "bounced": "Bounced",
    "complained": "Marked as Spam", "unsubscribed": "Unsubscribed",
}  # fmt: skip
_LEAVES = ("complained", "unsubscribed")

_FACTS = ("delivery_id", "destination", "customer_id", "channel", "trigger", "step", "variant", "address_hash")
Facts = Mapping[str, Any]


def tell_back(state: State, feedback: Iterable[Feedback], *, zone: ZoneInfo, now: datetime) -> int:
    """Write feedback into the inbox, each once, and return how many were new.

    A permanent bounce and a complaint also close the address (`suppressions`); who unsubscribes or complains says no
    to messages by that channel, which is a statement of consent and holds at once.
    Of what is about no delivery of ours nothing is kept.

    Parameters
    ----------
    state : State
        The open database.
    feedback : iterable of Feedback
        In any order, any number of times.
    zone : ZoneInfo
        The project's: consents are stated in it.
    now : datetime
        Aware. Nothing happened later.

    Raises
    ------
    SQLAlchemyError
        The database does not answer. Told again, nothing is written twice.
    """
    told = list(feedback)
    new = 0
    with closing(InboxWriter(state.engine)) as writer:
        for start in range(0, len(told), AT_ONCE):
            new += _part(state, writer, told[start : start + AT_ONCE], zone, now)
    return new


def _part(state: State, writer: InboxWriter, told: Sequence[Feedback], zone: ZoneInfo, now: datetime) -> int:
    with state.engine.connect() as connection:
        known = _known(connection, {one.delivery_id for one in told})
    ours = [(one, known[one.delivery_id]) for one in told if one.delivery_id in known]
    if any(one.happened in _LEAVES or one.permanent for one, _ in ours):
        with writing(state.engine) as connection:
            _close(connection, ours, now)
            _withdraw(connection, ours, zone, now)
    group, at = Group(), micros(now)
    for one, facts in ours:
        source = f"{SOURCE}{facts['destination']}"
        group.keys.append(event_key(source, one.feedback_id))
        group.events.append((one.feedback_id, source, "track", at, None, False, None, _call(one, facts, now)))
    return writer.write(group, now=at) if group.events else 0


def _known(connection: Connection, ids: Iterable[str]) -> dict[str, Facts]:
    """Return what is known of these deliveries to persons."""
    found = select(*(OUTBOX.c[name] for name in _FACTS)).where(OUTBOX.c.delivery_id.in_(sorted(ids)))
    return {row.delivery_id: dict(row._mapping) for row in connection.execute(found)}


def _call(one: Feedback, facts: Facts, now: datetime) -> bytes:
    """Write it as a call of the Segment specification."""
    happened_at = min(one.occurred_at, now).astimezone(UTC)
    properties = {
        "message_id": one.delivery_id, "channel": facts["channel"], "campaign_name": facts["trigger"],
        "message_name": facts["step"], "variant": facts["variant"], "permanent": one.permanent, "reason": one.reason,
    }  # fmt: skip
    call = {
        "type": "track", "messageId": one.feedback_id, "userId": facts["customer_id"],
        "event": f"{_CALLED.get(facts['channel'], 'Message')} {_HAPPENED[one.happened]}",
        "timestamp": happened_at.isoformat().replace("+00:00", "Z"),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }  # fmt: skip
    return json.dumps(call, separators=(",", ":")).encode()


def _close(connection: Connection, ours: Iterable[tuple[Feedback, Facts]], now: datetime) -> None:
    """Close the addresses that do not work, and those of people who called a message spam."""
    rows = {
        (facts["address_hash"], facts["channel"]): {
            "address_hash": facts["address_hash"], "channel": facts["channel"], "reason": one.happened,
            "since": stored(min(one.occurred_at, now)), "delivery_id": one.delivery_id,
        }
        for one, facts in ours
        if facts["address_hash"] and facts["channel"]
        and (one.happened == "complained" or (one.happened == "bounced" and one.permanent))
    }  # fmt: skip
    if rows:
        kind = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(kind.insert(SUPPRESSIONS).on_conflict_do_nothing(), list(rows.values()))


def _withdraw(connection: Connection, ours: Iterable[tuple[Feedback, Facts]], zone: ZoneInfo, now: datetime) -> None:
    """State that people want no more messages by a channel, each once: the proof is what was told, or the delivery."""
    leaving = [(one, facts) for one, facts in ours if one.happened in _LEAVES]
    if not leaving:
        return
    proofs = sorted({proof for one, _ in leaving for proof in _proofs(one)})
    asked = select(CONSENT_STATEMENTS.c.proof).where(CONSENT_STATEMENTS.c.proof.in_(proofs))
    said = set(connection.execute(asked).scalars())
    made = {
        (facts["customer_id"], facts["channel"] or "all"): Statement(
            customer_id=facts["customer_id"], purpose="marketing", channel=facts["channel"] or "all", status="revoked",
            given_at=min(one.occurred_at, now).astimezone(zone).replace(tzinfo=None),
            source=f"{SOURCE}{facts['destination']}", proof=one.feedback_id,
        )
        for one, facts in leaving
        if said.isdisjoint(_proofs(one))
    }  # fmt: skip
    write_statements(connection, made.values(), today=now.astimezone(zone).date())


def _proofs(one: Feedback) -> tuple[str, ...]:
    """Return by what a statement names it: one made of a click on our own page names the delivery."""
    return (one.feedback_id, one.delivery_id) if one.happened == "unsubscribed" else (one.feedback_id,)


__all__ = ["SOURCE", "tell_back"]

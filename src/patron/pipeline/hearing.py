"""What destinations tell, of deliveries and of people: which delivery is it about, and whose is what is about none?

In   Feedback and Theirs, as readers and sources of destinations give them
Out  feedback to deliveries (`pipeline.told_back`); messages that a system sent on its own, as calls in the inbox

What a system tells of a person is about a delivery of ours where its receipt names one, or where ours set going what it
sent. Else it is a message of theirs, and belongs to the person where she is known: by the id that we gave them, else by
her address. She was written to, whoever did it: contacts, fatigue and learning count it like every other message. Who
unsubscribed there says no here. Of people whom nobody knows here nothing is kept.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from patron.activation.delivery import Feedback, Theirs, Told
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.inbox_state import micros
from patron.engines.inbox_write import Group, InboxWriter, event_key
from patron.engines.moments import stored
from patron.engines.state import State
from patron.engines.state_tables import CONSENT_STATEMENTS
from patron.pipeline.project import Project
from patron.pipeline.told_back import SOURCE, tell_back
from patron.pipeline.whose_address import whose_addresses
from patron.privacy.closed_address import address_hash
from patron.privacy.statements import Statement, write_statements

AT_ONCE = 500
LEAVES = ("unsubscribed", "complained")

_CALLED = {"email": "Email", "sms": "SMS", "push": "Push Notification"}
_HAPPENED = {
    "sent": "Sent", "delivered": "Delivered", "opened": "Opened", "clicked": "Link Clicked", "bounced": "Bounced",
    "complained": "Marked as Spam", "unsubscribed": "Unsubscribed",
}  # fmt: skip


def hear(project: Project, state: State, told: Iterable[Told], *, destination: str, now: datetime) -> int:
    """Write down what a destination told, each once, and return how many were new.

    Parameters
    ----------
    project : Project
        Whose; its settings say which destinations are of the same kind, whose deliveries may be meant.
    state : State
        The open database.
    told : iterable of Feedback or Theirs
        In any order, any number of times.
    destination : str
        Who tells, as the settings call it.
    now : datetime
        Aware. Nothing happened later.

    Raises
    ------
    SQLAlchemyError
        The database does not answer. Told again, nothing is written twice.
    RunError
        The published run cannot be read.
    """
    zone = ZoneInfo(project.settings.timezone)
    told = list(told)
    named = [one for one in told if isinstance(one, Feedback)]
    theirs = [one for one in told if isinstance(one, Theirs)]
    found: list[Feedback] = []
    others: list[_Other] = []
    for start in range(0, len(theirs), AT_ONCE):
        part = _Part(project, state, theirs[start : start + AT_ONCE], _alike(project, destination))
        found += part.feedback()
        others += part.others()
    new = tell_back(state, [*named, *found], zone=zone, now=now)
    return new + _write(state, others, f"{SOURCE}{destination}", zone, now)


def _alike(project: Project, destination: str) -> list[str]:
    """Return the destinations of the same kind: one account may be named twice, for messages and for scores."""
    named = project.settings.destinations
    kind = type(named[destination]) if destination in named else None
    return [name for name, section in named.items() if type(section) is kind] or [destination]


@dataclass(frozen=True)
class _Other:
    """One thing about a message that they sent on their own, to somebody who is known."""

    told: Theirs
    customer_id: str


class _Part:
    """Some of what was told, with what the outbox and the run know of it."""

    def __init__(self, project: Project, state: State, theirs: Sequence[Theirs], names: Sequence[str]) -> None:
        self._theirs, self._names = theirs, names
        with state.engine.connect() as connection:
            self._by_receipt = self._receipts(connection)
            self._known = self._people(connection, project)
            self._before = self._answered(connection)

    def feedback(self) -> list[Feedback]:
        """Return what is about deliveries of ours."""
        return [
            Feedback(
                feedback_id=one.feedback_id, delivery_id=delivery, happened=one.happened, occurred_at=one.occurred_at,
                permanent=one.permanent, reason=one.reason,
            )
            for one in self._theirs
            if (delivery := self._delivery(one)) is not None and one.happened != "sent"
        ]  # fmt: skip

    def others(self) -> list[_Other]:
        """Return what is not, as far as it is known whom it is about."""
        return [
            _Other(one, customer)
            for one in self._theirs
            if self._delivery(one) is None and (customer := self._whose(one)) is not None
        ]

    def _delivery(self, one: Theirs) -> str | None:
        rows = self._by_receipt.get(one.receipt or "", ())
        own = [row for row in rows if row.kind == "message" and one.customer_id in (None, row.customer_id)]
        if own:
            return str(own[0].delivery_id)
        if not one.answers:
            return None
        moment = stored(one.occurred_at)
        earlier = self._before.get((self._whose(one), one.channel), ())
        return next((delivery for handed, delivery in earlier if handed <= moment), None)

    def _whose(self, one: Theirs) -> str | None:
        if one.customer_id is not None:
            return self._known.get(one.customer_id)
        by_profile = [row.customer_id for row in self._by_receipt.get(one.receipt or "", ()) if row.kind == "profile"]
        if by_profile:
            return str(by_profile[0])
        return None if one.address is None else self._known.get(_address(one))

    def _receipts(self, connection: Connection) -> Mapping[str, Sequence[Any]]:
        """Return the deliveries that what was told names: by their own ids, or by theirs."""
        asked = sorted({one.receipt for one in self._theirs if one.receipt})
        box = OUTBOX.c
        here = box.destination.in_(self._names)
        query = select(box.delivery_id, box.receipt, box.customer_id, box.kind).where(
            here, or_(box.delivery_id.in_(asked), box.receipt.in_(asked))
        )
        found: dict[str, list[Any]] = {}
        for row in connection.execute(query) if asked else ():
            for key in {row.delivery_id, row.receipt} - {None}:
                found.setdefault(key, []).append(row)
        return found

    def _people(self, connection: Connection, project: Project) -> Mapping[str, str]:
        """Return the customers by the ids and addresses that were told, where they are known."""
        ids = {one.customer_id for one in self._theirs if one.customer_id is not None}
        unnamed = [one for one in self._theirs if one.customer_id is None and one.address is not None]
        hashes = {_address(one) for one in unnamed}
        box = OUTBOX.c
        found = {row.customer_id: row.customer_id for row in _some(connection, box.customer_id, box.customer_id, ids)}
        found |= {row.key: row.customer_id for row in _some(connection, box.address_hash, box.customer_id, hashes)}
        lacking = [one.address for one in unnamed if _address(one) not in found and one.address is not None]
        return found | whose_addresses(project, ids=ids - found.keys(), addresses=lacking)

    def _answered(
        self, connection: Connection
    ) -> Mapping[tuple[str | None, str | None], Sequence[tuple[datetime, str]]]:
        """Return the messages that could have set going what they sent, by whom and channel, the newest first."""
        people = {self._whose(one) for one in self._theirs if one.answers} - {None}
        box = OUTBOX.c
        query = (
            select(box.customer_id, box.channel, box.handed_at, box.delivery_id)
            .where(
                box.customer_id.in_(sorted(str(one) for one in people)), box.destination.in_(self._names),
                box.kind == "message", box.state.in_(("delivered", "unknown")),
            )
            .order_by(box.handed_at.desc(), box.delivery_id)
        )  # fmt: skip
        found: dict[tuple[str | None, str | None], list[tuple[datetime, str]]] = {}
        for row in connection.execute(query) if people else ():
            found.setdefault((row.customer_id, row.channel), []).append((row.handed_at, row.delivery_id))
        return found


def _some(connection: Connection, key: Any, customer: Any, wanted: Collection[str]) -> Iterable[Any]:
    if not wanted:
        return ()
    return connection.execute(
        select(key.label("key"), customer.label("customer_id")).where(key.in_(sorted(wanted))).distinct()
    )


def _address(one: Theirs) -> str:
    return address_hash(one.channel or "email", str(one.address))


def _write(state: State, others: Sequence[_Other], source: str, zone: ZoneInfo, now: datetime) -> int:
    """Write what they sent on their own into the inbox; what protects somebody first."""
    if not others:
        return 0
    _withdraw(state, [one for one in others if one.told.happened in LEAVES], source, zone, now)
    group, at = Group(), micros(now)
    for one in others:
        number = one.told.feedback_id
        group.keys.append(event_key(source, number))
        group.events.append((number, source, "track", at, None, False, None, _call(one, source, now)))
    with closing(InboxWriter(state.engine)) as writer:
        return writer.write(group, now=at)


def _call(one: _Other, source: str, now: datetime) -> bytes:
    """Write it as a call of the Segment specification. A message of theirs to a person has one id."""
    told = one.told
    message = ":".join((source, told.message or told.campaign or "", one.customer_id))
    properties = {
        "message_id": message if told.message or told.campaign else None, "channel": told.channel,
        "campaign_name": told.campaign, "message_name": told.message, "permanent": told.permanent,
    }  # fmt: skip
    call = {
        "type": "track", "messageId": told.feedback_id, "userId": one.customer_id,
        "event": f"{_CALLED.get(told.channel or '', 'Message')} {_HAPPENED[told.happened]}",
        "timestamp": min(told.occurred_at, now).astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }  # fmt: skip
    return json.dumps(call, separators=(",", ":")).encode()


def _withdraw(state: State, leaving: Sequence[_Other], source: str, zone: ZoneInfo, now: datetime) -> None:
    """State that people want no more messages by a channel, each once."""
    if not leaving:
        return
    with writing(state.engine) as connection:
        proofs = sorted({one.told.feedback_id for one in leaving})
        asked = select(CONSENT_STATEMENTS.c.proof).where(
            CONSENT_STATEMENTS.c.proof.in_(proofs), CONSENT_STATEMENTS.c.source == source
        )
        said = set(connection.execute(asked).scalars())
        made = {
            (one.customer_id, one.told.channel): Statement(
                customer_id=one.customer_id,
                purpose="marketing",
                channel=one.told.channel or "all",
                status="revoked",
                given_at=min(one.told.occurred_at, now).astimezone(zone).replace(tzinfo=None),
                source=source,
                proof=one.told.feedback_id,
            )
            for one in leaving
        }
        again = {(one.customer_id, one.told.channel) for one in leaving if one.told.feedback_id in said}
        made = {who: statement for who, statement in made.items() if who not in again}
        write_statements(connection, made.values(), today=now.astimezone(zone).date())


__all__ = ["hear"]

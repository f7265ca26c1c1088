"""What Braze tells: Currents events, for which it calls us, and lists of those who left or bounced, which we ask for.

A Currents event names the user by the id that we gave and the dispatch of the send, which is the receipt of a message:
both together are one delivery. The lists know e-mail addresses alone. Who has no Currents still learns who left.

Ref  braze.com/docs: Currents custom HTTP connector (bearer token, `events`), /email/unsubscribes, /email/hard_bounces
     (500 a page, by days)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from patron.activation.delivery.feedback import Called, Happened, Theirs
from patron.activation.destinations.http import Http
from patron.activation.destinations.moments_told import moment_of
from patron.activation.destinations.signed import believe
from patron.activation.destinations.their_words import BRAZE
from patron.errors import ContractError, ServerError
from patron.language import failure

PAGE = 500
PAGES = 200
FIRST = timedelta(days=7)
STATE_CHANGE = "users.behaviors.subscription.GlobalStateChange"

_LISTS: tuple[tuple[str, str, Literal["unsubscribed", "bounced"]], ...] = (
    ("/email/unsubscribes", "unsubscribed_at", "unsubscribed"),
    ("/email/hard_bounces", "hard_bounced_at", "bounced"),
)


@dataclass(frozen=True, kw_only=True)
class BrazeSource:
    """Asks for the lists, by days; the cursor is the day up to which they were read."""

    name: str
    http: Http

    def pull(self, cursor: str | None, *, now: datetime) -> tuple[Sequence[Theirs], str | None]:
        """Return who left or bounced since `cursor`, and the cursor for the next time.

        Raises
        ------
        ServerError
            It did not answer as it should; nothing counts as read.
        """
        try:
            return self._pulled(cursor, now)
        finally:
            self.http.close()

    def _pulled(self, cursor: str | None, now: datetime) -> tuple[Sequence[Theirs], str | None]:
        today = now.astimezone(UTC).date()
        start = today - FIRST if cursor is None else datetime.fromisoformat(cursor).date() - timedelta(days=1)
        told: list[Theirs] = []
        for path, moment, happened in _LISTS:
            for one in self._list(path, start.isoformat(), today.isoformat(), now):
                occurred_at = moment_of(one.get(moment)) or now
                told.append(
                    Theirs(
                        feedback_id=_id(happened, str(one["email"]), str(one.get(moment))), happened=happened,
                        occurred_at=min(occurred_at, now), channel="email", address=str(one["email"]),
                        permanent=True if happened == "bounced" else None,
                    )
                )  # fmt: skip
        return told, today.isoformat()

    def _list(self, path: str, start: str, end: str, now: datetime) -> Iterator[dict[str, Any]]:
        for number in range(PAGES):
            asked = {"start_date": start, "end_date": end, "limit": str(PAGE), "offset": str(number * PAGE)}
            answer = self.http.call("GET", path, now=now, params=asked)
            page = answer.json()
            emails = page.get("emails") if isinstance(page, dict) else None
            if answer.outcome.status != "accepted" or not isinstance(emails, list):
                raise failure(ServerError, "crm.not_told", destination=self.name, status=answer.outcome.reason or "-")
            yield from (one for one in emails if isinstance(one, dict) and one.get("email"))
            if len(emails) < PAGE:
                return
        raise failure(ServerError, "crm.too_many_pages", destination=self.name)


@dataclass(frozen=True, kw_only=True)
class BrazeReader:
    """Reads Currents events."""

    name: str
    secret: str

    def read(self, called: Called) -> Sequence[Theirs]:
        """Return what is told.

        Raises
        ------
        AccessError
            The token is not ours.
        ContractError
            It cannot be read.
        """
        believe(f"Bearer {self.secret}", called.headers.get("authorization", ""), destination=self.name)
        try:
            told = json.loads(called.body)
        except (ValueError, RecursionError) as error:
            raise failure(ContractError, "crm.unreadable", destination=self.name) from error
        if not isinstance(told, dict) or not isinstance(told.get("events"), list):
            raise failure(ContractError, "crm.unreadable", destination=self.name)
        return [one for event in told["events"] if (one := _theirs(event)) is not None]


def _theirs(event: Any) -> Theirs | None:
    if not isinstance(event, dict):
        return None
    user, said = (_object(event.get(name)) for name in ("user", "properties"))
    what = _what(str(event.get("event_type")), said)
    occurred_at = moment_of(event.get("time"))
    if what is None or occurred_at is None or not event.get("id") or said.get("machine_open"):
        return None
    channel, happened = what
    return Theirs(
        feedback_id=str(event["id"]), happened=happened, occurred_at=occurred_at, channel=channel,
        customer_id=_text(user.get("external_user_id")),
        address=_text(said.get("to_phone_number") if channel == "sms" else said.get("email_address")),
        receipt=_text(said.get("dispatch_id")), campaign=_text(said.get("campaign_name") or said.get("canvas_name")),
        message=_text(said.get("message_variation_name") or said.get("canvas_step_name")),
        permanent=event.get("event_type") == "users.messages.email.Bounce" if happened == "bounced" else None,
    )  # fmt: skip


def _what(kind: str, said: dict[str, Any]) -> tuple[str, Happened | Literal["sent"]] | None:
    if kind != STATE_CHANGE:
        return BRAZE.get(kind)
    left = str(said.get("subscription_status")).lower() == "unsubscribed"
    channel = str(said.get("channel")).lower()
    return (channel, "unsubscribed") if left and channel in ("email", "push") else None


def _id(*parts: str) -> str:
    """Return an id of what has none, which names nobody."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


__all__ = ["BrazeReader", "BrazeSource"]

"""What HubSpot tells: e-mail events, which are asked for, and unsubscribing, which it calls us for.

An e-mail event names the `sendId` under which a message was handed over, and so the delivery. One without is about
something that they sent on their own.

Ref  developers.hubspot.com: email analytics v1 (/email/public/v1/events), webhooks, request validation v3
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from patron.activation.delivery.feedback import Called, Theirs
from patron.activation.destinations.http import Http
from patron.activation.destinations.moments_told import moment_of
from patron.activation.destinations.signed import believe, sha256_of
from patron.activation.destinations.their_words import HUBSPOT
from patron.errors import AccessError, ContractError, ServerError
from patron.language import failure

EVENTS = "/email/public/v1/events"
PAGE = 1000
PAGES = 50  # of one window
WINDOW = timedelta(hours=6)  # asked for at once: they tell the newest first
WINDOWS = 28  # of one visit: a week
FIRST = timedelta(days=7)  # how far back the first visit looks
LATE = timedelta(minutes=15)  # events may be told late; what was told before is recognised
FRESH = timedelta(minutes=5)  # a signature is believed for so long, as they advise

_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
    "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
"""What they decode in the address before they sign it."""


@dataclass(frozen=True, kw_only=True)
class HubSpotSource:
    """Asks for e-mail events, window by window; the cursor is the moment up to which all were read."""

    name: str
    http: Http

    def pull(self, cursor: str | None, *, now: datetime) -> tuple[Sequence[Theirs], str | None]:
        """Return what happened since `cursor`, and the cursor for the next time.

        Raises
        ------
        ServerError
            It did not answer as it should; what was read before stays unread.
        """
        try:
            return self._pulled(cursor, now)
        finally:
            self.http.close()

    def _pulled(self, cursor: str | None, now: datetime) -> tuple[Sequence[Theirs], str | None]:
        start = now - FIRST if cursor is None else datetime.fromisoformat(cursor) - LATE
        told: list[Theirs] = []
        for _ in range(WINDOWS):
            end = min(start + WINDOW, now)
            told += self._window(start, end, now)
            start = end
            if start >= now:
                break
        return told, start.astimezone(UTC).isoformat()

    def _window(self, start: datetime, end: datetime, now: datetime) -> Iterator[Theirs]:
        asked = {"startTimestamp": str(_millis(start)), "endTimestamp": str(_millis(end)), "limit": str(PAGE)}
        for _ in range(PAGES):
            answer = self.http.call("GET", EVENTS, now=now, params=asked)
            page = answer.json()
            if answer.outcome.status != "accepted" or not isinstance(page, dict):
                raise failure(ServerError, "crm.not_told", destination=self.name, status=answer.outcome.reason or "-")
            yield from (one for event in page.get("events") or () if (one := _theirs(event)) is not None)
            if not page.get("hasMore"):
                return
            asked["offset"] = str(page.get("offset"))
        raise failure(ServerError, "crm.too_many_pages", destination=self.name)


def _theirs(event: Any) -> Theirs | None:
    """Read an event; none of what says nothing of a message, or was done by a machine."""
    if not isinstance(event, dict) or event.get("filteredEvent"):
        return None
    kind = event.get("type")
    if kind == "STATUSCHANGE" and event.get("portalSubscriptionStatus") == "UNSUBSCRIBED":
        channel, happened = "email", "unsubscribed"
    elif kind in HUBSPOT:
        channel, happened = HUBSPOT[str(kind)]
    else:
        return None
    occurred_at = moment_of(event.get("created"))
    if occurred_at is None or not event.get("id"):
        return None
    return Theirs(
        feedback_id=str(event["id"]), happened=happened, occurred_at=occurred_at, channel=channel,  # type: ignore[arg-type]
        address=event.get("recipient"), receipt=event.get("sendId"), campaign=_text(event.get("emailCampaignId")),
        message=_text(event.get("emailCampaignId")), permanent=_permanent(event), reason=_reason(event),
    )  # fmt: skip


def _permanent(event: Mapping[str, Any]) -> bool | None:
    """Return whether an address will never work: only where the receiving server said so for good (5xx)."""
    if event.get("type") != "BOUNCE":
        return None
    return str(event.get("status") or "").startswith("5") and event.get("category") in (
        "UNKNOWN_USER",
        "MAILBOX_MISCONFIGURATION",
    )


def _reason(event: Mapping[str, Any]) -> str | None:
    status = str(event.get("status") or "")
    return status if status.replace(".", "").isdecimal() and len(status) <= 9 else None


@dataclass(frozen=True, kw_only=True)
class HubSpotReader:
    """Reads calls about contacts: who unsubscribed from e-mail. A contact is known by the receipt of her profile."""

    name: str
    secret: str
    url: str | None = None  # as HubSpot was told it, where a proxy in front changes it

    def read(self, called: Called) -> Sequence[Theirs]:
        """Return what is told.

        Raises
        ------
        AccessError
            It is not signed as it should be, or was signed too long ago.
        ContractError
            It cannot be read.
        """
        self._believe(called)
        try:
            told = json.loads(called.body)
        except (ValueError, RecursionError) as error:
            raise failure(ContractError, "crm.unreadable", destination=self.name) from error
        if not isinstance(told, list):
            raise failure(ContractError, "crm.unreadable", destination=self.name)
        return [one for event in told if (one := _left(event)) is not None]

    def _believe(self, called: Called) -> None:
        stamp = called.headers.get("x-hubspot-request-timestamp", "")
        signed_at = moment_of(int(stamp)) if stamp.isdecimal() and len(stamp) < 16 else None
        if signed_at is None or abs(called.now - signed_at) > FRESH:
            raise failure(AccessError, "crm.not_signed", destination=self.name)
        message = called.method.encode() + _plain(self.url or called.url).encode() + called.body + stamp.encode()
        expected = base64.b64encode(sha256_of(self.secret, message)).decode()
        believe(expected, called.headers.get("x-hubspot-signature-v3", ""), destination=self.name)


def _left(event: Any) -> Theirs | None:
    if not isinstance(event, dict) or event.get("propertyName") != "hs_email_optout":
        return None
    occurred_at = moment_of(event.get("occurredAt"))
    if str(event.get("propertyValue")).lower() != "true" or occurred_at is None or not event.get("objectId"):
        return None
    return Theirs(
        feedback_id=f"{event.get('portalId')}:{event.get('objectId')}:{event.get('occurredAt')}",
        happened="unsubscribed", occurred_at=occurred_at, channel="email", receipt=str(event["objectId"]),
    )  # fmt: skip


def _plain(url: str) -> str:
    """Decode what HubSpot decodes in an address before it signs it."""
    for written, sign in _DECODED.items():
        url = url.replace(written, sign).replace(written.lower(), sign)
    return url


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


__all__ = ["HubSpotReader", "HubSpotSource"]

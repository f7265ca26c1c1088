"""What Klaviyo tells: events of messages, which are asked for metric by metric, or for which it calls us.

A click names the address that was clicked, whose `utm_content` is our delivery. What else happens to a message of a
flow that ours sets going names the flow alone: the settings say which flows those are, and the last delivery before it
that the same person got by the same channel is meant. Everything else they sent on their own.

Ref  developers.klaviyo.com: Get Metrics, Get Events (200 a page, filters by metric_id and datetime, `include=profile`),
     system webhooks (HMAC-SHA256 of body and timestamp, in hexadecimal digits)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from patron.activation.delivery.feedback import Called, Theirs
from patron.activation.destinations.http import Http
from patron.activation.destinations.klaviyo import path_of
from patron.activation.destinations.moments_told import moment_of
from patron.activation.destinations.signed import believe, sha256_of
from patron.activation.destinations.their_words import KLAVIYO, klaviyo_word
from patron.errors import ContractError, ServerError
from patron.language import failure

PAGES = 50  # of one metric and visit, 200 events each
FIRST = timedelta(days=7)
LATE = timedelta(minutes=15)

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class KlaviyoSource:
    """Asks for events; the cursor holds, by metric, the moment up to which all were read."""

    name: str
    http: Http
    flows: Collection[str] = field(default_factory=frozenset)  # those that our messages set going

    def pull(self, cursor: str | None, *, now: datetime) -> tuple[Sequence[Theirs], str | None]:
        """Return what happened since `cursor`, and the cursor for the next time.

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
        since: dict[str, str] = {} if cursor is None else json.loads(cursor)
        told: list[Theirs] = []
        for metric, word in self._metrics(now):
            known = since.get(metric)
            start = now - FIRST if known is None else datetime.fromisoformat(known) - LATE
            found, reached = self._events(metric, word, start, now)
            told += found
            since[metric] = reached.astimezone(UTC).isoformat()
        return told, json.dumps(since, sort_keys=True)

    def _metrics(self, now: datetime) -> list[tuple[str, str]]:
        found = []
        for page in self._pages("/api/metrics?fields[metric]=name", now):
            for one in _list(page.get("data")):
                word = klaviyo_word(str(_attributes(one).get("name")))
                if word in KLAVIYO and one.get("id"):
                    found.append((str(one["id"]), word))
        return sorted(found)

    def _events(self, metric: str, word: str, start: datetime, now: datetime) -> tuple[list[Theirs], datetime]:
        """Return a metric's events since a moment, and up to when that is all of them."""
        since = start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        asked = f'filter=equals(metric_id,"{metric}"),greater-or-equal(datetime,{since})&sort=datetime&include=profile'
        told: list[Theirs] = []
        reached = start
        for page in self._pages(f"/api/events?{asked}", now, most=PAGES):
            people = _people(page)
            for event in _list(page.get("data")):
                one = theirs(event, word, people, flows=self.flows)
                if one is not None:
                    told.append(one)
                    reached = max(reached, one.occurred_at)
            if not _next(page):
                return told, now
        if reached <= start + LATE:
            raise failure(ServerError, "crm.too_many_pages", destination=self.name)
        return told, reached

    def _pages(self, path: str, now: datetime, *, most: int = PAGES) -> Iterator[Object]:
        for _ in range(most):
            answer = self.http.call("GET", path, now=now)
            page = answer.json()
            if answer.outcome.status != "accepted" or not isinstance(page, dict):
                raise failure(ServerError, "crm.not_told", destination=self.name, status=answer.outcome.reason or "-")
            yield page
            following = _next(page)
            if not following:
                return
            path = path_of(following)


@dataclass(frozen=True, kw_only=True)
class KlaviyoReader:
    """Reads calls of its system webhooks."""

    name: str
    secret: str
    flows: Collection[str] = field(default_factory=frozenset)

    def read(self, called: Called) -> Sequence[Theirs]:
        """Return what is told. A call that comes again is recognised by the ids of its events.

        Raises
        ------
        AccessError
            It is not signed as it should be.
        ContractError
            It cannot be read.
        """
        stamp = called.headers.get("klaviyo-timestamp", "")
        expected = sha256_of(self.secret, called.body + stamp.encode()).hex()
        believe(expected, called.headers.get("klaviyo-signature", "").lower(), destination=self.name)
        try:
            told = json.loads(called.body)
        except (ValueError, RecursionError) as error:
            raise failure(ContractError, "crm.unreadable", destination=self.name) from error
        if not isinstance(told, dict) or not isinstance(told.get("data"), list):
            raise failure(ContractError, "crm.unreadable", destination=self.name)
        return [one for item in _list(told["data"]) if (one := self._one(item)) is not None]

    def _one(self, item: Object) -> Theirs | None:
        payload = item.get("payload")
        if not isinstance(payload, dict):
            return None
        event = payload.get("data")
        word = klaviyo_word(str(item.get("topic")))
        if not isinstance(event, dict) or word not in KLAVIYO:
            return None
        return theirs(event, word, _people(payload), flows=self.flows)


def theirs(event: Object, word: str, people: Mapping[str, Object], *, flows: Collection[str]) -> Theirs | None:
    """Read an event of Get Event's structure; none where it names nobody or no moment.

    Parameters
    ----------
    event : mapping
        One object of type ``event``.
    word : str
        Of which metric it is, as `KLAVIYO` has it.
    people : mapping
        Attributes of the profiles that came with it, by their id.
    flows : collection of str
        Those that our messages set going.
    """
    attributes = _attributes(event)
    said = attributes.get("event_properties")
    said = said if isinstance(said, dict) else {}
    occurred_at = moment_of(attributes.get("datetime")) or moment_of(attributes.get("timestamp"))
    person = people.get(_profile_id(event), {})
    channel, happened = KLAVIYO[word]
    if occurred_at is None or not event.get("id"):
        return None
    address = person.get("phone_number") if channel == "sms" else person.get("email")
    flow = _text(said.get("$flow"))
    return Theirs(
        feedback_id=str(event["id"]), happened=happened, occurred_at=occurred_at, channel=channel,
        customer_id=_text(person.get("external_id")), address=_text(address), receipt=_clicked(said),
        answers=flow is not None and flow in flows, campaign=_text(said.get("Campaign Name")) or flow,
        message=_text(said.get("$message")),
        permanent=str(said.get("Bounce Type")).lower() == "hard" if happened == "bounced" else None,
    )  # fmt: skip


def _clicked(said: Object) -> str | None:
    """Return the delivery that a clicked address names."""
    url = said.get("URL")
    try:
        found = parse_qs(urlsplit(url).query) if isinstance(url, str) else {}
    except ValueError:
        return None
    return next(iter(found.get("utm_content", ())), None)


def _people(page: Object) -> dict[str, Object]:
    included = _list(page.get("included"))
    return {str(one.get("id")): _attributes(one) for one in included if one.get("type") == "profile"}


def _profile_id(event: Object) -> str:
    found: Any = event
    for name in ("relationships", "profile", "data", "id"):
        found = found.get(name) if isinstance(found, dict) else None
    return str(found)


def _next(page: Object) -> str | None:
    links = page.get("links")
    return _text(links.get("next")) if isinstance(links, dict) else None


def _list(value: Any) -> list[Object]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _attributes(one: Object) -> Object:
    found = one.get("attributes")
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


__all__ = ["KlaviyoReader", "KlaviyoSource", "theirs"]

"""Braze: scores and next actions as attributes of users, and messages by campaigns that the API triggers.

A destination of this kind takes either profiles or messages. Attributes are a state: writing them twice changes
nothing. A message is a send of a campaign of theirs (`/campaigns/trigger/send`), whose words are ours by trigger
properties. Braze knows no key by which it would recognise a send that comes twice: what is unknown is not handed over
again.

Ref  braze.com/docs/api: /users/track (75 objects; errors by `input_array` and `index`), /campaigns/trigger/send
     (50 recipients), user attributes (email_subscribe, push_subscribe, subscription_groups), rate limits
     (429, X-RateLimit-Reset)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.http import Answer, Http

LARGEST = 75  # attribute objects of one call
RECIPIENTS = 50  # of one trigger
LONGEST_PAUSE_S = 3600.0

_SAID = ("subject", "text", "html", "image", "language", "unsubscribe_url", "preferences_url", "campaign")


class Braze:
    """A Braze workspace.

    Parameters
    ----------
    name : str
        What the settings call it.
    http : Http
        To the workspace's REST endpoint, with its key; `repeats` as this has it.
    takes : str
        ``profile`` or ``message``.
    prefix : str
        What the names of attributes begin with.
    campaigns : mapping
        Which campaign carries the messages of a channel.
    sms_group : str, optional
        The subscription group of text messages that people leave.
    """

    def __init__(
        self,
        name: str,
        *,
        http: Http,
        takes: Literal["profile", "message"],
        prefix: str = "patron_",
        campaigns: Mapping[str, str] | None = None,
        sms_group: str | None = None,
    ) -> None:
        self.name = name
        self.repeats: Repeats = repeats_of(takes)
        self.kinds: tuple[Kind, ...] = ("message",) if takes == "message" else ("profile", "removal")
        self.largest_batch = RECIPIENTS if takes == "message" else LARGEST
        self._http, self._prefix, self._sms_group = http, prefix, sms_group
        self._campaigns = dict(campaigns or {})

    def __repr__(self) -> str:
        """Name it, and nothing that could be a secret."""
        return f"Braze({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over, and return what came of each, in their order."""
        if "message" not in self.kinds:
            return self._tracked(deliveries, now)
        made: dict[str, Outcome] = {}
        for channel in dict.fromkeys(one.channel for one in deliveries):
            own = [one for one in deliveries if one.channel == channel]
            for part in _apart(own):
                made |= self._sent(part, self._campaigns.get(channel or ""), now)
        return [made[one.delivery_id] for one in deliveries]

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _tracked(self, deliveries: Sequence[Delivery], now: datetime) -> list[Outcome]:
        objects = [self._attributes(one) for one in deliveries]
        answer = self._http.call("POST", "/users/track", now=now, json={"attributes": objects})
        outcome = limited(answer, now)
        if outcome.status == "rejected" and len(deliveries) > 1:
            middle = len(deliveries) // 2  # one of them spoils the others
            return [*self._tracked(deliveries[:middle], now), *self._tracked(deliveries[middle:], now)]
        if outcome.status != "accepted":
            return [outcome] * len(deliveries)
        told = answer.json()
        if not isinstance(told, dict) or told.get("message") is None:
            return [Outcome(status="unknown", reason="no_json")] * len(deliveries)
        wrong = _wrong(told.get("errors"))
        refused = Outcome(status="rejected", reason="braze_invalid")
        return [refused if place in wrong else outcome for place in range(len(deliveries))]

    def _attributes(self, one: Delivery) -> dict[str, Any]:
        told = {f"{self._prefix}{name}": value for name, value in (one.content.get("properties") or {}).items()}
        made: dict[str, Any] = {"external_id": one.customer_id, **told}
        if one.kind == "removal":  # of somebody whom they do not know nothing is to be taken away
            made["_update_existing_only"] = True
        else:
            made |= {name: one.content[name] for name in ("email", "phone") if one.content.get(name)}
        return made | self._left(one.content.get("unsubscribed") or ())

    def _left(self, channels: Sequence[str]) -> dict[str, Any]:
        made: dict[str, Any] = {f"{name}_subscribe": "unsubscribed" for name in ("email", "push") if name in channels}
        if "sms" in channels and self._sms_group is not None:
            made["subscription_groups"] = [
                {"subscription_group_id": self._sms_group, "subscription_state": "unsubscribed"}
            ]
        return made

    def _sent(self, part: Sequence[Delivery], campaign: str | None, now: datetime) -> dict[str, Outcome]:
        if campaign is None:
            return {one.delivery_id: Outcome(status="rejected", reason="no_campaign") for one in part}
        body = {"campaign_id": campaign, "broadcast": False, "recipients": [_recipient(one) for one in part]}
        answer = self._http.call("POST", "/campaigns/trigger/send", now=now, json=body)
        outcome = limited(answer, now)
        if outcome.status == "rejected" and len(part) > 1:
            made: dict[str, Outcome] = {}
            for one in part:
                made |= self._sent([one], campaign, now)
            return made
        told = answer.json()
        if outcome.status == "accepted":
            dispatch = told.get("dispatch_id") if isinstance(told, dict) else None
            outcome = replace(outcome, receipt=str(dispatch)) if dispatch else outcome
        return {one.delivery_id: outcome for one in part}


def repeats_of(takes: str) -> Repeats:
    """Return what Braze does with what comes twice: attributes are as they were, a message is sent again."""
    return "never" if takes == "message" else "recognised"


def limited(answer: Answer, now: datetime) -> Outcome:
    """Return what an answer means, with the pause of Braze's limits: the second at which they begin anew."""
    outcome = answer.outcome
    until = answer.headers.get("x-ratelimit-reset", "")
    if answer.status != 429 or outcome.retry_after_s is not None or not until.isdecimal():
        return outcome
    return replace(outcome, retry_after_s=min(max(int(until) - now.timestamp(), 0.0), LONGEST_PAUSE_S))


def _recipient(one: Delivery) -> dict[str, Any]:
    said = {name: one.content[name] for name in _SAID if one.content.get(name)}
    return {
        "external_user_id": one.customer_id,
        "trigger_properties": {**said, "delivery_id": one.delivery_id, "trigger": one.trigger, "step": one.step},
    }


def _wrong(errors: Any) -> set[int]:
    """Return the places of the attribute objects that were refused."""
    some = errors if isinstance(errors, list) else []
    return {
        one["index"]
        for one in some
        if isinstance(one, dict) and one.get("input_array") == "attributes" and isinstance(one.get("index"), int)
    }


def _apart(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Share out so that nobody comes twice in one call: who does gets one message for both."""
    parts: list[dict[str, Delivery]] = []
    for one in deliveries:
        part = next((some for some in parts if one.customer_id not in some), None)
        if part is None:
            parts.append(part := {})
        part[one.customer_id] = one
    return [list(part.values()) for part in parts]


__all__ = ["Braze", "limited", "repeats_of"]

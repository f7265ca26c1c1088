"""HubSpot: scores and next actions as properties of contacts, and messages as its own e-mails.

A destination of this kind takes either profiles or messages. A contact is found by her e-mail address; who is new to
HubSpot is made. A message is one of its marketing e-mails (the single-send API), whose words are ours by custom
properties: HubSpot keeps back what a contact unsubscribed from, and sends no second e-mail for a `sendId` that it
knows.

`lifecyclestage` is never written: it moves forward alone, and what is behind it belongs to the sales team.

Ref  developers.hubspot.com: CRM objects (contacts/batch/upsert, 100 records; 207 with errors by `objectWriteTraceId`),
     properties, marketing single-send v4, communication preferences v4, usage guidelines (429, X-HubSpot-RateLimit-*)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.http import Answer, Http
from patron.activation.destinations.hubspot_properties import HubSpotProperties

ORIGIN = "https://api.hubapi.com"
CONTACTS = "/crm/v3/objects/contacts/batch/upsert"
SINGLE_SEND = "/marketing/v4/email/single-send"
OPT_OUT = "/communication-preferences/v4/statuses/batch/unsubscribe-all"

LARGEST = 100  # records of one call
TEN_SECONDS = 10.0
A_DAY_OVER = 3600.0  # of a daily limit nobody says when it ends; asked again after an hour

_TAKEN = ("SENT", "QUEUED", "IDEMPOTENT_IGNORE")
_MESSAGE = ("subject", "text", "html", "image", "unsubscribe_url", "preferences_url", "campaign")


class HubSpot:
    """A HubSpot account.

    Parameters
    ----------
    name : str
        What the settings call it.
    http : Http
        To `ORIGIN`, with the token of a private app.
    takes : str
        ``profile`` or ``message``.
    properties : HubSpotProperties
        The contacts' properties that are written.
    email_id : int, optional
        Which e-mail of HubSpot's carries messages.
    """

    repeats: Repeats = "recognised"

    def __init__(
        self,
        name: str,
        *,
        http: Http,
        takes: Literal["profile", "message"],
        properties: HubSpotProperties,
        email_id: int | None = None,
    ) -> None:
        self.name = name
        self.kinds: tuple[Kind, ...] = ("message",) if takes == "message" else ("profile", "removal")
        self.largest_batch = 1 if takes == "message" else LARGEST
        self._http, self._properties, self._email_id = http, properties, email_id

    def __repr__(self) -> str:
        """Name it, and nothing that could be a secret."""
        return f"HubSpot({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over, and return what came of each, in their order."""
        if "message" in self.kinds:
            return [self._send(one, now) for one in deliveries]
        lacking = self._properties.ready(self._http, now)
        if lacking is not None:
            return [lacking] * len(deliveries)
        outcomes = self._upsert(deliveries, now)
        return self._opt_out(deliveries, outcomes, now)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _send(self, one: Delivery, now: datetime) -> Outcome:
        if one.address is None or self._email_id is None:
            return Outcome(status="rejected", reason="no_address")
        said = {name: str(one.content[name]) for name in _MESSAGE if one.content.get(name)}
        body = {
            "emailId": self._email_id,
            "message": {"to": one.address, "sendId": one.delivery_id},
            "contactProperties": {},
            "customProperties": {**said, "delivery_id": one.delivery_id},
        }
        answer = self._http.call("POST", SINGLE_SEND, now=now, json=body)
        if answer.outcome.status != "accepted":
            return limited(answer)
        told = answer.json()
        if not isinstance(told, dict):
            return Outcome(status="unknown", reason="no_json")
        result = told.get("sendResult")
        if result is not None and result not in _TAKEN:
            return Outcome(status="rejected", reason=_word(result))
        return Outcome(status="accepted", receipt=_text(told.get("statusId")))

    def _upsert(self, deliveries: Sequence[Delivery], now: datetime) -> list[Outcome]:
        """Write the properties; a batch that is refused as a whole is halved, until it is known who is wrong."""
        known = [one for one in deliveries if one.content.get("email")]
        nobody, nothing = Outcome(status="rejected", reason="no_address"), Outcome(status="accepted")
        outcomes = {one.delivery_id: nothing if one.content.get("email") else nobody for one in deliveries}
        for part in _apart([one for one in known if one.content.get("properties")]):
            outcomes |= self._written(part, now)
        return [outcomes[one.delivery_id] for one in deliveries]

    def _written(self, part: Sequence[Delivery], now: datetime) -> dict[str, Outcome]:
        answer = self._http.call("POST", CONTACTS, now=now, json={"inputs": [self._input(one) for one in part]})
        outcome = limited(answer)
        if outcome.status == "rejected" and len(part) > 1:
            middle = len(part) // 2
            return self._written(part[:middle], now) | self._written(part[middle:], now)
        if outcome.status != "accepted":
            if answer.status == 400:
                self._properties.forget()  # perhaps one was taken away over there
            return {one.delivery_id: outcome for one in part}
        return _by_record(part, answer.json())

    def _input(self, one: Delivery) -> dict[str, Any]:
        email = str(one.content["email"])
        values = self._properties.written(one.content.get("properties") or {})
        return {
            "id": email, "idProperty": "email", "objectWriteTraceId": one.delivery_id,
            "properties": {"email": email, **values},
        }  # fmt: skip

    def _opt_out(self, deliveries: Sequence[Delivery], outcomes: list[Outcome], now: datetime) -> list[Outcome]:
        """Unsubscribe those who said no to e-mail; who could not be is to be handed over again."""
        leaving = [
            place
            for place, one in enumerate(deliveries)
            if outcomes[place].status == "accepted" and "email" in (one.content.get("unsubscribed") or ())
        ]
        if not leaving:
            return outcomes
        emails = [str(deliveries[place].content["email"]) for place in leaving]
        answer = self._http.call("POST", OPT_OUT, now=now, params={"channel": "EMAIL"}, json={"inputs": emails})
        outcome = limited(answer)
        wrong = _wrong_inputs(answer.json()) if outcome.status == "accepted" else set(emails)
        failed = outcome if outcome.status != "accepted" else Outcome(status="rejected", reason="not_unsubscribed")
        made = list(outcomes)
        for place, email in zip(leaving, emails, strict=True):
            if email in wrong:
                made[place] = failed
        return made


def limited(answer: Answer) -> Outcome:
    """Return what an answer means, with the pause of HubSpot's limits, which it does not tell by Retry-After."""
    outcome = answer.outcome
    if answer.status != 429 or outcome.retry_after_s is not None:
        return outcome
    told = answer.json()
    policy = told.get("policyName") if isinstance(told, dict) else None
    if policy == "DAILY":
        return replace(outcome, retry_after_s=A_DAY_OVER)
    interval = answer.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
    return replace(outcome, retry_after_s=float(interval) / 1000 if interval.isdecimal() else TEN_SECONDS)


def _by_record(part: Sequence[Delivery], told: Any) -> dict[str, Outcome]:
    """Read what came of each record: of one that is not named nothing is known."""
    if not isinstance(told, dict):
        return {one.delivery_id: Outcome(status="unknown", reason="no_json") for one in part}
    made = {one.delivery_id: Outcome(status="unknown", reason="not_named") for one in part}
    by_email = {str(one.content["email"]).lower(): one.delivery_id for one in part}
    for result in _objects(told.get("results")):
        held = _mapping(result.get("properties")).get("email")
        key = result.get("objectWriteTraceId") or by_email.get(str(held).lower())
        if key in made:
            made[key] = Outcome(status="accepted", receipt=_text(result.get("id")))
    for error in _objects(told.get("errors")):
        for named in _named(error):
            key = named if named in made else by_email.get(named.lower())
            if key is not None:
                made[key] = _error(error)
    return made


def _error(error: Mapping[str, Any]) -> Outcome:
    category = str(error.get("category") or "error")
    return Outcome(status="retry" if category == "RATE_LIMITS" else "rejected", reason=_word(category))


def _named(error: Mapping[str, Any]) -> list[str]:
    """Return the records that an error is about: traces, or the ids they came with."""
    context = _mapping(error.get("context"))
    found = [context.get(name) for name in ("objectWriteTraceId", "ids", "id")]
    return [str(one) for some in found if some for one in (some if isinstance(some, list) else [some])]


def _wrong_inputs(told: Any) -> set[str]:
    errors = _objects(told.get("errors")) if isinstance(told, dict) else []
    return {named for error in errors for named in _named(error)}


def _apart(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Share out so that no address comes twice in one call: HubSpot refuses such calls."""
    parts: list[tuple[set[str], list[Delivery]]] = []
    for one in deliveries:
        email = str(one.content["email"]).lower()
        for seen, part in parts:
            if email not in seen:
                seen.add(email)
                part.append(one)
                break
        else:
            parts.append(({email}, [one]))
    return [part for _, part in parts]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None


def _word(code: Any) -> str:
    """Write a code of theirs as a reason: letters alone, for what else may stand there is not known."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in str(code).lower())
    return f"hubspot_{plain}"[:40]


__all__ = ["ORIGIN", "HubSpot", "limited"]

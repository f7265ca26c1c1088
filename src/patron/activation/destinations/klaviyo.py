"""Klaviyo: scores and next actions as properties of profiles, and messages as events that set its flows going.

A destination of this kind takes either profiles or messages. A few profiles are written one by one, many by an import
job, which is waited for, so that each profile's own fault becomes its own outcome. A message is an event of the metric
`Patron Message`: a flow of theirs that this metric triggers sends it, with our words as properties of the event. An
event whose `unique_id` came before for the same profile and metric is not recorded again, so no flow starts twice.

Ref  developers.klaviyo.com: JSON:API with a `revision`; profile-import, profile-bulk-import-jobs (10,000 profiles,
     5 MB) and their import-errors, events, profile-subscription-bulk-delete-jobs (100 profiles), rate limits (429 with
     Retry-After)
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.http import Answer, Http

ORIGIN = "https://a.klaviyo.com"
REVISION = "2025-01-15"
JSON_API = "application/vnd.api+json"
METRIC = "Patron Message"

ONE_BY_ONE = 5  # profiles; more go by an import job
LARGEST = 1000  # profiles of a job: well below their 5 MB
LEAVING = 100  # profiles of one job that unsubscribes
PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds between looks at a job; the last again and again
PAGES = 20  # of a job's errors

_OVER = ("complete", "failed", "cancelled")
_SAID = ("subject", "text", "html", "image", "language", "unsubscribe_url", "preferences_url", "campaign")
_CHANNELS = ("email", "sms")  # of which Klaviyo keeps subscriptions

Headers = dict[str, str]


def headers(key: str, *, revision: str = REVISION) -> Headers:
    """Return what every request carries."""
    return {
        "Authorization": f"Klaviyo-API-Key {key}", "revision": revision, "Accept": JSON_API, "Content-Type": JSON_API,
    }  # fmt: skip


class Klaviyo:
    """A Klaviyo account.

    Parameters
    ----------
    name : str
        What the settings call it.
    http : Http
        To `ORIGIN`, with `headers`.
    takes : str
        ``profile`` or ``message``.
    prefix : str
        What the names of properties begin with.
    metric : str
        The metric that triggers the flow of messages.
    wait_s : float
        How long an import job may take; one that takes longer is handed over again.
    pause : callable
        Waits for so many seconds.
    """

    repeats: Repeats = "recognised"

    def __init__(
        self,
        name: str,
        *,
        http: Http,
        takes: Literal["profile", "message"],
        prefix: str = "patron_",
        metric: str = METRIC,
        wait_s: float = 60.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.kinds: tuple[Kind, ...] = ("message",) if takes == "message" else ("profile", "removal")
        self.largest_batch = 1 if takes == "message" else LARGEST
        self._http, self._prefix, self._metric, self._wait_s, self._pause = http, prefix, metric, wait_s, pause

    def __repr__(self) -> str:
        """Name it, and nothing that could be a secret."""
        return f"Klaviyo({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over, and return what came of each, in their order."""
        if "message" in self.kinds:
            return [self._event(one, now) for one in deliveries]
        told = [one for one in deliveries if one.content.get("properties")]
        write = self._alone if len(told) <= ONE_BY_ONE else self._job
        written = write(told, now) if told else {}
        outcomes = [written.get(one.delivery_id, Outcome(status="accepted")) for one in deliveries]
        return self._unsubscribed(deliveries, outcomes, now)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _post(self, path: str, kind: str, attributes: Mapping[str, Any], now: datetime) -> Answer:
        body = {"data": {"type": kind, "attributes": attributes}}
        return self._http.call("POST", path, now=now, content=_json(body))

    def _event(self, one: Delivery, now: datetime) -> Outcome:
        person = {"external_id": one.customer_id, **_reached(one)}
        said = {name: one.content[name] for name in _SAID if one.content.get(name)}
        answer = self._post(
            "/api/events", "event",
            {
                "properties": {
                    **said, "delivery_id": one.delivery_id, "channel": one.channel, "trigger": one.trigger,
                    "step": one.step, "variant": one.variant,
                },
                "time": now.astimezone(UTC).isoformat(),
                "unique_id": one.delivery_id,
                "metric": {"data": {"type": "metric", "attributes": {"name": self._metric}}},
                "profile": {"data": {"type": "profile", "attributes": person}},
            },
            now,
        )  # fmt: skip
        return answer.outcome

    def _alone(self, deliveries: Sequence[Delivery], now: datetime) -> dict[str, Outcome]:
        made = {}
        for one in deliveries:
            answer = self._post("/api/profile-import", "profile", self._profile(one), now)
            made[one.delivery_id] = answer.outcome
            if answer.outcome.status == "accepted":
                made[one.delivery_id] = Outcome(status="accepted", receipt=_id(answer.json()))
        return made

    def _job(self, deliveries: Sequence[Delivery], now: datetime) -> dict[str, Outcome]:
        """Import many, wait for the end, and read whose profile was refused."""
        profiles = [{"type": "profile", "attributes": self._profile(one)} for one in deliveries]
        answer = self._post(
            "/api/profile-bulk-import-jobs", "profile-bulk-import-job", {"profiles": {"data": profiles}}, now
        )
        if answer.outcome.status == "rejected" and len(deliveries) > ONE_BY_ONE:
            middle = len(deliveries) // 2  # one of them spoils the others
            write = self._job if middle > ONE_BY_ONE else self._alone
            return write(deliveries[:middle], now) | write(deliveries[middle:], now)
        job = _id(answer.json())
        if answer.outcome.status != "accepted" or job is None:
            outcome = answer.outcome if job is not None else Outcome(status="unknown", reason="no_json")
            return {
                one.delivery_id: outcome if answer.outcome.status == "accepted" else answer.outcome
                for one in deliveries
            }
        return self._ended(job, deliveries, now)

    def _ended(self, job: str, deliveries: Sequence[Delivery], now: datetime) -> dict[str, Outcome]:
        """Wait for a job; where it does not end, or badly, all of it is handed over again: that changes nothing."""
        for pause in _pauses(self._wait_s):
            answer = self._http.call("GET", f"/api/profile-bulk-import-jobs/{job}", now=now)
            attributes = _attributes(_data(answer.json()))
            if attributes.get("status") in _OVER:
                break
            self._pause(pause)
        else:
            return {one.delivery_id: Outcome(status="unknown", reason="still_importing") for one in deliveries}
        if attributes["status"] != "complete":
            return {one.delivery_id: Outcome(status="unknown", reason="import_failed") for one in deliveries}
        made = {one.delivery_id: Outcome(status="accepted", receipt=job) for one in deliveries}
        if attributes.get("failed_count"):
            errors = list(self._errors(job, now))
            found = {key: outcome for error in errors for key, outcome in _refused(error, deliveries)}
            made |= found if found else dict.fromkeys(made, Outcome(status="unknown", reason="errors_not_read"))
        return made

    def _errors(self, job: str, now: datetime) -> Iterator[Mapping[str, Any]]:
        path = f"/api/profile-bulk-import-jobs/{job}/import-errors"
        for _ in range(PAGES):
            told = self._http.call("GET", path, now=now).json()
            data = told.get("data") if isinstance(told, dict) else None
            yield from (one for one in data or () if isinstance(one, dict))
            following = told.get("links", {}).get("next") if isinstance(told, dict) else None
            if not following:
                return
            path = path_of(following)

    def _profile(self, one: Delivery) -> dict[str, Any]:
        known = {"email": one.content.get("email"), "phone_number": one.content.get("phone")}
        told = {f"{self._prefix}{name}": value for name, value in (one.content.get("properties") or {}).items()}
        return {
            "external_id": one.customer_id,
            **{name: value for name, value in known.items() if value},
            "properties": told,
        }

    def _unsubscribed(
        self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome], now: datetime
    ) -> Sequence[Outcome]:
        """Unsubscribe those who said no; who could not be is to be handed over again."""
        made = list(outcomes)
        leaving = [
            (place, profile)
            for place, one in enumerate(deliveries)
            if made[place].status == "accepted" and (profile := _leaving(one)) is not None
        ]
        for start in range(0, len(leaving), LEAVING):
            part = leaving[start : start + LEAVING]
            profiles = [{"type": "profile", "attributes": profile} for _, profile in part]
            answer = self._post(
                "/api/profile-subscription-bulk-delete-jobs", "profile-subscription-bulk-delete-job",
                {"profiles": {"data": profiles}}, now,
            )  # fmt: skip
            if answer.outcome.status != "accepted":
                for place, _ in part:
                    made[place] = answer.outcome
        return made


def path_of(link: str) -> str:
    """Return the path and query of a link of theirs; where else it points to is not followed."""
    return "/" + link.partition("://")[2].partition("/")[2] if "://" in link else link


def _leaving(one: Delivery) -> dict[str, Any] | None:
    """Return a profile with the channels that it leaves; none where Klaviyo has no address for them."""
    found = {"email": one.content.get("email"), "sms": one.content.get("phone")}
    said = [name for name in one.content.get("unsubscribed") or () if name in _CHANNELS and found[name]]
    if not said:
        return None
    addresses = {{"email": "email", "sms": "phone_number"}[name]: found[name] for name in said}
    return {**addresses, "subscriptions": {name: {"marketing": {"consent": "UNSUBSCRIBED"}} for name in said}}


def _reached(one: Delivery) -> dict[str, Any]:
    if one.address is None:
        return {}
    return {"email": {"email": one.address}, "sms": {"phone_number": one.address}}.get(one.channel or "", {})


def _refused(error: Mapping[str, Any], deliveries: Sequence[Delivery]) -> Iterator[tuple[str, Outcome]]:
    """Yield whose profile an error is about: by what we sent, or its place in what we sent."""
    attributes = _attributes(error)
    payload = attributes.get("original_payload")
    sent = payload if isinstance(payload, dict) else {}
    sent = {**sent, **_attributes(sent)}
    outcome = Outcome(status="rejected", reason="klaviyo_invalid")
    by_id = {one.customer_id: one.delivery_id for one in deliveries}
    if sent.get("external_id") in by_id:
        yield by_id[sent["external_id"]], outcome
        return
    source = attributes.get("source")
    pointer = str(source.get("pointer") if isinstance(source, dict) else "")
    places = [part for part in pointer.split("/") if part.isdecimal()]
    if places and int(places[0]) < len(deliveries):
        yield deliveries[int(places[0])].delivery_id, outcome


def _pauses(wait_s: float) -> Iterator[float]:
    waited, number = 0.0, 0
    while waited <= wait_s:
        pause = PAUSES[min(number, len(PAUSES) - 1)]
        yield pause
        waited, number = waited + pause, number + 1


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _data(told: Any) -> Any:
    return told.get("data") if isinstance(told, dict) else None


def _attributes(data: Any) -> Mapping[str, Any]:
    found = data.get("attributes") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _id(told: Any) -> str | None:
    data = _data(told)
    return str(data["id"]) if isinstance(data, dict) and isinstance(data.get("id"), str | int) else None


__all__ = ["METRIC", "ORIGIN", "REVISION", "Klaviyo", "headers", "path_of"]

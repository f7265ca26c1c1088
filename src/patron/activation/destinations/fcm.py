"""Push messages to apps and browsers by Firebase Cloud Messaging.

The service itself knows no message again; the device does: the delivery's id is the tag under which a notification is
shown (Android), its collapse id (Apple) and its tag (web), so that the second of two takes the place of the first.

Ref  FCM HTTP v1 API, `projects.messages.send`, `Message`, `ErrorCode`
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.google_sign_in import GoogleSignIn
from patron.activation.destinations.http import Answer, Http, bearer

ORIGIN = "https://fcm.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"

MOST_BYTES = 4096  # of one message, with its data
LONGEST_TAG = 64  # bytes of an apns-collapse-id
QUOTA_PAUSE_S = 60.0  # what they ask for at least, where a quota is used up and no Retry-After says more


class Fcm:
    """Hands push messages to Firebase, one at a time.

    Parameters
    ----------
    name : str
        What the settings call it.
    project : str
        The id of the Firebase project.
    sign_in : GoogleSignIn
        For `SCOPE`.
    keep : timedelta
        How long a message waits for a device that is off.
    origin : str
        Where the service is.
    timeout_s : float
        How long an answer may take.
    """

    kinds: Sequence[Kind] = ("message",)
    repeats: Repeats = "recognised"
    largest_batch = 1

    def __init__(
        self,
        name: str,
        *,
        project: str,
        sign_in: GoogleSignIn,
        keep: timedelta,
        origin: str = ORIGIN,
        timeout_s: float = 20,
    ) -> None:
        self.name = name
        self._sign_in, self._keep = sign_in, keep
        self._path = f"/v1/projects/{quote(project, safe='')}/messages:send"
        self._http = Http(origin, timeout_s=timeout_s, repeats=self.repeats)

    def __repr__(self) -> str:
        """Name it, without project and account."""
        return f"Fcm({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over each message."""
        return [self._delivered(delivery, now) for delivery in deliveries]

    def close(self) -> None:
        """Let go of the connections."""
        self._sign_in.close()
        self._http.close()

    def _delivered(self, delivery: Delivery, now: datetime) -> Outcome:
        if not delivery.address:
            return Outcome(status="rejected", reason="no_token", happened="bounced")
        message = _message(delivery, keep=self._keep, now=now)
        if len(json.dumps(message, ensure_ascii=False).encode()) > MOST_BYTES:
            return Outcome(status="rejected", reason="too_long")
        token = self._sign_in.token(now=now)
        if isinstance(token, Outcome):
            return token
        answer = self._http.call("POST", self._path, json={"message": message}, headers=bearer(token), now=now)
        if answer.status == 401:
            self._sign_in.forget()
        return _meant(answer)


def _message(delivery: Delivery, *, keep: timedelta, now: datetime) -> dict[str, Any]:
    content, seconds, tag = delivery.content, int(keep.total_seconds()), _tag(delivery.delivery_id)
    notification = {"title": content.get("subject"), "body": content.get("text"), "image": content.get("image")}
    data = {"delivery_id": delivery.delivery_id, "campaign": content.get("campaign"), "url": content.get("url")}
    return {
        "token": delivery.address,
        "notification": {name: str(value) for name, value in notification.items() if value},
        "data": {name: str(value) for name, value in data.items() if value},
        "android": {"ttl": f"{seconds}s", "collapse_key": tag, "notification": {"tag": tag}},
        "apns": {
            "headers": {"apns-expiration": str(int((now + keep).timestamp())), "apns-collapse-id": tag},
        },
        "webpush": {"headers": {"TTL": str(seconds)}, "notification": {"tag": tag}},
    }


def _tag(delivery_id: str) -> str:
    short = len(delivery_id.encode()) <= LONGEST_TAG
    return delivery_id if short else hashlib.sha256(delivery_id.encode()).hexdigest()


def _meant(answer: Answer) -> Outcome:
    """Return what their answer means, by the error's code where there is one."""
    said = answer.json()
    told: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    if answer.outcome.status == "accepted":
        receipt = told.get("name")
        return Outcome(status="accepted", receipt=receipt if isinstance(receipt, str) else None)
    details = list(_details(told))
    code = next((str(detail["errorCode"]) for detail in details if detail.get("errorCode")), None)
    reason = f"fcm_{code.lower()}" if code else answer.outcome.reason
    if code in ("UNREGISTERED", "SENDER_ID_MISMATCH") or _blames_token(details):
        return Outcome(status="rejected", reason=reason, happened="bounced")
    if code == "QUOTA_EXCEEDED":
        pause = answer.outcome.retry_after_s or QUOTA_PAUSE_S
        return Outcome(status="retry", reason=reason, retry_after_s=pause)
    if answer.status == 404 and code is None:  # there is no such project: no message is to blame
        return Outcome(status="retry", reason=reason)
    return Outcome(status=answer.outcome.status, reason=reason, retry_after_s=answer.outcome.retry_after_s)


def _details(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    error = told.get("error")
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, Mapping):
            yield detail


def _blames_token(details: Sequence[Mapping[str, Any]]) -> bool:
    fields = [
        violation.get("field")
        for detail in details
        if isinstance(violations := detail.get("fieldViolations"), list)
        for violation in violations
        if isinstance(violation, Mapping)
    ]
    return "message.token" in fields


__all__ = ["ORIGIN", "SCOPE", "Fcm"]

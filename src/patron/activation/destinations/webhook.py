"""A web address of the shop's own that is called, signed by a shared secret.

Each delivery is one call, or several travel together. A call that comes again is known by its `webhook-id`, and each
delivery by its `delivery_id`, which stays whatever it travels with: who takes deliveries in batches goes by that.

Ref  Standard Webhooks 1.0.0 (standardwebhooks.com)
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from patron.activation.destinations.destination import KINDS, Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.http import Answer, Http
from patron.activation.destinations.webhook_signature import signed_headers

TYPES: Mapping[Kind, str] = {
    "message": "message.due",
    "profile": "profile.changed",
    "member": "member.added",
    "removal": "member.removed",
}
"""What a call says it is about, by the kind of delivery."""

BATCH = "deliveries.due"

GONE = frozenset({404, 405, 410})
"""The address of the settings is not, or no longer, one that takes calls. No delivery is to blame."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Webhook:
    """Calls one web address.

    Parameters
    ----------
    name : str
        What the settings call it.
    url : str
        What is called.
    secrets : sequence of bytes
        From `webhook_secret`; two while they are changed.
    headers : mapping
        What every call carries beside its signature.
    batch : int
        How many deliveries travel in one call, at most.
    timeout_s : float
        How long an answer may take.
    """

    kinds: Sequence[Kind] = KINDS
    repeats: Repeats = "recognised"

    def __init__(
        self,
        name: str,
        url: str,
        *,
        secrets: Sequence[bytes],
        headers: Mapping[str, str] | None = None,
        batch: int = 1,
        timeout_s: float = 20,
    ) -> None:
        self.name, self.largest_batch = name, batch
        self._secrets = tuple(secrets)
        self._http = Http(url, timeout_s=timeout_s, repeats=self.repeats, headers=headers)

    def __repr__(self) -> str:
        """Name it, without address and secrets."""
        return f"Webhook({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Call once for all of them; where that is refused, in halves, until the one that is wrong is found."""
        if self.largest_batch == 1:
            return [self._called(delivery.delivery_id, _one(delivery, now), now) for delivery in deliveries]
        outcome = self._called(_together(deliveries), _all(deliveries, now), now)
        if outcome.status != "rejected" or len(deliveries) == 1:
            return [outcome] * len(deliveries)
        half = len(deliveries) // 2
        return [*self.deliver(deliveries[:half], now=now), *self.deliver(deliveries[half:], now=now)]

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _called(self, message_id: str, content: Mapping[str, Any], now: datetime) -> Outcome:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        signed = signed_headers(_plain(message_id), body, secrets=self._secrets, now=now)
        headers = {"Content-Type": "application/json", **signed}
        return _meant(self._http.call("POST", content=body, headers=headers, now=now))


def _meant(answer: Answer) -> Outcome:
    if answer.status in GONE:
        return Outcome(status="retry", reason=answer.outcome.reason)
    return answer.outcome


def _one(delivery: Delivery, now: datetime) -> dict[str, Any]:
    """Return a delivery as it travels. The timestamp is of the decision: it stays when the call is repeated."""
    at = (delivery.made_at or now).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    names = (
        "delivery_id", "kind", "customer_id", "channel", "address", "purpose", "trigger", "iteration", "step",
        "variant",
    )  # fmt: skip
    data = {name: getattr(delivery, name) for name in names} | {"content": delivery.content}
    return {"type": TYPES[delivery.kind], "timestamp": at, "data": data}


def _all(deliveries: Sequence[Delivery], now: datetime) -> dict[str, Any]:
    each = [_one(delivery, now) for delivery in deliveries]
    return {"type": BATCH, "timestamp": max(one["timestamp"] for one in each), "data": {"deliveries": each}}


def _together(deliveries: Sequence[Delivery]) -> str:
    """Name a batch by what is in it: the same deliveries make the same name."""
    ids = "\n".join(delivery.delivery_id for delivery in deliveries)
    return f"batch_{hashlib.sha256(ids.encode()).hexdigest()[:40]}"


def _plain(message_id: str) -> str:
    """Return the id as a call may carry it: without a full stop, which parts it from the time in what is signed."""
    return message_id if _PLAIN.fullmatch(message_id) else hashlib.sha256(message_id.encode()).hexdigest()


def is_private(url: str) -> bool:
    """Tell whether what is sent to an address can be read by nobody on the way: TLS, or this machine."""
    place = urlsplit(url)
    return place.scheme == "https" or place.hostname in ("localhost", "127.0.0.1", "::1")


__all__ = ["BATCH", "TYPES", "Webhook", "is_private"]

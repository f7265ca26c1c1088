"""Audiences at Meta: members come and go by the users of a custom audience (Marketing API).

Adding somebody who is a member already changes nothing but her value, nor does removing somebody who is none: what may
have arrived is sent again. Meta tells how many rows it could not read and not which; they are counted in the reason.

Ref  Meta, Marketing API: `/{custom_audience_id}/users`; Graph API: error handling, rate limiting, secure requests
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from patron.activation.destinations.audience_parts import Part, by_part
from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.http import Answer, Http
from patron.activation.match_keys.meta import SCHEMA

ORIGIN = "https://graph.facebook.com"
VERSION = "v25.0"
MOST_ROWS = 10_000  # of a request
VALUE = "LOOKALIKE_VALUE"

_LATER = frozenset({1, 2, 4, 17, 32, 341, 368, 613, *range(80000, 80015)})
"""Codes of faults that pass and of limits; 80003 is that of custom audiences."""

_ABOUT_US = frozenset({3, 10, 102, 104, 190, 294, 2635, 2650, *range(200, 300)})
"""Codes of tokens, rights, terms that nobody has accepted, and versions that have ended."""

_NO_LIST = frozenset({33, 1713230})
"""Under code 100: there is no such audience, or it is blocked until somebody has seen to it."""

_MINUTE = 60.0


class MetaAds:
    """Custom audiences of one ad account.

    Parameters
    ----------
    name : str
        What the settings call it.
    token : str
        Of a system user who may change audiences.
    secret : str, optional
        The app's. With it every request proves that the token was not stolen (`appsecret_proof`).
    http : Http
        Speaks to `ORIGIN`, or to another in tests.
    version : str
        Of the Graph API.
    """

    kinds: Sequence[Kind] = ("member", "removal")
    repeats: Repeats = "recognised"
    largest_batch = MOST_ROWS

    def __init__(self, name: str, *, token: str, http: Http, secret: str | None = None, version: str = VERSION) -> None:
        self.name = name
        self._http, self._version = http, version
        self._signed = {"access_token": token}
        if secret:
            proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256)
            self._signed["appsecret_proof"] = proof.hexdigest()

    def __repr__(self) -> str:
        """Name it, and no token."""
        return f"MetaAds({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over, an audience and a way at a time."""
        return by_part(deliveries, largest=MOST_ROWS, send=lambda part: self._sent(part, now))

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _sent(self, part: Part, now: datetime) -> Sequence[Outcome]:
        rows = sum(len(one.content["keys"]) for one in part.deliveries)
        session = {
            "session_id": _session(part), "batch_seq": 1, "last_batch_flag": True, "estimated_num_total": rows,
        }  # fmt: skip
        form = {
            "payload": _text(_payload(part)),
            "session": _text(session),
            **self._signed,
        }
        method = "POST" if part.adds else "DELETE"
        answer = self._http.call(method, f"/{self._version}/{part.list}/users", form=form, now=now)
        return [_meant(answer, rows)] * len(part.deliveries)


def _payload(part: Part) -> dict[str, Any]:
    """Return the rows under the schema that they need: what is missing of one is an empty text."""
    valued = part.adds and any("value" in one.content for one in part.deliveries)
    used = {name for one in part.deliveries for row in one.content["keys"] for name in row}
    schema = [name for name in SCHEMA if name in used]
    data = [
        [*(row.get(name, "") for name in schema), *([_value(one)] if valued else [])]
        for one in part.deliveries
        for row in one.content["keys"]
    ]
    return {"schema": [*schema, VALUE] if valued else schema, "data": data}


def _value(one: Delivery) -> str:
    """Return what a member is worth, not below nothing, as Meta asks for."""
    return f"{max(float(one.content.get('value') or 0), 0):.2f}"


def _session(part: Part) -> int:
    """Return a number that the same part has again when it is sent again: 63 bits of a hash."""
    named = "\n".join(one.delivery_id for one in part.deliveries)
    return int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], "big") >> 1


def _text(said: Mapping[str, Any]) -> str:
    return json.dumps(said, separators=(",", ":"))


def _meant(answer: Answer, rows: int) -> Outcome:
    said = answer.json()
    if answer.outcome.status == "accepted":
        return _taken(said if isinstance(said, Mapping) else {}, rows)
    error = said.get("error") if isinstance(said, Mapping) else None
    return _refused(error, answer) if isinstance(error, Mapping) else answer.outcome


def _taken(said: Mapping[str, Any], rows: int) -> Outcome:
    unread, session = said.get("num_invalid_entries"), said.get("session_id")
    receipt = str(session) if isinstance(session, str | int) else None
    if not isinstance(unread, int) or unread <= 0:
        return Outcome(status="accepted", receipt=receipt)
    status = "rejected" if unread >= rows else "accepted"
    return Outcome(status=status, reason=f"rows_not_read_{unread}", receipt=receipt)  # type: ignore[arg-type]


def _refused(error: Mapping[str, Any], answer: Answer) -> Outcome:
    """Return what an error means; most come with the status 400, and the code tells them apart."""
    code, subcode = error.get("code"), error.get("error_subcode")
    if not isinstance(code, int):
        return answer.outcome
    reason = f"meta_{code}"
    later = code in _LATER or code in _ABOUT_US or error.get("is_transient") is True
    if later or (code == 100 and subcode in _NO_LIST):
        pause = answer.outcome.retry_after_s
        return Outcome(status="retry", reason=reason, retry_after_s=_pause(answer.headers) if pause is None else pause)
    return Outcome(status=answer.outcome.status, reason=reason, retry_after_s=answer.outcome.retry_after_s)


def _pause(headers: Mapping[str, str]) -> float | None:
    """Return for how many seconds a limit holds, by the header that tells how much of it is used up."""
    try:
        told = json.loads(headers.get("x-business-use-case-usage", ""))
    except ValueError:
        return None
    minutes = max(_minutes(told), default=0.0)
    return minutes * _MINUTE if minutes > 0 else None


def _minutes(told: Any) -> Iterator[float]:
    for uses in told.values() if isinstance(told, Mapping) else ():
        for use in uses if isinstance(uses, list) else ():
            wait = use.get("estimated_time_to_regain_access") if isinstance(use, Mapping) else None
            if isinstance(wait, int | float):
                yield float(wait)


__all__ = ["ORIGIN", "VERSION", "MetaAds"]

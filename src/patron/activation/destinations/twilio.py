"""Text messages by Twilio, or a service that speaks the same format.

Twilio publishes no key by which it would know a message again: what may have been taken is never handed over twice.

Ref  Twilio Messaging API 2010-04-01, "Messages resource", "Error and Warning Dictionary"
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.http import Answer, Http, basic

ORIGIN = "https://api.twilio.com"

MOST_MARKS = 1600  # of one text; more is refused by them (21617)

UNSUBSCRIBED = 21610
"""She answered STOP to this sender."""

NO_NUMBER = frozenset({21211, 21217, 21614, 21635})
"""The number is none, or none that takes texts."""

ABOUT_US = frozenset({20003, 20005, 20008, 21212, 21408, 21603, 21606, 21608, 21659, 21660, 21701, 21703, 21705, 63038})
"""The account or the sender of the settings is wrong or not allowed: no delivery is to blame."""

DELIVERY = "delivery"
"""The name under which the address of a status callback carries the delivery's id."""

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class Twilio:
    """Hands texts to Twilio, one at a time.

    Parameters
    ----------
    name : str
        What the settings call it.
    account : str
        The account's SID, as AC....
    user, password : str
        The account's SID and token, or those of an API key.
    sender : str
        A number in E.164, a short code, a name, or the SID of a messaging service (MG...).
    callback : str, optional
        The address at which Patron hears what became of a message.
    valid_s : int, optional
        How long Twilio may wait before it gives up, in seconds.
    origin : str
        Where the service is.
    timeout_s : float
        How long an answer may take.
    """

    kinds: Sequence[Kind] = ("message",)
    repeats: Repeats = "never"
    largest_batch = 1

    def __init__(  # noqa: PLR0913 - what an account is, and what a sender
        self,
        name: str,
        *,
        account: str,
        user: str,
        password: str,
        sender: str,
        callback: str | None = None,
        valid_s: int | None = None,
        origin: str = ORIGIN,
        timeout_s: float = 20,
    ) -> None:
        self.name = name
        self._sender, self._callback, self._valid_s = sender, callback, valid_s
        self._path = f"/2010-04-01/Accounts/{quote(account, safe='')}/Messages.json"
        self._http = Http(origin, timeout_s=timeout_s, repeats=self.repeats, headers=basic(user, password))

    def __repr__(self) -> str:
        """Name it, without account and token."""
        return f"Twilio({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over each text."""
        return [self._delivered(delivery, now) for delivery in deliveries]

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _delivered(self, delivery: Delivery, now: datetime) -> Outcome:
        text = str(delivery.content.get("text") or "")
        if not _NUMBER.fullmatch(delivery.address or ""):
            return Outcome(status="rejected", reason="no_number", happened="bounced")
        if not text.strip() or len(text) > MOST_MARKS:
            return Outcome(status="rejected", reason="too_long" if text.strip() else "no_text")
        return _meant(self._http.call("POST", self._path, form=self._form(delivery, text), now=now))

    def _form(self, delivery: Delivery, text: str) -> dict[str, str]:
        sender = "MessagingServiceSid" if re.fullmatch("MG[0-9a-fA-F]{32}", self._sender) else "From"
        form = {"To": str(delivery.address), sender: self._sender, "Body": text}
        if self._callback:
            form["StatusCallback"] = f"{self._callback}?{urlencode({DELIVERY: delivery.delivery_id})}"
        if self._valid_s:
            form["ValidityPeriod"] = str(self._valid_s)
        return form


def _meant(answer: Answer) -> Outcome:
    """Return what their answer means; a code in a refusal says more than the status."""
    said = answer.json()
    told: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    if answer.outcome.status == "accepted":
        receipt = told.get("sid")
        return Outcome(status="accepted", receipt=receipt if isinstance(receipt, str) else None)
    code = told.get("code")
    if not isinstance(code, int) or answer.status is None or not 400 <= answer.status < 500:
        return answer.outcome
    reason = f"twilio_{code}"
    if code == UNSUBSCRIBED:
        return Outcome(status="rejected", reason=reason, happened="unsubscribed")
    if code in NO_NUMBER:
        return Outcome(status="rejected", reason=reason, happened="bounced")
    if code in ABOUT_US or answer.outcome.status == "retry":
        return Outcome(status="retry", reason=reason, retry_after_s=answer.outcome.retry_after_s)
    return Outcome(status="rejected", reason=reason)


__all__ = ["DELIVERY", "MOST_MARKS", "ORIGIN", "Twilio"]

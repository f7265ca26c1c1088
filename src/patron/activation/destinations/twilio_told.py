"""What Twilio tells: what became of a message, and that somebody answered STOP.

Ref  Twilio, "Validating requests are coming from Twilio", "Track the message status of outbound messages", "Advanced
     Opt-Out"
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from patron.activation.delivery.feedback import Called, Feedback, Happened, Theirs, Told
from patron.activation.destinations.twilio import DELIVERY, UNSUBSCRIBED
from patron.errors import AccessError, ContractError
from patron.language import failure

STOP = frozenset(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"))
"""The words that Twilio itself takes for an end, where they are all that somebody wrote."""

FOR_EVER = frozenset({21211, 21217, 21614, 30005, 30006})
"""Why a message did not arrive, where the number will never take one: unknown, or a line without texts."""

HAPPENED: Mapping[str, Happened] = {
    "delivered": "delivered", "read": "opened", "undelivered": "bounced", "failed": "bounced",
}  # fmt: skip

Form = Mapping[str, Sequence[str]]


class TwilioTold:
    """Reads status callbacks and incoming messages.

    Parameters
    ----------
    token : str
        The account's, by which Twilio signs.
    callback : str, optional
        The address as Twilio calls it: behind a proxy this server sees another.
    """

    def __init__(self, token: str, *, callback: str | None = None) -> None:
        self._token, self._callback = token, callback

    def __repr__(self) -> str:
        """Show nothing of the token."""
        return "TwilioTold()"

    def read(self, called: Called) -> Sequence[Told]:
        """Return what is told; nothing of a status that is on its way.

        Raises
        ------
        AccessError
            It is not signed with the account's token.
        ContractError
            It is no form, or about no message.
        """
        form = _form(called.body)
        given = called.headers.get("x-twilio-signature", "")
        right = [twilio_signature(url, form, token=self._token) for url in self._urls(called)]
        if not any(hmac.compare_digest(given.encode(), one.encode()) for one in right):
            raise failure(AccessError, "direct.twilio_unsigned")
        sid = _one(form, "MessageSid") or _one(form, "SmsSid")
        if not sid:
            raise failure(ContractError, "direct.twilio_content")
        status = _one(form, "MessageStatus")
        if status:
            return _status(sid, status, form, called)
        return _reply(sid, form, called)

    def _urls(self, called: Called) -> Iterator[str]:
        """Yield the address as it may have been signed: as it was called or is told, with its port and without."""
        query = urlsplit(called.url).query
        told = f"{self._callback}?{query}" if self._callback and query else self._callback
        for url in (told, called.url):
            if url:
                place = urlsplit(url)
                port = place.port or (443 if place.scheme == "https" else 80)
                host = place.netloc.rpartition(":")[0] if place.port else place.netloc
                yield url
                yield place._replace(netloc=host).geturl()
                yield place._replace(netloc=f"{host}:{port}").geturl()


def twilio_signature(url: str, form: Form, *, token: str) -> str:
    """Return what Twilio signs a form with: the address, and each name with its values behind it, in order.

    Examples
    --------
    >>> form = {"CallSid": ["CA1234567890ABCDE"], "Caller": ["+14158675309"], "Digits": ["1234"],
    ...         "From": ["+14158675309"], "To": ["+18005551212"]}
    >>> twilio_signature("https://mycompany.com/myapp.php?foo=1&bar=2", form, token="12345")
    'RSOYDt4T1cUTdK1PDd93/VVr8B8='
    """
    told = "".join(f"{name}{value}" for name in sorted(form) for value in sorted(set(form[name])))
    signed = hmac.new(token.encode(), (url + told).encode(), hashlib.sha1)
    return base64.b64encode(signed.digest()).decode()


def _status(sid: str, status: str, form: Form, called: Called) -> Sequence[Told]:
    happened = HAPPENED.get(status)
    if happened is None:
        return ()
    code = _one(form, "ErrorCode")
    number = int(code) if code.isascii() and code.isdigit() and len(code) < 9 else None
    if number == UNSUBSCRIBED:
        happened = "unsubscribed"
    permanent = number in FOR_EVER if happened == "bounced" else None
    reason = f"twilio_{number}" if number else None
    delivery_id = parse_qs(urlsplit(called.url).query).get(DELIVERY, [""])[0]
    if not delivery_id:
        return [
            Theirs(
                feedback_id=f"{sid}:{status}", happened=happened, occurred_at=called.now, channel="sms", receipt=sid,
                permanent=permanent, reason=reason,
            )
        ]  # fmt: skip
    return [
        Feedback(
            feedback_id=f"{sid}:{status}", delivery_id=delivery_id, happened=happened, occurred_at=called.now,
            permanent=permanent, reason=reason,
        )
    ]  # fmt: skip


def _reply(sid: str, form: Form, called: Called) -> Sequence[Told]:
    """Return that somebody wants no more texts; other answers are none of ours."""
    said = "".join(mark for mark in _one(form, "Body").casefold() if mark.isalpha())
    sender = _one(form, "From")
    if not sender or (_one(form, "OptOutType").upper() != "STOP" and said not in STOP):
        return ()
    return [
        Theirs(
            feedback_id=sid, happened="unsubscribed", occurred_at=called.now, channel="sms", address=sender,
            reason="stop",
        )
    ]  # fmt: skip


def _form(body: bytes) -> Form:
    try:
        return parse_qs(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=200)
    except ValueError:
        raise failure(ContractError, "direct.twilio_content") from None


def _one(form: Form, name: str) -> str:
    return form.get(name, [""])[0]


__all__ = ["TwilioTold", "twilio_signature"]

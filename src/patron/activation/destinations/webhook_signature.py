"""Signing what is called, and verifying what was signed.

A receiver that is written in Python may use `verified_webhook` as it is; there are libraries for other languages.

Ref  Standard Webhooks 1.0.0 (standardwebhooks.com), "Signature scheme", "Webhook headers", "Verifying signatures"
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from patron.errors import AccessError, ContractError, SettingsError
from patron.language import failure

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64  # of a secret
TOLERANCE_S = 300
"""So far from now a call may say it was made; what is older is a repetition by somebody else."""


def webhook_secret(text: str) -> bytes:
    """Read a secret: ``whsec_`` and 24 to 64 random bytes as base64.

    Raises
    ------
    SettingsError
        It is none. It is not repeated.

    Examples
    --------
    >>> len(webhook_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    24
    """
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not text.startswith(PREFIX) or not LEAST_BYTES <= len(secret) <= MOST_BYTES:
        raise failure(SettingsError, "direct.webhook_secret", least=LEAST_BYTES, most=MOST_BYTES)
    return secret


def signed_headers(message_id: str, body: bytes, *, secrets: Sequence[bytes], now: datetime) -> dict[str, str]:
    """Return the three headers of a call; with several secrets it carries the signature of each.

    Examples
    --------
    >>> from datetime import UTC
    >>> secret = webhook_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> at = datetime.fromtimestamp(1614265330, UTC)
    >>> headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', secrets=[secret], now=at)
    >>> headers["webhook-signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    at = str(int(now.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{_signature(message_id, at, body, secret)}" for secret in secrets),
    }


def verified_webhook(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secrets: Sequence[str],
    now: datetime,
    tolerance_s: int = TOLERANCE_S,
) -> dict[str, Any]:
    """Return what a call of a webhook says, once it is certain who made it.

    Take each `webhook-id` once: the same one comes again when an answer was lost.

    Parameters
    ----------
    body : bytes
        As it came; parsed and written again it is another.
    headers : mapping
        Of the call; their names in any case.
    secrets : sequence of str
        Those that hold, as ``whsec_...``: two while they are changed.
    now : datetime
        With a time zone.
    tolerance_s : int
        So far from `now` the call may say it was made.

    Raises
    ------
    AccessError
        A header is missing, the time is too far away, or no signature is right.
    ContractError
        It is signed, and no JSON object.
    """
    said = {name.lower(): value for name, value in headers.items()}
    message_id, at = said.get("webhook-id", ""), said.get("webhook-timestamp", "")
    if not message_id or not at.isascii() or not at.isdigit() or len(at) > 12:
        raise failure(AccessError, "direct.webhook_unsigned")
    if abs(now.timestamp() - int(at)) > tolerance_s:
        raise failure(AccessError, "direct.webhook_time", seconds=tolerance_s)
    came = [part.removeprefix("v1,") for part in said.get("webhook-signature", "").split() if part.startswith("v1,")]
    right = [_signature(message_id, at, body, webhook_secret(secret)) for secret in secrets]
    if not any(hmac.compare_digest(one.encode(), other.encode()) for one in came for other in right):
        raise failure(AccessError, "direct.webhook_signature")
    return _content(body)


def _signature(message_id: str, at: str, body: bytes, secret: bytes) -> str:
    signed = hmac.new(secret, f"{message_id}.{at}.".encode() + body, hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise failure(ContractError, "direct.webhook_content")
    return content


__all__ = ["TOLERANCE_S", "signed_headers", "verified_webhook", "webhook_secret"]

"""Whether a request was signed by who knows a secret."""

from __future__ import annotations

import hashlib
import hmac

from patron.errors import AccessError
from patron.language import failure


def sha256_of(secret: str, message: bytes) -> bytes:
    """Return the HMAC-SHA256 of a message."""
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def believe(expected: str, came: str, *, destination: str) -> None:
    """Compare without telling how much of it was right.

    Raises
    ------
    AccessError
        They differ.
    """
    if not hmac.compare_digest(expected.encode(), came.encode()):
        raise failure(AccessError, "crm.not_signed", destination=destination)


__all__ = ["believe", "sha256_of"]

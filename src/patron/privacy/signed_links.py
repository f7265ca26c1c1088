"""Links that let one person change her own choices, without an account: whoever holds the link is believed to be her.

A link ends in a token that nobody can guess, forge or read: what it says (who, what for, for which message, since
when) is sealed by AES-SIV under a key of the project (`link_key`), derived by HKDF. AES-SIV needs no randomness: the
same link is the same text whenever it is made, so that what is made twice is equal. It says nothing to whoever sees it,
neither an id nor whether two messages went to the same person.

Tokens are written in base64url (RFC 4648, section 5), without padding: letters, digits, ``-`` and ``_``, so that no
mail program breaks them. No two texts are the same token.

Ref  RFC 5297 (AES-SIV), RFC 5869 (HKDF), RFC 8058 section 3.1 (an opaque part that is hard to forge)
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from patron.privacy.own_key import own_key

KEY_FILE = "link_key"
LONGEST = 2048  # characters of a token: one that is longer is none of ours, and is not looked at

LinkFor = Literal["unsubscribe", "preferences"]

_BOUND = [b"patron: link 1"]
_KINDS: dict[LinkFor, str] = {"unsubscribe": "u", "preferences": "p"}
_READ: dict[str, LinkFor] = {short: kind for kind, short in _KINDS.items()}


@dataclass(frozen=True, kw_only=True)
class SignedLink:
    """What a token says."""

    customer_id: str
    what_for: LinkFor
    made_on: date
    delivery_id: str  # of the message that it stood in: the proof of what is said by it
    channel: str | None = None  # of an unsubscription; none: of all


class LinkSigner:
    """Makes and reads tokens under one key; it never shows the key.

    Parameters
    ----------
    secret : bytes
        32 bytes (`link_key`).

    Examples
    --------
    >>> signer = LinkSigner(bytes(32))
    >>> link = SignedLink(
    ...     customer_id="ann", what_for="unsubscribe", made_on=date(2026, 3, 1), delivery_id="d1", channel="email"
    ... )
    >>> token = signer.token(link)
    >>> "ann" in token, signer.read(token) == link, signer.read(token[:-1] + "A"), signer.read("anything")
    (False, True, None, None)
    """

    def __init__(self, secret: bytes) -> None:
        self._siv = AESSIV(HKDF(algorithm=SHA256(), length=64, salt=None, info=b"patron: signed links").derive(secret))

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "LinkSigner()"

    def token(self, link: SignedLink) -> str:
        """Return the token of a link."""
        said = [_KINDS[link.what_for], link.customer_id, link.channel, link.delivery_id, link.made_on.toordinal()]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        sealed = self._siv.encrypt(text.encode("utf-8", "surrogatepass"), _BOUND)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, token: str) -> SignedLink | None:
        """Return what a token says; none where it is none of ours, or was changed."""
        if not 0 < len(token) <= LONGEST:
            return None
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(sealed).decode().rstrip("=") != token:
                return None
            said = self._siv.decrypt(sealed, _BOUND)
        except (binascii.Error, ValueError, InvalidTag):
            return None
        kind, customer_id, channel, delivery_id, day = json.loads(said.decode("utf-8", "surrogatepass"))
        return SignedLink(
            customer_id=customer_id, what_for=_READ[kind], channel=channel, delivery_id=delivery_id,
            made_on=date.fromordinal(day),
        )  # fmt: skip


def link_key(folder: Path) -> bytes:
    """Return the key of the project's links; `folder` is the project's own (``.patron``).

    Raises
    ------
    RunError
        The key cannot be read or made, or is cut off.
    """
    return own_key(folder, KEY_FILE, unreadable="preferences.link_key_unreadable")


__all__ = ["KEY_FILE", "LinkFor", "LinkSigner", "SignedLink", "link_key"]

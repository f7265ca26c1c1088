"""A signature by which a receiver knows that an e-mail comes from its domain and was not changed.

Both parts are put in the relaxed form, and what is signed is what one-click unsubscribing asks for (RFC 8058, section
4: the signature covers List-Unsubscribe and List-Unsubscribe-Post) beside what RFC 6376, section 5.4.1 recommends.
Headers that must be there once are signed once more than they are there, so that nobody adds a second one.

Ref  RFC 6376 (DKIM), RFC 8463 (Ed25519), RFC 8301 (RSA with 1024 bits at least, better 2048; SHA-256 alone)
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from patron.errors import SettingsError
from patron.language import failure

SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type",
    "content-transfer-encoding", "content-language", "list-id", "list-unsubscribe", "list-unsubscribe-post",
    "feedback-id", "auto-submitted",
)  # fmt: skip
"""Of these, those that are there."""

ONCE = ("from", "to", "subject", "date", "message-id", "reply-to", "list-unsubscribe", "list-unsubscribe-post")
"""Signed once more, whether they are there or not: one that is added breaks the signature."""

SMALLEST_RSA = 1024  # bits; RFC 8301, 3.2

_BLANKS = re.compile(rb"[ \t]+")
_LINE = 70


@dataclass(frozen=True)
class DkimKey:
    """A domain's key: the DNS holds its public half at ``SELECTOR._domainkey.DOMAIN``."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """As the signature names it."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, data: bytes) -> bytes:
        """Sign what was put in the relaxed form."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, PKCS1v15(), SHA256())
        return self.private.sign(sha256(data).digest())


def dkim_key(domain: str, selector: str, pem: str, *, key: str) -> DkimKey:
    """Read a private key: PEM, RSA of 1024 bits at least or Ed25519. `key` says where the settings name it.

    Raises
    ------
    SettingsError
        It is none of these.
    """
    try:
        private = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # their texts may repeat what they could not read
        raise failure(SettingsError, "email.dkim_unreadable", key=key) from None
    if isinstance(private, Ed25519PrivateKey) or (
        isinstance(private, RSAPrivateKey) and private.key_size >= SMALLEST_RSA
    ):
        return DkimKey(domain, selector, private)
    raise failure(SettingsError, "email.dkim_unreadable", key=key)


def dkim_header(message: bytes, key: DkimKey, *, now: datetime) -> bytes:
    """Return the header that signs a message, to stand before all others.

    Parameters
    ----------
    message : bytes
        Headers, an empty line and the body; lines end with CR LF, and each header is there once.
    key : DkimKey
        Of the domain that it comes from.
    now : datetime
        When it is signed; aware.
    """
    head, _, body = message.partition(b"\r\n\r\n")
    headers = _headers(head)
    names = [name for name in SIGNED if name in headers] + list(ONCE)
    tags = {
        "v": "1", "a": key.algorithm, "c": "relaxed/relaxed", "d": key.domain, "s": key.selector,
        "t": str(int(now.timestamp())), "h": ":".join(names),
        "bh": base64.b64encode(sha256(_relaxed_body(body)).digest()).decode(), "b": "",
    }  # fmt: skip
    unsigned = "DKIM-Signature: " + _folded(tags)
    signed = _each_once(names, headers) + _relaxed_header(unsigned.encode())
    b = base64.b64encode(key.sign(signed)).decode()
    return unsigned.encode() + b"\r\n ".join(b[at : at + _LINE].encode() for at in range(0, len(b), _LINE)) + b"\r\n"


def _each_once(names: list[str], headers: dict[str, bytes]) -> bytes:
    """Return what is signed of the headers: one that is named again and not there again counts as nothing."""
    return b"".join(headers[name] + b"\r\n" for name in dict.fromkeys(names) if name in headers)


def _folded(tags: dict[str, str]) -> str:
    """Write the tags, some on lines of their own; colons of `h` are where it may be broken."""
    h = tags["h"].replace(":list-", ":\r\n\tlist-", 1)
    return ";\r\n\t".join(
        (
            "; ".join(f"{name}={tags[name]}" for name in ("v", "a", "c")),
            "; ".join(f"{name}={tags[name]}" for name in ("d", "s", "t")),
            f"h={h}",
            f"bh={tags['bh']}",
            "b=",
        )
    )


def _headers(head: bytes) -> dict[str, bytes]:
    """Return each header in the relaxed form, by its name in small letters."""
    unfolded = re.sub(rb"\r\n(?=[ \t])", b"", head)
    lines = [_relaxed_header(line) for line in unfolded.split(b"\r\n")]
    return {line.partition(b":")[0].decode("ascii"): line for line in lines}


def _relaxed_header(line: bytes) -> bytes:
    """RFC 6376, 3.4.2."""
    name, _, value = re.sub(rb"\r\n(?=[ \t])", b"", line).partition(b":")
    return name.strip().lower() + b":" + _BLANKS.sub(b" ", value).strip()


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4."""
    lines = [_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


__all__ = ["ONCE", "SIGNED", "DkimKey", "dkim_header", "dkim_key"]

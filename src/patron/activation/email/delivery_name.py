"""A delivery's id in the places of an e-mail that come back: Message-ID, the bounce address, the unsubscribe address.

::

    <patron.ID@shop.example>             Message-ID
    bounce+ID@bounces.shop.example       where to tell that it could not be delivered (variable envelope return path)
    unsubscribe+ID@bounces.shop.example  where to unsubscribe by e-mail

Boxes lose their capital letters on some ways, and hold 64 signs. So an id of small letters, digits and hyphens stands
as it is, and any other in base 32 behind ``x.``.
"""

from __future__ import annotations

import base64
import binascii
import re

BOUNCE, UNSUBSCRIBE = "bounce", "unsubscribe"

LONGEST = 48  # so that each of the boxes holds 64 signs at most

_PLAIN = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST - 1}}}")
_NAME = r"(?:x\.[a-z2-7]{2,160}|[a-z0-9][a-z0-9-]{0,47})"
_MESSAGE_ID = re.compile(rf"<?\bpatron\.({_NAME})@[a-z0-9.-]+>?", re.IGNORECASE)
_BOX = re.compile(rf"\b({BOUNCE}|{UNSUBSCRIBE})\+({_NAME})(?=[@=])", re.IGNORECASE)


def name_of(delivery_id: str) -> str:
    """Return a delivery's id as an e-mail can carry it.

    Examples
    --------
    >>> name_of("0a1b-2"), name_of("Trigger:1")
    ('0a1b-2', 'x.krzgsz3hmvzdumi')
    >>> delivery_id_of(name_of("Trigger:1"))
    'Trigger:1'
    """
    if _PLAIN.fullmatch(delivery_id):
        return delivery_id
    return "x." + base64.b32encode(delivery_id.encode()).decode("ascii").rstrip("=").lower()


def delivery_id_of(name: str) -> str | None:
    """Return the id behind a name; none where it is no name of ours."""
    bare = name.lower()
    if not bare.startswith("x."):
        return bare
    code = bare[2:].upper()
    try:
        return base64.b32decode(code + "=" * (-len(code) % 8)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def message_id(delivery_id: str, domain: str) -> str:
    """Return the Message-ID of a delivery: every try of the same has the same one."""
    return f"<patron.{name_of(delivery_id)}@{domain}>"


def box(kind: str, delivery_id: str, domain: str) -> str | None:
    """Return the address of a delivery for bounces or unsubscribing; none where its id is too long for one."""
    name = name_of(delivery_id)
    return f"{kind}+{name}@{domain}" if len(name) <= LONGEST else None


def ids_in_boxes(text: str) -> list[tuple[str, str]]:
    """Return kind and delivery id of each of our addresses in a text."""
    found = [(kind.lower(), delivery_id_of(name)) for kind, name in _BOX.findall(text)]
    return [(kind, known) for kind, known in found if known is not None]


def ids_in_message_ids(text: str) -> list[str]:
    """Return the delivery id of each of our Message-IDs in a text."""
    found = [delivery_id_of(name) for name in _MESSAGE_ID.findall(text)]
    return [known for known in found if known is not None]


__all__ = [
    "BOUNCE",
    "UNSUBSCRIBE",
    "box",
    "delivery_id_of",
    "ids_in_boxes",
    "ids_in_message_ids",
    "message_id",
    "name_of",
]

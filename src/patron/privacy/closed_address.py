"""An address -> what the list of closed addresses knows it by: a hash of it as it is compared, which names nobody.

Who has the list and a list of candidates can try these one by one; who has the list alone learns nothing from it.
"""

from __future__ import annotations

from hashlib import sha256

from patron.identity.normalise.email import email
from patron.identity.normalise.phone import phone

_NUMBERS = ("sms", "phone")


def address_hash(channel: str, address: str) -> str:
    """Return the hash of an address of a channel: 64 hexadecimal digits.

    Spellings that reach the same box have the same one: small and capital letters, and dots at Gmail.

    Parameters
    ----------
    channel : str
        One of `contracts.raw_people.CHANNELS`. A number is the same for text messages and calls.
    address : str
        An e-mail address, a number with its country (E.164), a device's token.

    Examples
    --------
    >>> address_hash("email", "Ann.Lee@gmail.com") == address_hash("email", " annlee@googlemail.com")
    True
    >>> address_hash("sms", "+44 7700 900123") == address_hash("phone", "+447700900123")
    True
    """
    kind = "phone" if channel in _NUMBERS else channel
    bare = address.strip()
    if channel == "email":
        bare = email(bare).value or bare.lower()
    elif channel in _NUMBERS:
        bare = phone(bare).value or bare
    return sha256(f"{kind}\0{bare}".encode()).hexdigest()


__all__ = ["address_hash"]

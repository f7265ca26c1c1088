"""E-mail addresses as match keys.

What is no address, or nobody's (`patron.identity.normalise.email` tells), makes no key. Google takes the dots and the
+suffix of Gmail addresses out; Meta leaves them. A domain beyond ASCII is written by some in its letters and by others
in punycode, and no platform says which it hashed: both are sent.
"""

from __future__ import annotations

import re

import idna

from patron.activation.match_keys.variants import Variants, distinct, or_hashed
from patron.identity.normalise.email import email
from patron.identity.normalise.value import USED

_GMAIL = ("gmail.com", "googlemail.com")
_BLANKS = re.compile(r"\s+")


@or_hashed
def google_emails(text: str) -> Variants:
    """Return what Google is to be told of an address.

    An address at googlemail.com is sent under that domain, as the rule has it, and under gmail.com, which is the same
    box.

    Examples
    --------
    >>> google_emails("Cloudy.SanFrancisco+shopping@gmail.com"), google_emails("user.name+NYC@Example.com")
    (('cloudysanfrancisco@gmail.com',), ('user.name+nyc@example.com',))
    """
    plain = _written(text)
    local, _, domain = plain.rpartition("@")
    if domain not in _GMAIL:
        return _domains(plain)
    box = local.partition("+")[0].replace(".", "")
    return distinct(f"{box}@{name}" for name in (domain, _GMAIL[0])) if box else ()


@or_hashed
def meta_emails(text: str) -> Variants:
    """Return what Meta is to be told of an address: small letters, dots and +suffix as they are.

    Examples
    --------
    >>> meta_emails(" John.Smith+News@gmail.com ")
    ('john.smith+news@gmail.com',)
    """
    return _domains(_written(text))


def _written(text: str) -> str:
    """Return the address in small letters and without blanks; nothing where it is none or nobody's."""
    return _BLANKS.sub("", text).lower() if email(text).status == USED else ""


def _domains(address: str) -> Variants:
    local, _, domain = address.rpartition("@")
    if not domain:
        return ()
    return distinct([address, *(f"{local}@{other}" for other in _other_spellings(domain))])


def _other_spellings(domain: str) -> tuple[str, ...]:
    try:
        if not domain.isascii():
            return (idna.encode(domain, uts46=True).decode(),)
        return (idna.decode(domain),) if "xn--" in domain else ()
    except idna.IDNAError:  # it is sent as it is written
        return ()

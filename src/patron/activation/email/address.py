"""An e-mail address as SMTP carries it: its domain in ASCII, its box as it is.

Ref  RFC 5321 (SMTP), RFC 6531 (addresses beyond ASCII), RFC 5891 and UTS 46 (domains beyond ASCII)
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

LONGEST = 254  # RFC 5321, 4.5.3.1.3: a path of 256 with its brackets
LONGEST_BOX = 64  # RFC 5321, 4.5.3.1.1
LONGEST_LABEL = 63  # RFC 1035, 2.3.4

_BOX = re.compile(r"""[^\s@<>()\[\],;:"\\]+""")  # what needs no quotes; nobody's real box needs them
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True)
class Address:
    """An address that can be written to."""

    text: str = field(repr=False)
    beyond_ascii: bool  # needs a server that says SMTPUTF8


def address_of(text: str) -> Address | None:
    r"""Return an address as SMTP carries it; none where it is no address.

    Examples
    --------
    >>> address_of(" Ann@Bücher.example ").text
    'Ann@xn--bcher-kva.example'
    >>> address_of("анна@пример.example").beyond_ascii
    True
    >>> address_of("ann@shop.example\r\nRCPT TO:<eve@shop.example>") is None
    True
    """
    bare = unicodedata.normalize("NFC", text.strip(" "))
    box, _, domain = bare.rpartition("@")
    if not _BOX.fullmatch(box) or any(unicodedata.category(sign)[0] == "C" for sign in box):
        return None
    written = domain_of(domain)
    if written is None or "." not in written:
        return None
    whole = f"{box}@{written}"
    if len(box.encode("utf-8", "replace")) > LONGEST_BOX or len(whole.encode("utf-8", "replace")) > LONGEST:
        return None
    return Address(whole, not whole.isascii())


def domain_of(text: str) -> str | None:
    """Return a domain in ASCII; none where it is no domain.

    The labels are put in their normal form and into punycode. Python's own codec `idna` knows the rules of 2003 alone,
    by which straße.de is the domain of somebody else.

    Examples
    --------
    >>> domain_of("Straße.DE"), domain_of("a..b")
    ('xn--strae-oqa.de', None)
    """
    labels = [_label(part) for part in unicodedata.normalize("NFKC", text.lower()).replace("。", ".").split(".")]
    if any(label is None for label in labels):
        return None
    return ".".join(label for label in labels if label is not None)


def _label(text: str) -> str | None:
    if any(unicodedata.category(sign)[0] not in "LMN" and sign != "-" for sign in text):
        return None
    label = text if text.isascii() else f"xn--{text.encode('punycode').decode('ascii')}"
    return label if _LABEL.fullmatch(label) and len(label) <= LONGEST_LABEL else None


__all__ = ["Address", "address_of", "domain_of"]

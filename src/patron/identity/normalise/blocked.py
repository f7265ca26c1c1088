"""Values that stand for no value: what people and systems write where nothing is known.

Such a value is the same for thousands who have nothing to do with each other, so it never links. The patterns are
plain enough to mean the same in Python, RE2 and Java: no class that knows languages, no look-around, no back-reference.
"""

from __future__ import annotations

import re
import string

import ibis.expr.types as ir

WORDS = frozenset(
    [
        "null",
        "none",
        "nil",
        "nan",
        "na",
        "undefined",
        "unknown",
        "unspecified",
        "notavailable",
        "notapplicable",
        "notprovided",
        "notknown",
        "notset",
        "missing",
        "empty",
        "blank",
        "default",
        "void",
        "deleted",
        "removed",
        "redacted",
        "hidden",
        "anonymous",
        "anonymized",
        "anonymised",
        "anonym",
        "anon",
        "guest",
        "guestuser",
        "test",
        "tests",
        "tester",
        "testing",
        "testuser",
        "testtest",
        "dummy",
        "fake",
        "sample",
        "invalid",
        "error",
        "tba",
        "tbd",
        "nobody",
        "noname",
        "asdf",
        "asdfasdf",
        "asdfgh",
        "qwerty",
        "qwertz",
        "abc",
        "abcd",
        "abc123",
        "foo",
        "bar",
        "foobar",
        "string",
        "value",
        "x",
        "xx",
        "keine",
        "keiner",
        "unbekannt",
        "gast",
        "inconnu",
        "anonyme",
        "invite",
        "desconocido",
        "anonimo",
        "sconosciuto",
        "ospite",
        "onbekend",
        "gast",
        "nieznany",
        "brak",
        "okand",
        "ukjent",
        "ukendt",
        "tuntematon",
        "neznamy",
        "nepoznat",
        "12345678",
        "123456789",
        "1234567890",
        "0123456789",
        "012345678",
        "987654321",
        "9876543210",
        "0987654321",
        "9774d56d682e549c",
    ]
)
"""In lower case, letters and digits only. The last is the device id that a fault gave to millions of telephones."""

REPEATED = "^(?:0+|" + "|".join([f"{mark}{{4,}}" for mark in string.digits[1:]]
                                + [f"{mark}{{3,}}" for mark in string.ascii_lowercase]) + ")$"  # fmt: skip
"""Nothing but one digit or letter, over and over."""

_REPEATED = re.compile(REPEATED)
_SIGNS = "[^a-z0-9]+"
_NOT_PLAIN = re.compile(_SIGNS)
_RISING = "01234567890123456789"
_FALLING = _RISING[::-1]


def is_placeholder(text: str) -> bool:
    """Tell whether `text` stands for no value, whatever its kind.

    Examples
    --------
    >>> [is_placeholder(text) for text in ("NULL", "n/a", "---", "00000000-0000-0000-0000-000000000000", "Nora")]
    [True, True, True, True, False]
    """
    lower = text.lower()
    bare = _NOT_PLAIN.sub("", lower)
    if not bare:
        return not any(mark.isalnum() for mark in lower)
    return (bare in WORDS or _REPEATED.search(bare) is not None) and lower.isascii()


def placeholder(text: ir.StringValue) -> ir.BooleanValue:
    """Say the same of a column of printable ASCII."""
    bare = text.lower().re_replace(_SIGNS, "")
    return bare.isin(sorted(WORDS)) | (bare == "") | bare.re_search(REPEATED)


def is_made_up_number(digits: str) -> bool:
    """Tell whether a number was typed to fill a field: one digit repeated to the end, or digits in order.

    Examples
    --------
    >>> [is_made_up_number(digits) for digits in ("0000000", "1234567890", "1500000000", "8005550100")]
    [True, True, True, False]
    """
    if len(digits) >= 8 and digits.count(digits[-1], -7) == 7:
        return True
    return digits.count(digits[:1]) == len(digits) or (len(digits) > 4 and (digits in _RISING or digits in _FALLING))

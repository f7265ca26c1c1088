"""One Latin spelling for what many alphabets and transliterations write in many ways.

`anyascii` writes any script in ASCII. On top of it, the ways in which languages that use the Latin alphabet write one
sound are made one: Müller, Mueller and Muller; Юлия, Yulia, Julia and Iuliia; Иванов, Ivanov and Iwanow. The result is
a key to compare, not a name to read.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_GREEK = str.maketrans({"ς": "σ"})
_PAIRS = (
    ("ου", "u"), ("ού", "u"), ("αυ", "av"), ("αύ", "av"), ("ευ", "ev"), ("εύ", "ev"), ("γγ", "ng"),
)  # fmt: skip
"""Greek letters that are one sound together; letter by letter they would come out as two."""

_SOUNDS = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ou", "u"), ("ph", "f"), ("kh", "h"), ("tsch|tch", "ch"),
        ("sch", "sh"), ("off$", "ov"), ("w", "v"), ("ks", "x"), ("y", "i"), ("([a-z])\\1+", "\\1"), ("(?<=.)j$", "i"),
        ("(?<=[bcdfghklmnprstvz])j(?=[aeou])", "i"), ("^ju", "iu"), ("^ie", "e"), ("ii+", "i"),
    )
)  # fmt: skip
"""In this order: ü, which anyascii writes u, before what Germans write ue; doubled letters after those that double."""

_MEMORY = 200_000  # words: all given and family names of a large shop, in some 40 MB


def ascii_letters(text: str) -> str:
    """Write a text of any script in ASCII, in lower case.

    Examples
    --------
    >>> ascii_letters("Łukasz Σταύρου ﬁ")
    'lukasz stavru fi'
    """
    if text.isascii():
        return text.lower()
    lower = unicodedata.normalize("NFKC", text).casefold().translate(_GREEK)
    for greek, latin in _PAIRS:
        lower = lower.replace(greek, latin)
    return str(anyascii(lower)).lower()


@lru_cache(maxsize=_MEMORY)
def fold(word: str) -> str:
    """Return the key of one word: lower-case ASCII letters and digits.

    Examples
    --------
    >>> [fold(word) for word in ("Müller", "Mueller", "MULLER", "Søren", "Soeren", "Иванов", "Iwanow")]
    ['muler', 'muler', 'muler', 'soren', 'soren', 'ivanov', 'ivanov']
    """
    key = "".join(mark for mark in ascii_letters(word) if mark.isalnum())
    for pattern, written in _SOUNDS:
        key = pattern.sub(written, key)
    return key

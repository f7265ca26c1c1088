"""Names of people, as keys that do not depend on script, spelling, order or titles.

``Dr. Anna van der Müller-Smith``, ``Mueller Smith, Anna`` and ``ANNA MULLER SMITH`` are one name. Particles and middle
initials are left out, because one system keeps them and the next does not; a name that is nothing else keeps them.

Japanese written in characters is read as Chinese, and names in Arabic or Hebrew lack their vowels unless the name is in
the table of spellings (`name_words.NATIVE`): such names agree among themselves, not with their Latin form.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from patron.identity.normalise.blocked import is_placeholder
from patron.identity.normalise.latin import ascii_letters, fold
from patron.identity.normalise.name_words import (
    FIELDS,
    JOINED,
    LONG_FAMILY_NAMES,
    NATIVE,
    NOBODY,
    PARTICLES,
    REAL,
    SUFFIXES,
    TITLES,
    VARIANTS,
)
from patron.identity.normalise.value import BLOCKED, INVALID, NOTHING, USED, Normal, clean

_MEMORY = 100_000  # parts of names
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|\"[^\"]*\"|„[^“]*“")
_APOSTROPHES = re.compile("['’‘ʼʻ`´ʹ]")
_BREAKS = re.compile(r"[^\w]+|_+")
_FAMILY_FIRST = re.compile("[\u3400-\u9fff\uac00-\ud7a3]{2,4}")
"""Chinese, Japanese or Korean without a blank."""

_NAMES_TOO = frozenset({"Na", "Nan", "娜", "나"})
"""What machines write in small or capital letters for a missing value."""

_NOBODY = re.compile(NOBODY)
_SMALL = TITLES | SUFFIXES | PARTICLES | JOINED


class Name(NamedTuple):
    """A whole name told apart, as it was written."""

    given: str
    family: str


class WholeName(NamedTuple):
    """A whole name and its parts, as written and normalised."""

    whole: Normal
    given: Normal
    family: Normal
    written: Name


@lru_cache(maxsize=_MEMORY)
def given_name(text: str) -> Normal:
    """Normalise given names, without title and middle initials.

    Examples
    --------
    >>> given_name("Dr. Jürgen F."), given_name("N/A").status
    (Normal(value='iurgen', status='used'), 'blocked')
    """
    keys = _words(text)
    while len(keys) > 1 and keys[-1] in PARTICLES:  # "Ludwig van", where the next column says "Beethoven"
        keys = keys[:-1]
    found = _judged(text, _key(keys))
    return Normal(found.value, INVALID) if found.status == USED and found.value in TITLES else found


@lru_cache(maxsize=_MEMORY)
def family_name(text: str) -> Normal:
    """Normalise a family name, without particles and suffixes.

    Examples
    --------
    >>> [family_name(text).value for text in ("van der Berg", "O'Brien", "O Brien", "King Jr.", "Müller-Lüdenscheidt")]
    ['berg', 'obrien', 'obrien', 'king', 'muler ludensheidt']
    """
    keys = _words(text)
    return _judged(text, _key([key for key in keys if key not in PARTICLES] or keys))


def name(text: str) -> Normal:
    """Normalise a whole name, in either order.

    Examples
    --------
    >>> name("Schmidt, Anna") == name("Frau Anna Schmidt") == name("SCHMIDT ANNA")
    True
    >>> name("Иванов Юлия").value == name("Yulia Ivanov").value
    True
    """
    return whole_name(text).whole


def whole_name(text: str) -> WholeName:
    """Normalise a whole name and tell given from family name.

    Without a comma the family name is the last word, and the particles before it. One word alone is no whole name: too
    many people have it.
    """
    written = split_name(text)
    given, family = given_name(written.given), family_name(written.family)
    if given.value and family.value:
        return WholeName(together(given, family), given, family, written)
    if family.value:  # Mr Lee
        return WholeName(Normal(family.value, min(INVALID, family.status)), NOTHING, family, written)
    found = family_name(text)
    whole = Normal(found.value, BLOCKED if found.status == BLOCKED else INVALID)
    return WholeName(whole, NOTHING, NOTHING, written)


def together(given: Normal, family: Normal) -> Normal:
    """Return the whole name's key from those of its parts: all words in alphabetical order."""
    value = " ".join(sorted(f"{given.value} {family.value}".split(" ")))
    return Normal(value, BLOCKED if _NOBODY.search(value) else min(given.status, family.status))


def split_name(text: str) -> Name:
    """Tell given and family name apart, as they were written.

    Examples
    --------
    >>> split_name("Dr. Anna Maria van der Berg"), split_name("李小龙")
    (Name(given='Dr. Anna Maria', family='van der Berg'), Name(given='小龙', family='李'))
    >>> split_name("Beethoven, Ludwig van")
    Name(given='Ludwig', family='van Beethoven')
    """
    written = clean(text)
    words = written.split(" ")
    if len(words) == 2 and _is_bare(words[0]) and _is_bare(words[1]):
        return Name(words[0], words[1])
    written = clean(_ASIDE.sub(" ", written)) or written
    before, comma, after = written.partition(",")
    if comma and any(fold(word) not in SUFFIXES for word in after.replace(",", " ").split()):
        return _turned(after.strip(" ,").split(), before.strip())
    words = (before if comma else written).split()
    if len(words) == 1 and _FAMILY_FIRST.fullmatch(words[0]):
        length = 2 if words[0][:2] in LONG_FAMILY_NAMES and len(words[0]) > 2 else 1
        return Name(words[0][length:], words[0][:length])
    if all("\u3400" <= mark <= "\u9fff" or "\uac00" <= mark <= "\ud7a3" for word in words for mark in word):
        return Name(" ".join(words[1:]), "".join(words[:1]))
    return _split(words)


@lru_cache(maxsize=_MEMORY)
def _is_bare(word: str) -> bool:
    """Tell whether a word is a name and nothing else, in a script that writes the family name last."""
    return word.isalpha() and word < "\u3400" and len(word) > 1 and fold(word) not in _SMALL


def _turned(given: list[str], family: str) -> Name:
    """Put the particles that a list sorted by family name left behind back where they belong."""
    end = len(given)
    while end > 1 and fold(given[end - 1]) in PARTICLES:
        end -= 1
    return Name(" ".join(given[:end]), " ".join([*given[end:], family]))


def _split(words: list[str]) -> Name:
    keys = [fold(word) for word in words]
    first = next((place for place, key in enumerate(keys[:-1]) if key not in TITLES), max(len(keys) - 1, 0))
    last = len(words) - 1
    while last > first + 1 and (keys[last] in SUFFIXES or len(keys[last]) < 2):
        last -= 1
    if last > first + 1 and keys[first] in PARTICLES:  # van der Berg Anna
        end = next((place for place in range(first, last) if keys[place] not in PARTICLES), last) + 1
        return Name(" ".join(words[end:]), " ".join(words[:end]))
    start = last
    if last == first:  # Mr Lee
        return Name("", " ".join(words[first:]) if first else "")
    while start > first + 1 and keys[start - 1] in PARTICLES | JOINED:
        start -= 1
    return Name(" ".join(words[:start]), " ".join(words[start:]))


def _words(text: str) -> list[str]:
    """Return the keys of a name's words without titles and suffixes, as far as that leaves any."""
    plain = _APOSTROPHES.sub("", _ASIDE.sub(" ", clean(text)))
    keys = [key for key in map(_word_key, _BREAKS.split(plain)) if key]
    while len(keys) > 1 and keys[0] in TITLES:
        keys = keys[1:]
    while len(keys) > 1 and keys[-1] in SUFFIXES:
        keys = keys[:-1]
    return _with_joined(keys)


def _word_key(word: str) -> str:
    return NATIVE.get(word.casefold()) or fold(word)


def _with_joined(keys: list[str]) -> list[str]:
    joined: list[str] = []
    for key in keys:
        if joined and joined[-1] in JOINED:
            joined[-1] = fold(joined[-1] + key)
        else:
            joined.append(key)
    return joined


def _key(keys: list[str]) -> str:
    full = [key for key in keys if len(key) > 1] or keys
    return " ".join([VARIANTS.get(key, key) for key in full])


def _judged(text: str, key: str) -> Normal:
    if not key:
        value = clean(text).casefold()
        return Normal(value, BLOCKED if is_placeholder(value) else INVALID) if value else NOTHING
    stands_for_none = is_placeholder(ascii_letters(text)) and key not in REAL and text.strip() not in _NAMES_TOO
    if stands_for_none or all(word in FIELDS for word in key.split(" ")):
        return Normal(key, BLOCKED)
    return Normal(key, INVALID if key.replace(" ", "").isdigit() else USED)

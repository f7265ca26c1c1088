"""Given and family names as match keys: small letters, no punctuation, letters of every alphabet as they are.

A title before and a suffix behind go, as Google asks for; Meta knows people without them as well. What stands for no
name (`patron.identity.normalise` tells) makes no key. Google keeps the blanks within; Meta does not say, so a name of
several words is sent with and without.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from patron.activation.match_keys.variants import Variants, distinct, or_hashed
from patron.identity.normalise.latin import fold
from patron.identity.normalise.name import family_name, given_name
from patron.identity.normalise.name_words import SUFFIXES, TITLES
from patron.identity.normalise.value import USED, Normal

_NO_PUNCTUATION = frozenset("'`´^~¨¸¯˝˛·|=+<>$ʼʻʹʺ‹›")
"""Signs that Unicode does not count as punctuation and people type for an apostrophe, or by mistake."""


def google_given_name(text: str | None) -> Variants:
    """Return what Google is to be told of a given name.

    Examples
    --------
    >>> google_given_name("Mrs. Mary "), google_given_name("N/A")
    (('mary',), ())
    """
    return _given(text)


def google_family_name(text: str | None) -> Variants:
    """Return what Google is to be told of a family name.

    Examples
    --------
    >>> google_family_name("King Jr."), google_family_name("O\u2019Brien")
    (('king',), ('obrien',))
    """
    return _family(text)


def meta_given_name(text: str | None) -> Variants:
    """Return what Meta is to be told of a given name.

    Examples
    --------
    >>> meta_given_name("Vale\u0301ry"), meta_given_name("Mary Ann")
    (('val\u00e9ry',), ('mary ann', 'maryann'))
    """
    return _joined_too(_given(text))


def meta_family_name(text: str | None) -> Variants:
    """Return what Meta is to be told of a family name."""
    return _joined_too(_family(text))


@or_hashed
def _given(text: str) -> Variants:
    words = _words(text)
    while len(words) > 1 and fold(words[0]) in TITLES:
        words = words[1:]
    return _judged(text, words, given_name)


@or_hashed
def _family(text: str) -> Variants:
    words = _words(text.partition(",")[0])
    while len(words) > 1 and fold(words[-1]) in SUFFIXES:
        words = words[:-1]
    return _judged(text, words, family_name)


def _words(text: str) -> list[str]:
    """Return the words of a name in small letters, without anything that is no letter, digit or mark of one."""
    bare = "".join(mark for mark in unicodedata.normalize("NFC", text.lower()) if not _is_punctuation(mark))
    return bare.split()


def _is_punctuation(mark: str) -> bool:
    return mark in _NO_PUNCTUATION or unicodedata.category(mark)[0] == "P"


def _judged(text: str, words: list[str], known: Callable[[str], Normal]) -> Variants:
    return distinct([" ".join(words)]) if known(text).status == USED else ()


def _joined_too(names: Variants) -> Variants:
    return distinct([*names, *(name.replace(" ", "") for name in names)])

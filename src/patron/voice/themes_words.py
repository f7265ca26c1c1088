"""The words of a text, in any script, and the parts of a word by which it is known though it is bent or mistyped.

Words are runs of letters, without case and accents. Chinese and Japanese leave no spaces between words: there each pair
of neighbouring signs stands for one. A word's parts are its runs of four letters, its ends marked, so that `delivered`,
`delivery` and `delievery` share most of theirs, in whatever language.

Ref  McNamee & Mayfield (2004), Character n-gram tokenization for European language text retrieval, Information
     Retrieval 7, 73-97: four letters serve eight languages as well as their own stemmers
     Nie, Gao, Zhang & Zhou (2000), On the use of words and n-grams for Chinese information retrieval, IRAL: pairs
"""

from __future__ import annotations

import re
import unicodedata

MOST_LETTERS = 2_000
"""Of a text; what comes after them is not read."""

PART = 4
"""Letters of a part."""

_LINK = r"(?:https?://|www\.)\S+"
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_APART = re.compile(f"{_LINK}|{_EMAIL}")
_LETTERS = re.compile(r"[^\W\d_]+")
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SIGNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_KANA_MARKS = "\u3099\u309a"  # which make another letter in Japanese, not an accent


def words(text: str) -> list[str]:
    """Return the words of a text, in order.

    Examples
    --------
    >>> words("Não chegou! Escrevam para ana@example.com, 3 vezes")
    ['nao', 'chegou', 'escrevam', 'para', 'vezes']
    >>> words("物流太慢")
    ['物流', '流太', '太慢']
    """
    found: list[str] = []
    for run in _LETTERS.findall(folded(_APART.sub(" ", text[:MOST_LETTERS]))):
        if run.isascii():
            found.append(run)
            continue
        for part in _SIGNS.findall(run):
            found += _pairs(part) if without_spaces(part) else [part]
    return found


def folded(text: str) -> str:
    """Return a text without case and accents.

    Examples
    --------
    >>> folded("ÉTÉ")
    'ete'
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(one for one in apart if one in _KANA_MARKS or not unicodedata.combining(one))
    return unicodedata.normalize("NFC", bare)


def without_spaces(word: str) -> bool:
    """Tell whether a word is of a script that leaves no spaces between words."""
    return "\u3040" <= word[:1] <= "\u30ff" or "\u3400" <= word[:1] <= "\u9fff" or "\uf900" <= word[:1] <= "\ufaff"


def _pairs(signs: str) -> list[str]:
    return [signs[place : place + 2] for place in range(len(signs) - 1)] or [signs]


def parts(word: str) -> list[str]:
    """Return the parts of one word.

    Examples
    --------
    >>> parts("late"), parts("no"), parts("物流")
    ([' lat', 'late', 'ate '], [' no '], ['物流'])
    """
    if without_spaces(word):
        return [word]
    ended = f" {word} "
    return [ended[place : place + PART] for place in range(max(len(ended) - PART + 1, 1))]

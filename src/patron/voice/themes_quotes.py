"""Texts that may be quoted: without what names or reaches anybody, of themes that enough people speak of.

Nothing is looked for that might be a name. A word is quoted only where it is known not to tell anybody apart: enough
customers have written it, and it is no name of a customer. Links, addresses and numbers of three digits and more go
first. So a quote holds no word that fewer people use than the smallest cell, be it a name, a street or a slip.

Ref  Sweeney (2002), k-anonymity, Int. J. of Uncertainty, Fuzziness and Knowledge-Based Systems 10(5), 557-570
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from patron.voice.themes_words import without_spaces, words

HIDDEN = "[…]"
SHORTEST, LONGEST = 12, 240  # letters of a quote
QUOTES = 3  # of a theme
MOST_HIDDEN = 0.25  # share of a quote's words

_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|[^\s@<>()\[\]]+@[^\s@<>()\[\],;!?]*\w"
    r"|\w+\s*[\[(]\s*at\s*[\])]\s*\w+(?:\s*[\[(.]?\s*(?:dot)?\s*[\])]?\s*\w+)?"
    r"|@\w+"
    r"|\b[\w-]+\.(?:com|net|org|io|co|de|fr|es|it|br|ru|cn|uk|pt|nl|pl|at|ch)\b\S*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[\w.-]*\d(?:[\s().,/:+-]*[\w]*\d)*\w*")
_RUN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_AGAIN = re.compile(r"\[…\](?:[\s,;.'’-]*\[…\])+")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_FEW_DIGITS = 2


@dataclass(frozen=True, kw_only=True)
class Example:
    """A text near the middle of its theme."""

    text_id: str
    customer_id: str
    theme: str
    closeness: float
    text: str


def masked(text: str, *, common: Collection[str]) -> str:
    """Return a text of which only what many people write is left.

    Parameters
    ----------
    text : str
        As it was written.
    common : collection of str
        Folded words that enough people have written and that are no names.

    Examples
    --------
    >>> masked("Call Ann at 0171 234567, the parcel is late!", common={"call", "at", "the", "parcel", "is", "late"})
    'Call […] at […], the parcel is late!'
    """
    said = _NUMBER.sub(_without_number, _ADDRESS.sub(f" {HIDDEN} ", _BLANK.sub(" ", text)))
    said = _RUN.sub(lambda run: run[0] if _known(run[0], common) else HIDDEN, said)
    return _BLANK.sub(" ", _AGAIN.sub(HIDDEN, said)).strip().replace(f"{HIDDEN} ,", f"{HIDDEN},")


def _without_number(found: re.Match[str]) -> str:
    digits = sum(one.isdigit() for one in found[0])
    letters = any(one.isalpha() for one in found[0])
    return found[0] if digits <= _FEW_DIGITS and not letters else f"{HIDDEN}"


def _known(run: str, common: Collection[str]) -> bool:
    """Tell whether all words of a run of letters are common; of signs without spaces each pair."""
    split = words(run)
    return bool(split) and all(word in common for word in split)


def quotes(examples: Sequence[Example], *, common: Collection[str]) -> dict[str, str]:
    """Choose what to quote: of each theme the three nearest that lose least, each of another customer.

    Returns
    -------
    dict of text_id to quote
    """
    chosen: dict[str, str] = {}
    taken: dict[str, tuple[set[str], set[str]]] = {}
    fit = [(one, shown) for one in examples if (shown := _quotable(one.text, common))]
    for one, shown in sorted(fit, key=lambda pair: (HIDDEN in pair[1], -pair[0].closeness, pair[0].text_id)):
        people, said = taken.setdefault(one.theme, (set(), set()))
        key = " ".join(words(shown))
        if len(said) < QUOTES and one.customer_id not in people and key not in said:
            chosen[one.text_id] = shown
            people.add(one.customer_id)
            said.add(key)
    return chosen


def _quotable(text: str, common: Collection[str]) -> str | None:
    """Return the masked text where enough of it is left."""
    shown = _short(masked(text[: 4 * LONGEST], common=common))
    left = words(shown)
    hidden = shown.count(HIDDEN)
    least = SHORTEST // 3 if any(map(without_spaces, left)) else SHORTEST
    if len(shown) < least or hidden > MOST_HIDDEN * (len(left) + hidden):
        return None
    return shown


def _short(text: str) -> str:
    """Cut a long text after a word."""
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST]
    at = cut.rfind(" ")
    return f"{cut[:at] if at > LONGEST // 2 else cut} …"


IsName = Callable[[Collection[str]], Collection[str]]
"""From folded words, those that are names of customers."""

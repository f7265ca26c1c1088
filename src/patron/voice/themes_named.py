"""What sets a theme's words apart from all others of its language, and the name that is made of them.

Each word's log-odds in the theme are held against those in the rest, both drawn to the word's share everywhere, and
measured in their own standard errors: a word that came twice cannot lead, however seldom it is elsewhere.

Ref  Monroe, Colaresi & Quinn (2008), Fightin' Words, Political Analysis 16(4), 372-403: equations 16, 20 and 22
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from patron.voice.themes_words import folded, without_spaces

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIOR, OF_TEXTS = 500.0, 0.25  # texts that all words' shares are drawn together by: so many, or this share of all
TOLD, IN_NAME = 8, 2
SHORTEST = 3  # letters of a word in a name
BEYOND = 2.0  # standard errors from which a word is told
_RUN = re.compile(r"[^\W\d_]+")


def log_odds(inside: Floats, texts: float, everywhere: Floats, all_texts: float) -> Floats:
    """Return how far each word's log-odds in a theme lie above those in the rest, in standard errors.

    Parameters
    ----------
    inside, everywhere : array, shape (words,)
        In how many texts of the theme, and of all, each word stands.
    texts, all_texts : float
        How many texts there are.

    Examples
    --------
    >>> log_odds(np.array([50.0, 50.0]), 100, np.array([60.0, 500.0]), 1000).round(1).tolist()
    [9.9, 0.0]
    """
    drawn = min(PRIOR, OF_TEXTS * all_texts)
    prior = drawn * everywhere / all_texts
    rest, others = everywhere - inside, all_texts - texts
    own = np.log(inside + prior) - np.log(np.maximum(texts + drawn - inside - prior, 0.5))
    other = np.log(rest + prior) - np.log(np.maximum(others + drawn - rest - prior, 0.5))
    return np.asarray((own - other) / np.sqrt(1 / (inside + prior) + 1 / (rest + prior)))


def telling_words(
    held: sparse.csr_matrix, groups: Ints, known: Sequence[str], allowed: NDArray[np.bool_]
) -> list[list[str]]:
    """Return the words that set each group apart, the surest first.

    Parameters
    ----------
    held : sparse array, shape (texts, words)
        1 where a text has a word.
    groups : array of int
        Of each text; -1 for none.
    known : sequence of str
        The words.
    allowed : array of bool
        Which of them may be told.
    """
    everywhere = np.asarray(held.sum(axis=0)).ravel()
    told = []
    for group in range(int(groups.max(initial=-1)) + 1):
        own = groups == group
        inside = np.asarray(held[own].sum(axis=0)).ravel()
        score = np.where(allowed & (inside > 0), log_odds(inside, own.sum(), everywhere, len(groups)), -np.inf)
        order = np.lexsort((np.array(known), -score))[:TOLD]
        told.append([known[place] for place in order if score[place] >= BEYOND])
    return told


def spellings(texts: Iterable[str], asked: Collection[str]) -> dict[str, str]:
    """Return how each asked word is mostly written, in small letters but with its accents.

    Examples
    --------
    >>> spellings(["Não chegou", "não sei", "nao"], {"nao"})
    {'nao': 'não'}
    """
    counted: dict[str, Counter[str]] = {word: Counter() for word in asked}
    for text in texts:
        for run in _RUN.findall(text):
            if without_spaces(run):
                continue
            word = run.lower()
            if (plain := folded(word)) in counted:
                counted[plain][word] += 1
    return {
        word: max(ways, key=lambda way: (ways[way], way)) if ways else word for word, ways in sorted(counted.items())
    }


def names(told: Sequence[Sequence[str]], *, taken: Collection[str] = ()) -> list[str]:
    """Return a name for each theme, of its first words, and of more where another one is called so already.

    Examples
    --------
    >>> names([["late", "parcel"], ["late", "parcel", "weeks"]], taken=["broken"])
    ['late-parcel', 'late-parcel-weeks']
    """
    used, found = set(taken), []
    for one in told:
        long = [word for word in one if len(word) >= SHORTEST or without_spaces(word)] or list(one)
        name = next((name for name in _ways(long) if name not in used), "")
        used.add(name)
        found.append(name)
    return found


def _ways(long: Sequence[str]) -> Iterable[str]:
    first = "-".join(long[:IN_NAME]) or "theme"
    yield first
    for many in range(IN_NAME + 1, len(long) + 1):
        yield "-".join(long[:many])
    number = 2
    while True:
        yield f"{first}-{number}"
        number += 1

"""Texts of planted themes: mixed lengths, typos, things beside the point, several languages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from patron.simulate.wordings.phrases import ASIDES, CONTACTS, IDLE, JOINS, LANGUAGES

Ints = NDArray[np.int64]

LENGTHS = (0.45, 0.35, 0.20)  # share of texts with one, two and three phrases
ASIDE, SECOND_ASIDE = 0.5, 0.2  # chance of something beside the point
TYPOS, A_TYPO = 0.3, 0.04  # share of texts with typos, and chance of each letter in them
SHOUTS, LOWER = 0.05, 0.3  # share in capitals, and all in small letters
CONTACT = 0.04  # share with a number, an address or a link
IDLE_SHARE = 0.04  # share that says nothing
REPEATED = 0.05  # share said in the very words of an earlier text


def written(
    rng: np.random.Generator, themes: list[str], languages: list[str], *, idle: float = IDLE_SHARE
) -> tuple[list[str], list[str]]:
    """Write a text on each theme, in its language.

    Parameters
    ----------
    themes, languages : list of str
        One entry a text. A language that has no words for a theme says it in English.
    idle : float
        Share that says nothing instead.

    Returns
    -------
    The texts, and what each is about in truth: its theme, or `other`.
    """
    texts: list[str] = []
    truth: list[str] = []
    said: Mapping[tuple[str, str], list[str]] = {}
    said = dict(said)
    for theme, asked in zip(themes, languages, strict=True):
        language = asked if theme in LANGUAGES[asked] else "en"
        if rng.random() < idle:
            texts.append(IDLE[rng.integers(len(IDLE))])
            truth.append("other")
            continue
        before = said.setdefault((theme, language), [])
        text = before[rng.integers(len(before))] if before and rng.random() < REPEATED else _text(rng, theme, language)
        before.append(text)
        texts.append(text)
        truth.append(theme)
    return texts, truth


def _text(rng: np.random.Generator, theme: str, language: str) -> str:
    phrases, asides, joins = LANGUAGES[language][theme], ASIDES[language], JOINS[language]
    count = 1 + int(rng.choice(len(LENGTHS), p=LENGTHS))
    parts = [phrases[place] for place in rng.permutation(len(phrases))[:count]]
    for chance in (ASIDE, SECOND_ASIDE):
        if rng.random() < chance:
            parts.insert(int(rng.integers(len(parts) + 1)), asides[rng.integers(len(asides))])
    if rng.random() < CONTACT:
        parts.append(CONTACTS[rng.integers(len(CONTACTS))].format(n=rng.integers(100_000, 9_999_999)))
    text = parts[0] + "".join(joins[rng.integers(len(joins))] + part for part in parts[1:])
    if rng.random() < TYPOS:
        text = _mistyped(rng, text)
    return _cased(rng, text)


def _cased(rng: np.random.Generator, text: str) -> str:
    chance = rng.random()
    if chance < SHOUTS:
        return text.upper()
    return text if chance < SHOUTS + LOWER else text[:1].upper() + text[1:]


def _mistyped(rng: np.random.Generator, text: str) -> str:
    """Leave letters out, say them twice, or swap them with the next one."""
    letters = list(text)
    for place in np.flatnonzero(rng.random(len(letters)) < A_TYPO):
        if not letters[place].isalpha() or ord(letters[place]) > 0x2000:  # a sign for a word is not mistyped so
            continue
        way = rng.integers(3)
        if way == 0:
            letters[place] = ""
        elif way == 1:
            letters[place] *= 2
        elif place + 1 < len(letters):
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)

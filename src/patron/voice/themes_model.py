"""The themes of one language: a space, the middles of groups of texts in it, and where a text is too far from all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.contracts.theme import OTHER
from patron.voice.themes_choice import NUMBERS, TEXTS_EACH, choose, divided, middles_of, nearest
from patron.voice.themes_identity import Before
from patron.voice.themes_named import names, spellings, telling_words
from patron.voice.themes_space import Space, space, stop_words

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Names = Callable[[Collection[str]], Collection[str]]

FIRST_GROUPS = 12  # by which stop words are found
ROUNDS = 10
NEAR = 0.1  # cosine to the middle that a text has at least, or it fits nowhere


@dataclass(frozen=True, kw_only=True)
class Theme:
    """One theme; `words` the surest first, as they are mostly written."""

    name: str
    words: tuple[str, ...]
    middle: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class LanguageThemes:
    """What was learned from the texts of one language."""

    language: str
    space: Space
    themes: tuple[Theme, ...]
    limit: float
    stability: float
    stop: frozenset[str]
    common: frozenset[str]
    hidden: frozenset[str]
    texts: int

    def assign(self, texts: Sequence[Sequence[str]]) -> tuple[list[str], Floats]:
        """Return the theme of each text, and how near it lies to the theme's middle (a cosine)."""
        rows = self.space.place(texts)
        groups, near = nearest(rows, np.stack([one.middle for one in self.themes]))
        far = near < self.limit
        called = [one.name for one in self.themes]
        found = [OTHER if out else called[group] for group, out in zip(groups.tolist(), far.tolist(), strict=True)]
        return found, np.where(far, 0.0, np.clip(near, 0.0, 1.0))


@dataclass(frozen=True, kw_only=True)
class Said:
    """The texts of one language to learn from, in an order of their own: of several that say the same the first."""

    ids: list[str]
    customers: list[str]
    texts: list[str]
    words: list[list[str]]

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]], split: Sequence[list[str]]) -> Said:
        """Take each text once, whatever the order of its words, its case, its signs and numbers."""
        seen: set[tuple[str, ...]] = set()
        kept = []
        for place, one in enumerate(split):
            key = tuple(sorted(set(one)))
            if key and key not in seen:
                seen.add(key)
                kept.append(place)
        columns = ([rows[place][name] for place in kept] for name in ("text_id", "customer_id", "text"))
        ids, customers, texts = columns
        return cls(ids=ids, customers=customers, texts=texts, words=[split[place] for place in kept])

    def __len__(self) -> int:
        return len(self.ids)


def learn(
    said: Said, *, language: str, before: Before | None, hidden: Names, least: int, seed: int,
    numbers: Sequence[int] = NUMBERS,
) -> LanguageThemes | None:  # fmt: skip
    """Find the themes of one language; none where its texts share too little to tell any.

    Parameters
    ----------
    said : Said
        Texts of it.
    language : str
        Which one.
    before : Before or None
        What the run before found in it.
    hidden : callable
        From words, those that must not be told, such as names of people.
    least : int
        The fewest customers that must have said a theme, and used a word that is told.
    seed : int
        Of samples, halves and the decomposition.
    numbers : sequence of int
        How many themes may be found.
    """
    made = _space_of(said, seed=seed)
    if made is None:
        return None
    learned, rows, stop = made
    there = np.linalg.norm(rows, axis=1) > 0
    if there.sum() < 2 * TEXTS_EACH:
        return None
    chosen = choose(rows[there], seed=seed, numbers=numbers, before=len(before.themes) if before else None)
    middles = chosen.middles
    for _ in range(ROUNDS):
        middles = middles_of(rows[there], nearest(rows[there], middles)[0])
    limit = _limit(rows[there], middles)
    groups, near = nearest(rows, middles)
    groups[~there | (near < limit)] = -1
    groups, middles = _large(groups, middles, said.customers, least)
    if not len(middles):
        return None
    common = _by_many(said, least)
    names_of_people = frozenset(hidden(sorted(common)))
    themes = _named(said, learned, groups, middles, before=before, allowed=common - names_of_people)
    if not themes:
        return None
    return LanguageThemes(
        language=language, space=learned, themes=themes, limit=limit, stability=chosen.stability, stop=stop,
        common=common, hidden=names_of_people, texts=len(said),
    )  # fmt: skip


def _space_of(said: Said, *, seed: int) -> tuple[Space, Floats, frozenset[str]] | None:
    """Learn the space twice: with all words, and without those that are said alike in all groups."""
    first = space(said.words, seed=seed)
    if first is None:
        return None
    rows = first[1]
    there = np.linalg.norm(rows, axis=1) > 0
    if there.sum() < 2 * TEXTS_EACH:
        return None
    groups = divided(rows[there], min(FIRST_GROUPS, int(there.sum()) // TEXTS_EACH), seed=seed)
    stop = stop_words([said.words[place] for place in np.flatnonzero(there)], groups)
    again = space(said.words, stop=stop, seed=seed) if stop else None
    return (*again, stop) if again is not None else (*first, frozenset())


def _limit(rows: Floats, middles: Floats) -> float:
    """Return how near a text must be: nearer than half of the texts are to the middle next to their own."""
    if len(middles) < 2:
        return NEAR
    second = np.sort(rows @ middles.T, axis=1)[:, -2]
    return max(NEAR, float(np.median(second)))


def _large(groups: Ints, middles: Floats, customers: Sequence[str], least: int) -> tuple[Ints, Floats]:
    """Dissolve the groups of too few customers."""
    who = np.array(customers)
    kept = [one for one in range(len(middles)) if len(np.unique(who[groups == one])) >= least]
    place = np.full(len(middles) + 1, -1)
    place[kept] = np.arange(len(kept))
    return place[groups].astype(np.int64), middles[kept]


def _named(
    said: Said, learned: Space, groups: Ints, middles: Floats, *, before: Before | None, allowed: Collection[str]
) -> tuple[Theme, ...]:  # fmt: skip
    """Name the groups; one without a word that may be told is no theme."""
    held = learned.counts(said.words)
    held.data[:] = 1.0
    known = list(learned.words)
    folded = telling_words(held, groups, known, np.array([word in allowed for word in known]))
    kept = [group for group, one in enumerate(folded) if one]
    place = np.full(len(folded) + 1, -1)
    place[kept] = np.arange(len(kept))
    groups, middles, folded = place[groups], middles[kept], [folded[group] for group in kept]
    ways = spellings(said.texts, {word for told in folded for word in told})
    told = [[ways[word] for word in one] for one in folded]
    old = before.known_as(said.ids, groups.tolist(), told) if before else {}
    fresh = names([one for place, one in enumerate(told) if place not in old], taken=[*old.values(), OTHER])
    rest = iter(fresh)
    return tuple(
        Theme(name=old.get(place) or next(rest), words=tuple(one), middle=middles[place])
        for place, one in enumerate(told)
    )  # fmt: skip


def _by_many(said: Said, least: int) -> frozenset[str]:
    """Return the words that enough customers have written."""
    who: dict[str, set[str]] = {}
    for customer, written in zip(said.customers, said.words, strict=True):
        for word in set(written):
            people = who.setdefault(word, set())
            if len(people) < least:
                people.add(customer)
    return frozenset(word for word, people in who.items() if len(people) >= least)


def renamed(found: LanguageThemes, taken: Collection[str]) -> LanguageThemes:
    """Return the themes with other names where another language has them already."""
    used = set(taken)
    themes = []
    for one in found.themes:
        name = one.name if one.name not in used else f"{one.name}-{found.language}"
        used.add(name)
        themes.append(replace(one, name=name))
    return replace(found, themes=tuple(themes))

"""Which level of each trait does a person have?

A trait of words has its words as levels; a trait of numbers has ranges, cut so that each holds about as many people. A
level that few people have is told apart by nobody: it counts as not known. What is not known says nothing, neither for
nor against: why it is missing differs between a shop's own customers and people it has only seen.

In   `FeatureTable`
Out  a place per person and trait, -1 where not known
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.feature_table import Feature, FeatureTable

Floats = NDArray[np.float64]
Codes = NDArray[np.int16]

RANGES = 5  # of a trait of numbers
LEAST_PEOPLE = 20  # of one level
FEW = 8  # different numbers or fewer are levels of their own


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The levels of one trait.

    Of words: their places among the words of the feature, which are kept. Of numbers: the upper ends of the ranges but
    the last one's; a number on an end is in the range below.
    """

    name: str
    kind: str  # word or number
    words: tuple[str, ...] = ()
    ends: tuple[float, ...] = ()
    low: float = 0.0  # the least number that was seen
    high: float = 0.0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.words) if self.kind == "word" else len(self.ends) + 1


def learn_levels(table: FeatureTable) -> tuple[Levels, ...]:
    """Return the levels of each trait that has at least two of them."""
    found = (
        _of_words(feature, column) if feature.kind == "word" else _of_numbers(feature, column)
        for feature, column in zip(table.features, table.matrix.T, strict=True)
    )
    return tuple(levels for levels in found if levels is not None)


def features_for(levels: Sequence[Levels]) -> tuple[Feature, ...]:
    """Return what has to be read of a table so that `coded` can be asked."""
    return tuple(Feature(name=one.name, kind=one.kind, words=one.words) for one in levels)


def coded(table: FeatureTable, levels: Sequence[Levels]) -> Codes:
    """Return each person's level of each trait.

    Returns
    -------
    array of shape (people, traits)
        From 0; -1 where the trait is not known, or its word was not learned.
    """
    places = {feature.name: place for place, feature in enumerate(table.features)}
    codes = np.full((table.rows, len(levels)), -1, dtype=np.int16)
    for trait, one in enumerate(levels):
        feature, values = table.features[places[one.name]], table.matrix[:, places[one.name]].astype(np.float64)
        known = ~np.isnan(values)
        if one.kind == "word":
            where = {word: place for place, word in enumerate(one.words)}
            lookup = np.array([where.get(word, -1) for word in feature.words], dtype=np.int16)
            codes[known, trait] = lookup[values[known].astype(np.int64)]
        else:
            codes[known, trait] = np.searchsorted(one.ends, values[known], side="left")
    return codes


def _of_words(feature: Feature, column: NDArray[np.float32]) -> Levels | None:
    many = np.bincount(column[~np.isnan(column)].astype(np.int64), minlength=len(feature.words))
    kept = tuple(word for word, people in zip(feature.words, many, strict=True) if people >= LEAST_PEOPLE)
    return Levels(name=feature.name, kind="word", words=kept) if len(kept) > 1 else None


def _of_numbers(feature: Feature, column: NDArray[np.float32]) -> Levels | None:
    known = column[~np.isnan(column)].astype(np.float64)
    if len(known) < 2 * LEAST_PEOPLE or known.min() == known.max():
        return None
    different = np.unique(known)
    cuts = (
        different[:-1] if len(different) <= FEW else np.quantile(known, np.arange(1, RANGES) / RANGES, method="lower")
    )
    ends = [float(end) for end in np.unique(cuts) if end < different[-1]]
    return Levels(
        name=feature.name, kind="number", ends=_wide_enough(known, ends), low=float(different[0]),
        high=float(different[-1]),
    )  # fmt: skip


def _wide_enough(known: Floats, ends: Sequence[float]) -> tuple[float, ...]:
    """Leave out ends so that each range holds enough people."""
    kept: list[float] = []
    below = 0
    for end in ends:
        until = int((known <= end).sum())
        if until - below >= LEAST_PEOPLE and len(known) - until >= LEAST_PEOPLE:
            kept.append(end)
            below = until
    return tuple(kept)

"""Texts with planted themes, to find them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from patron.simulate.arguments import seeded, whole
from patron.simulate.wordings.phrases import LANGUAGES
from patron.simulate.wordings.texts import IDLE_SHARE, written


@dataclass(frozen=True, kw_only=True, eq=False)
class PlantedTexts:
    """Texts, and beside them the truth."""

    texts: pa.Table  # text_id, customer_id, text
    theme: list[str]
    language: list[str]


def planted_texts(
    *, texts: int, seed: int, languages: Mapping[str, float] | None = None, idle: float = IDLE_SHARE
) -> PlantedTexts:  # fmt: skip
    """Write texts whose themes are known, some common and some rare.

    Parameters
    ----------
    texts : int
        How many.
    seed : int
        The same seed gives the same texts.
    languages : mapping of str to float, optional
        Share of each language, of those in `LANGUAGES`; English alone when left out.
    idle : float
        Share that says nothing of any theme.

    Examples
    --------
    >>> planted = planted_texts(texts=3, seed=1)
    >>> planted.texts.column_names, len(planted.theme)
    (['text_id', 'customer_id', 'text'], 3)
    """
    rng = seeded(seed)
    count = whole("texts", texts, least=1)
    shares = languages or {"en": 1.0}
    weight = np.array(list(shares.values())) / sum(shares.values())
    spoken = [list(shares)[place] for place in rng.choice(len(shares), count, p=weight)]
    themes = [_drawn(rng, language) for language in spoken]
    said, truth = written(rng, themes, spoken, idle=idle)
    ids = [f"T{place:07d}" for place in range(count)]
    who = [f"C{place:06d}" for place in rng.integers(0, max(count * 2 // 3, 1), count)]
    return PlantedTexts(
        texts=pa.table({"text_id": ids, "customer_id": who, "text": said}), theme=truth, language=spoken
    )


def _drawn(rng: np.random.Generator, language: str) -> str:
    """Draw a theme; the first of a language is said three times as often as the last."""
    names = list(LANGUAGES[language])
    weight = np.linspace(3.0, 1.0, len(names))
    return names[int(rng.choice(len(names), p=weight / weight.sum()))]

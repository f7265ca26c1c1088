"""What do people speak of when they write freely?

Texts become points by the parts of their words, weighed by how rare they are (TF-IDF) and drawn together into a few
directions (latent semantic analysis). In each language that enough people write, the points fall into themes, as many
as another half of the texts would show as well. A text that is near none of them is of the theme ``other``. The
themes are learned from a bounded sample; then all texts are assigned, a batch at a time.

In   text_id, customer_id, text
Out  contracts.theme.THEME_WORDS, and of each text its theme and how near it lies to the theme's middle
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.theme import OTHER, THEME_WORDS
from patron.errors import ArgumentError, NotEnoughData
from patron.language import failure
from patron.models.estimator import fitted_state
from patron.privacy.anonymity import LEAST
from patron.voice.themes_choice import NUMBERS
from patron.voice.themes_identity import Before
from patron.voice.themes_language import Speech, speech
from patron.voice.themes_layout import layout
from patron.voice.themes_model import LanguageThemes, Names, Said, learn, renamed
from patron.voice.themes_words import words

MOST_TEXTS = 20_000
"""From which themes are learned; of more a sample is drawn by their ids."""

LEAST_TEXTS = 60
"""That say different things in one language, for its themes to be told."""

BATCH = 20_000


class Themes:
    """Find what texts are about, and say of each text which of it.

    Parameters
    ----------
    numbers : sequence of int
        How many themes a language may have.
    least : int
        The fewest customers that must have said a theme, and used a word of it that is told.
    seed : int
        Of samples, halves and the decomposition.

    Examples
    --------
    >>> from patron.simulate.wordings import planted_texts
    >>> planted = planted_texts(texts=400, seed=2)
    >>> model = Themes().fit(planted.texts)
    >>> found = model.assign(planted.texts)
    >>> found.column_names
    ['text_id', 'theme', 'closeness', 'language']
    """

    def __init__(self, *, numbers: Sequence[int] = NUMBERS, least: int = LEAST, seed: int = 7) -> None:
        if not numbers or min(numbers) < 2:
            raise failure(ArgumentError, "themes.numbers", came=str(list(numbers)))
        self.numbers, self.least, self.seed = tuple(numbers), least, seed
        self.spoken_: tuple[LanguageThemes, ...] | None = None
        self.speech_ = Speech({})
        self.born_on_: Mapping[str, date | None] = {}

    def __repr__(self) -> str:
        """Say what it is fitted to."""
        if self.spoken_ is None:
            return "<Themes, not fitted>"
        told = ", ".join(f"{len(one.themes)} in {one.language}" for one in self.spoken_)
        return f"<Themes {told}; {sum(one.texts for one in self.spoken_):,} texts>"

    def fit(
        self, texts: Any, *, before: Mapping[str, Before] | None = None, hidden: Names = lambda _words: (),
        as_of: date | None = None,
    ) -> Self:  # fmt: skip
        """Learn the themes.

        Parameters
        ----------
        texts : Arrow table, or what becomes one; a text a row
            ``text_id, customer_id, text``. Texts of nobody known count as one person's: who repeats herself is no
            group.
        before : mapping of language to Before, optional
            What an earlier run found: its themes keep their names.
        hidden : callable
            From words that many write, those that must not be told, such as names of people.
        as_of : date, optional
            The run's day: the day of birth of themes that are new.

        Raises
        ------
        NotEnoughData
            In no language there are 60 texts that say different things, or they share too little to tell themes.
        """
        rows = _sample(texts, self.seed)
        split = [words(row["text"] or "") for row in rows]
        told = speech(split)
        spoken = [told.of(one) for one in split]
        found: list[LanguageThemes] = []
        for language in sorted({*spoken} - {""}):
            places = [place for place, one in enumerate(spoken) if one == language]
            said = Said.of([rows[place] for place in places], [split[place] for place in places])
            if len(said) < LEAST_TEXTS:
                continue
            learned = learn(
                said, language=language, before=(before or {}).get(language), hidden=hidden, least=self.least,
                seed=self.seed, numbers=self.numbers,
            )  # fmt: skip
            if learned is not None:
                found.append(renamed(learned, [theme.name for one in found for theme in one.themes]))
        if not found:
            raise failure(NotEnoughData, "themes.too_few", came=len(rows), least=LEAST_TEXTS)
        self.spoken_, self.speech_ = tuple(found), told
        known = {name: day for one in (before or {}).values() for name, day in one.born_on.items()}
        self.born_on_ = {theme.name: known.get(theme.name, as_of) for one in found for theme in one.themes}
        return self

    def assign(self, texts: Any) -> pa.Table:
        """Say what each text is about.

        Parameters
        ----------
        texts : Arrow table, or what becomes one
            ``text_id, text``.

        Returns
        -------
        Table, one row per text, in the order in which they came
            ``text_id``, ``theme`` (``other`` where none is near), ``closeness`` (cosine to the theme's middle; 0 for
            ``other``), ``language`` (none where the text has no word).
        """
        return pa.concat_tables([_NOTHING.empty_table(), *(self._assigned(part) for part in _batches(texts))])

    @property
    def common_(self) -> frozenset[str]:
        """Words that enough customers have written, in any language, and that are no names: what may be quoted."""
        spoken = fitted_state(self.spoken_, model="Themes", asked="common_")
        return frozenset().union(*(one.common for one in spoken)) - frozenset().union(*(one.hidden for one in spoken))

    @property
    def themes_(self) -> pa.Table:
        """The themes: contracts.theme.THEME_WORDS."""
        spoken = fitted_state(self.spoken_, model="Themes", asked="themes_")
        places = layout([np.stack([theme.middle for theme in one.themes]) for one in spoken])
        rows = [
            {
                "theme": theme.name, "language": one.language, "words": ", ".join(theme.words),
                "stability": one.stability, "born_on": self.born_on_.get(theme.name),
            }
            for one in spoken
            for theme in one.themes
        ]  # fmt: skip
        placed = [row | {"x": float(x), "y": float(y)} for row, (x, y) in zip(rows, places, strict=True)]
        return pa.Table.from_pylist(placed, schema=THEME_WORDS.schema.to_pyarrow())

    def _assigned(self, part: pa.Table) -> pa.Table:
        spoken = {one.language: one for one in fitted_state(self.spoken_, model="Themes", asked="assign")}
        split = [words(text or "") for text in part["text"].to_pylist()]
        told = [self.speech_.of(one) for one in split]
        theme = [OTHER] * len(split)
        near: NDArray[np.float64] = np.zeros(len(split))
        for language, known in spoken.items():
            places = [place for place, one in enumerate(told) if one == language]
            if places:
                found, close = known.assign([split[place] for place in places])
                near[places] = close
                for place, name in zip(places, found, strict=True):
                    theme[place] = name
        columns = [part["text_id"].cast(pa.string()), theme, near.tolist(), [one or None for one in told]]
        return pa.table(dict(zip(_NOTHING.names, columns, strict=True)), schema=_NOTHING)


_NOTHING = pa.schema(
    [("text_id", pa.string()), ("theme", pa.string()), ("closeness", pa.float64()), ("language", pa.string())]
)


def _arrow(texts: Any) -> pa.Table:
    if isinstance(texts, pa.Table):
        return texts
    return texts.to_pyarrow() if hasattr(texts, "to_pyarrow") else pa.table(texts)


def _batches(texts: Any) -> Iterable[pa.Table]:
    table = _arrow(texts)
    for start in range(0, table.num_rows, BATCH):
        yield table.slice(start, BATCH)


def _sample(texts: Any, seed: int) -> list[dict[str, Any]]:
    """Return the rows to learn from, by their ids, so that the order in which they came changes nothing."""
    table = _arrow(texts).select(["text_id", "customer_id", "text"]).sort_by("text_id")
    if table.num_rows > MOST_TEXTS:
        drawn = np.random.default_rng(seed).permutation(table.num_rows)[:MOST_TEXTS]
        table = table.take(pa.array(np.sort(drawn)))
    rows: list[dict[str, Any]] = table.to_pylist()
    return [row | {"customer_id": row["customer_id"] or ""} for row in rows]

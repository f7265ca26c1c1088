"""Every name that a simulated person may have, in every spelling, each made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.persons.cultures import CULTURES, Culture
from patron.simulate.persons.spellings import handle, latin, otherwise, two_letters, without_marks

COMMON = 0.15  # share of people with one of the common family names
SPELLINGS: dict[str, Callable[[str], str]] = {
    "home": str, "latin": latin, "two_letters": two_letters, "without_marks": without_marks, "otherwise": otherwise,
    "handle": handle,
}  # fmt: skip

Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """Given names, or family names as men have them and then as women have them, each in all spellings."""

    spellings: dict[str, pa.Array]
    every: pa.Array  # all of them, one spelling after the other
    start: Places  # where a culture's names begin, shape (cultures, kinds)
    count: Places  # and how many they are

    @property
    def size(self) -> int:
        """How many names."""
        return len(self.spellings["home"])

    def written(self, places: Places, spelling: str) -> pa.Array:
        """Return the names at the places, in one spelling."""
        return self.spellings[spelling].take(pa.array(places))

    def mixed(self, places: Places, spelling: Places) -> pa.Array:
        """Return the names at the places, each in a spelling of its own, by its place in `SPELLINGS`."""
        return self.every.take(pa.array(places + spelling * self.size))


@lru_cache(maxsize=1)
def given_names() -> Pool:
    """Return the given names; kind 0 are men's, kind 1 women's."""
    return _pool([(culture.men, culture.women) for culture in CULTURES])


@lru_cache(maxsize=1)
def family_names() -> Pool:
    """Return the family names; kind 0 are the common ones, kind 1 those made of stem and ending."""
    men = [(_spaced(culture.common), _made(culture, culture.endings)) for culture in CULTURES]
    women = [
        (_spaced(culture.common), _made(culture, culture.women_endings or culture.endings)) for culture in CULTURES
    ]
    both = _pool([*men, *women])
    return replace(both, start=both.start[: len(men)], count=both.count[: len(men)])


def draw_given(
    rng: np.random.Generator, *, culture: Places, woman: NDArray[np.bool_], along: Places, like: Places
) -> Places:
    """Draw a given name for each person; the first of a list are the more usual ones.

    Nobody calls two children alike: who stands `along` steps behind the person `like` has a name further on in the
    list than that one's.
    """
    pool, kind = given_names(), woman.astype(np.int64)
    count = pool.count[culture, kind]
    share = (rng.random(len(culture)) ** 1.3)[np.where(along > 0, like, np.arange(len(culture)))]
    return pool.start[culture, kind] + ((share * count).astype(np.int64) + along) % count


def draw_family(rng: np.random.Generator, *, culture: Places) -> Places:
    """Draw a family name for each person, in the form that men have."""
    pool = family_names()
    kind = (rng.random(len(culture)) >= COMMON).astype(np.int64)
    share = rng.random(len(culture)) ** np.where(kind == 0, 1.5, 1.0)
    return pool.start[culture, kind] + (share * pool.count[culture, kind]).astype(np.int64)


def in_form(family: Places, woman: NDArray[np.bool_]) -> Places:
    """Return the place of a family name in the form that the person has."""
    return np.asarray(family + woman * (family_names().size // 2))


def _pool(groups: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> Pool:
    names = [name for group in groups for kind in group for name in kind]
    different = list(dict.fromkeys(names))
    place = pa.array(names).dictionary_encode().indices  # in the order in which they come, as `different` is
    spelled = {way: pa.array(map(spell, different), pa.string()).take(place) for way, spell in SPELLINGS.items()}
    count = np.array([[len(kind) for kind in group] for group in groups], np.int64)
    start = (np.cumsum(count) - count.ravel()).reshape(count.shape)
    return Pool(spellings=spelled, every=pa.concat_arrays(spelled.values()), start=start, count=count)


def _made(culture: Culture, endings: tuple[str, ...]) -> tuple[str, ...]:
    return _spaced(tuple(stem + ending for stem in culture.stems for ending in endings))


def _spaced(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in names)

"""Many texts at once, from their parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def joined(*parts: pa.Array | str) -> pa.Array:
    """Return the parts of each text, one after the other; null where one of them is."""
    return pc.binary_join_element_wise(*parts, "")


def words(choices: Sequence[str], places: NDArray[np.int64]) -> pa.Array:
    """Return the word at each place."""
    return pa.array(choices, pa.string()).take(pa.array(places))


def digits(numbers: NDArray[np.int64], *, width: int) -> pa.Array:
    """Return whole numbers with zeros before them.

    Examples
    --------
    >>> digits(np.array([7, 123]), width=3).to_pylist()
    ['007', '123']
    """
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")


def one_of(choice: NDArray[np.int64], options: Sequence[pa.Array | str]) -> pa.Array:
    """Return, of each text, the option chosen; a word is an option for all."""
    return pc.choose(pa.array(choice), *options)


def only(texts: pa.Array, chosen: NDArray[np.bool_]) -> pa.Array:
    """Return the texts, null where not chosen."""
    return pc.if_else(pa.array(chosen), texts, pa.scalar(None, texts.type))


def rewritten(texts: pa.Array, chosen: NDArray[np.bool_], values: pa.Array) -> pa.Array:
    """Return the texts with the values, in their order, in place of those chosen."""
    return pc.replace_with_mask(texts, pa.array(chosen), values) if chosen.any() else texts


def drawn_way(
    rng: np.random.Generator, *, first: NDArray[np.bool_], of_first: Sequence[float], of_second: Sequence[float]
) -> NDArray[np.int64]:
    """Draw a place in a list of shares for each record, by one list for first accounts and one for second ones."""
    chance = rng.random(len(first))
    places = [np.searchsorted(np.cumsum(shares)[:-1], chance, side="right") for shares in (of_first, of_second)]
    return np.where(first, *places)

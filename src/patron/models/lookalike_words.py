"""Why somebody is like the ideal customers: the trait that says so most, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.language import number, say
from patron.models.lookalike_levels import Levels

Floats = NDArray[np.float64]
Codes = NDArray[np.int16]

LEAST = 0.02
"""Log-odds: a trait that moves the odds by less than a fiftieth is no reason."""


def level_words(levels: Levels, place: int) -> str:
    """Return a level as a person reads it.

    Examples
    --------
    >>> level_words(Levels(name="age", kind="number", ends=(30.0, 45.0), low=18.0, high=90.0), 1)
    'above 30, up to 45'
    """
    if levels.kind == "word":
        return levels.words[place]
    ends = (levels.low, *levels.ends, levels.high)
    low, high = (_short(end) for end in ends[place : place + 2])
    if place == 0:
        return say("lookalike.up_to", high=high)
    return say("lookalike.above", low=low) if place == levels.count - 1 else say("lookalike.range", low=low, high=high)


def reasons(codes: Codes, added: Floats, levels: Sequence[Levels]) -> pa.Array:
    """Return one sentence per person: the trait that raises the odds most, and by how much.

    Parameters
    ----------
    codes : array of shape (people, traits)
        Levels; -1 where not known.
    added : array of shape (people, traits)
        What each trait adds to the log-odds.
    levels : sequence of Levels
        The traits.
    """
    if not len(codes):
        return pa.array([], pa.string())
    best = np.argmax(np.round(added, 9), axis=1)
    rows = np.arange(len(codes))
    raised = added[rows, best] >= LEAST
    widths = np.cumsum([0, *(one.count for one in levels)])
    places = np.where(raised, widths[best] + codes[rows, best], widths[-1])
    pool = [say("lookalike.nothing")] * (int(widths[-1]) + 1)
    for place in np.unique(places[raised]).tolist():
        row = int(np.argmax(places == place))
        trait = int(best[row])
        pool[place] = say(
            "lookalike.reason", trait=levels[trait].name, level=level_words(levels[trait], int(codes[row, trait])),
            times=number(float(np.exp(added[row, trait])), digits=2),
        )  # fmt: skip
    return pa.array(pool, pa.string()).take(pa.array(places))


def _short(value: float) -> str:
    return number(value, digits=0 if value == round(value) else 2)

"""Where do themes lie on a map, so that those that are alike lie near each other?

Ref  Torgerson (1952), Multidimensional scaling, Psychometrika 17, 401-419: classical scaling
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


SPACING = 2.4
"""Between the maps of two languages; each map's farthest theme lies 1 from its centre."""


def layout(groups: Sequence[Floats]) -> Floats:
    """Return two coordinates for each theme.

    Parameters
    ----------
    groups : sequence of arrays, shape (themes, directions)
        The themes' middles, by language. Those of two languages have nothing in common that could be compared, so each
        language has a map of its own beside the others, the one with most themes first.

    Examples
    --------
    >>> places = layout([np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])])
    >>> near, far = (np.linalg.norm(places[0] - places[one]) for one in (1, 2))
    >>> bool(near < far)
    True
    """
    columns = int(np.ceil(np.sqrt(len(groups))))
    ranks = np.empty(len(groups), np.int64)
    ranks[np.argsort([-len(one) for one in groups], kind="stable")] = np.arange(len(groups))
    placed = []
    for rank, middles in zip(ranks.tolist(), groups, strict=True):
        own = _scaled(middles)
        farthest = float(np.linalg.norm(own, axis=1).max(initial=0.0))
        placed.append(own / max(farthest, 1e-12) + SPACING * np.array([rank % columns, -(rank // columns)]))
    return np.concatenate(placed)


def _scaled(middles: Floats) -> Floats:
    """Return two coordinates whose distances are nearest to those between unit vectors."""
    square = 2 - 2 * _cosines(middles)
    centred = square - square.mean(axis=0) - square.mean(axis=1, keepdims=True) + square.mean()
    values, vectors = np.linalg.eigh(-centred / 2)
    places = np.zeros((len(square), 2))
    for column, place in enumerate(np.argsort(-values)[:2]):
        vector = vectors[:, place] * np.sqrt(max(values[place], 0.0))
        places[:, column] = vector * (1.0 if vector[np.abs(vector).argmax()] >= 0 else -1.0)
    return places


def _cosines(middles: Floats) -> Floats:
    unit = middles / np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-12)
    return np.asarray(unit @ unit.T)

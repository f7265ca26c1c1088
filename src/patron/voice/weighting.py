"""How much does each answer count, so that those who answered stand for those who were asked?

Raking: the weights of the answers are brought, column by column and again, to the numbers of those asked in each band,
until all columns agree. It starts from weights that are the same for everybody, or from those of a larger group, caps
what is too large and says what unequal weights cost.

Raking mends what the columns tell: if the quiet answer seldom and are less content, the few quiet answers count for
all of the quiet. It cannot mend what they do not tell: where of two customers who buy alike the angry one answers and
the content one does not, every weighted figure is as wrong as the plain one.

Ref  Deming & Stephan (1940), On a least squares adjustment of a sampled frequency table when the expected marginal
     totals are known, Annals of Mathematical Statistics 11(4), 427-444
     Kish (1992), Weighting for unequal P_i, Journal of Official Statistics 8(2), 183-200: design effect 1 + cv^2
     Potter (1990), A study of procedures to identify and trim extreme sampling weights, Proceedings of the Survey
     Research Methods Section, ASA, 225-230
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 8
"""Answers that a band needs to be weighted on its own; fewer are put to the next band."""

CAP = 5.0
"""Largest weight, as a multiple of the mean one."""

ROUNDS = 60
CLOSE = 1e-6  # by which share of its number a band may be missed


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The weight of an answer from each cell, and what it took.

    ``weight`` shape (cells,), mean 1 over the answers; ``margins`` the bands that were used, each shape (cells,), by
    column; ``capped`` the share of the answers whose weight was cut.
    """

    weight: Floats
    margins: dict[str, Ints]
    design_effect: float
    capped: float


def response_weights(
    asked: Floats, answered: Floats, columns: dict[str, Ints], *, start: Floats | None = None
) -> Weights:
    """Weight answers by cell.

    Parameters
    ----------
    asked, answered : array, shape (cells,)
        How many people were asked, and how many of them answered. At least one answered.
    columns : dict of array, shape (cells,)
        The band of each cell by column, ordered.
    start : array, shape (cells,), optional
        Weights to begin with: those of a larger group, where this one is too small to tell.

    Examples
    --------
    The quiet (band 0) answer half as often: their answers count twice as much.

    >>> import numpy as np
    >>> found = response_weights(np.array([100.0, 100.0]), np.array([10.0, 20.0]), {"recency": np.array([0, 1])})
    >>> found.weight.round(2).tolist(), round(found.design_effect, 3)
    ([1.5, 0.75], 1.125)
    """
    weight = np.ones(len(asked)) if start is None else start.astype(float)
    merged = {name: _merged(bands, answered) for name, bands in columns.items()}
    margins = {name: bands for name, bands in merged.items() if bands.max(initial=0) > 0}
    raked = _level(_raked(weight, asked, answered, margins), answered)
    final = _level(_cut(raked, answered), answered)
    capped = float(answered[final >= CAP - CLOSE].sum() / answered.sum())
    return Weights(weight=final, margins=margins, design_effect=design_effect(final, answered), capped=capped)


def design_effect(weight: Floats, answered: Floats) -> float:
    """Return n * sum(w^2) / sum(w)^2 over all answers: 1 where all weigh the same."""
    total = float((answered * weight).sum())
    return float(answered.sum() * (answered * weight**2).sum() / total**2)


def _level(weight: Floats, answered: Floats) -> Floats:
    """Bring the mean weight of an answer to 1."""
    return np.asarray(weight * answered.sum() / (answered * weight).sum())


def _cut(weight: Floats, answered: Floats) -> Floats:
    """Cut weights to `CAP` times their mean, which cutting lowers, until none is above it."""
    for _ in range(ROUNDS):
        most = CAP * float((answered * weight).sum() / answered.sum())
        if (weight[answered > 0] <= most * (1 + CLOSE / CAP)).all():
            break
        weight = np.minimum(weight, most)
    return np.minimum(weight, most)


def _raked(weight: Floats, asked: Floats, answered: Floats, margins: dict[str, Ints]) -> Floats:
    """Meet the numbers of those asked in each column in turn, until all are met."""
    wanted = {name: np.bincount(bands, asked) for name, bands in margins.items()}
    for _ in range(ROUNDS):
        missed = 0.0
        for name, bands in margins.items():
            have = np.bincount(bands, answered * weight, minlength=len(wanted[name]))
            factor = np.divide(wanted[name], have, out=np.ones_like(have), where=have > 0)
            # A band that nobody was asked in, though somebody answered, cannot be met: its answers keep their weight.
            factor[factor == 0] = 1.0
            missed = max(missed, float(np.abs(factor - 1).max()))
            weight = weight * factor[bands]
        if missed < CLOSE:
            break
    return weight


def _merged(bands: Ints, answered: Floats) -> Ints:
    """Put a band with too few answers to the one before it, the first to the one after it; number what is left."""
    counts = np.bincount(bands, answered)
    target = np.arange(len(counts))
    start, place, held = 0, 0, 0.0
    for band, count in enumerate(counts):
        held += count
        target[band] = place
        if held >= LEAST:
            start, place, held = band + 1, place + 1, 0.0
    if held < LEAST and place > 0:
        target[start:] = place - 1
    return np.asarray(target[bands])

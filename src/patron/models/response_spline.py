"""A smooth effect: bends of each feature's rank, drawn together by a ridge whose strength the data choose.

Each number is replaced by its place among the learned quantiles, so that money and counts are alike; a place may bend
at four points. Words and gaps are switches. The ridge's strength is the one under which the data are likeliest
(empirical Bayes), and what is left uncertain under it is the posterior variance of a person's effect.

Ref  MacKay (1992), Bayesian interpolation, Neural Computation 4(3), 415-447: the evidence for a ridge's strength
     Semenova & Chernozhukov (2021), Debiased machine learning of conditional average treatment effects, Econometrics
     Journal 24(2), 264-289: least squares of doubly robust scores on a basis
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.feature_table import Feature

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

PLACES = 33  # quantiles that a feature's rank is read from
BENDS = (0.2, 0.4, 0.6, 0.8)
WIDE = 3.4641016151377544  # a rank times the root of 12 has the spread of one
STRENGTHS = np.exp(np.linspace(0.0, 18.0, 73))
BLOCK = 20_000
LOOKED_AT = 50_000  # rows that quantiles are read from
MOST_SWITCHES = 10  # of one feature's words, the commonest
RARE = 1e-3  # share of rows below which a gap gets no switch


@dataclass(frozen=True, kw_only=True)
class Basis:
    """How features become columns.

    `quantiles` holds a row per feature (of a word's number: which words have a switch, filled up with -1);
    `gaps` says which features have a switch for what is missing; `centre` is each column's mean.
    """

    words: tuple[bool, ...]
    quantiles: tuple[tuple[float, ...], ...]
    gaps: tuple[bool, ...]
    centre: tuple[float, ...]

    def columns(self, matrix: Matrix) -> Floats:
        """Return the columns of some rows."""
        parts = [one for place in range(len(self.words)) for one in self._of(place, matrix[:, place])]
        found = np.stack(parts, axis=1) if parts else np.zeros((len(matrix), 0))
        return found - np.asarray(self.centre) if self.centre else found

    def blocks(self, matrix: Matrix) -> Iterator[tuple[slice, Floats]]:
        """Return the columns of all rows, some at a time."""
        for start in range(0, len(matrix), BLOCK):
            part = slice(start, start + BLOCK)
            yield part, self.columns(matrix[part])

    def _of(self, place: int, values: Matrix) -> Iterator[Floats]:
        missing = np.isnan(values)
        if self.gaps[place]:
            yield missing.astype(np.float64)
        known = np.asarray(self.quantiles[place])
        if self.words[place]:
            yield from ((values == number).astype(np.float64) for number in known)
            return
        if len(known) < 2:
            return
        rank = np.interp(values, known, np.linspace(0, 1, len(known)))
        rank[missing] = 0.5
        yield (rank - 0.5) * WIDE
        if len(known) > 2:
            yield from (np.maximum(rank - bend, 0) * WIDE for bend in BENDS)


def learn_basis(matrix: Matrix, features: Sequence[Feature]) -> Basis:
    """Return the basis that some rows' features suggest."""
    seen = matrix[:: max(1, len(matrix) // LOOKED_AT)]
    words = tuple(one.kind == "word" for one in features)
    quantiles = tuple(_quantiles(seen[:, place], word=word) for place, word in enumerate(words))
    gaps = tuple(bool(RARE < share < 1 - RARE) for share in np.isnan(seen).mean(axis=0))
    plain = Basis(words=words, quantiles=quantiles, gaps=gaps, centre=())
    return Basis(words=words, quantiles=quantiles, gaps=gaps, centre=tuple(plain.columns(seen).mean(axis=0).tolist()))


def _quantiles(values: Matrix, *, word: bool) -> tuple[float, ...]:
    known = values[~np.isnan(values)].astype(np.float64)
    if not len(known):
        return ()
    if word:
        numbers, many = np.unique(known, return_counts=True)
        return tuple(np.sort(numbers[np.argsort(-many, kind="stable")][:MOST_SWITCHES]).tolist())
    return tuple(np.unique(np.quantile(known, np.linspace(0, 1, PLACES))).tolist())


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What a ridge needs to know of some rows; sums of parts add up."""

    rows: int
    gram: Floats  # columns x columns
    column: Floats  # sums of the columns
    cross: Floats  # columns x targets
    target: Floats  # sums of the targets
    square: Floats  # of their squares

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            rows=self.rows + other.rows, gram=self.gram + other.gram, column=self.column + other.column,
            cross=self.cross + other.cross, target=self.target + other.target, square=self.square + other.square,
        )  # fmt: skip


def sums_of(basis: Basis, matrix: Matrix, targets: Floats) -> Sums:
    """Return the sums of some rows and their targets, an array of shape (rows, targets)."""
    width = len(basis.centre)
    gram, column, cross = np.zeros((width, width)), np.zeros(width), np.zeros((width, targets.shape[1]))
    for part, columns in basis.blocks(matrix):
        gram += columns.T @ columns
        column += columns.sum(axis=0)
        cross += columns.T @ targets[part]
    return Sums(
        rows=len(matrix), gram=gram, column=column, cross=cross, target=targets.sum(axis=0),
        square=np.einsum("ij,ij->j", targets, targets),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """One target's coefficients, and a root of their posterior covariance (one row a column of the basis)."""

    level: float
    coefficients: Floats
    spread: Floats
    level_variance: float

    def mean(self, columns: Floats) -> Floats:
        """Return what is expected of rows, whose columns come from the basis."""
        return np.asarray(self.level + columns @ self.coefficients, dtype=np.float64)

    def variance(self, columns: Floats) -> Floats:
        """Return the posterior variance of what is expected."""
        rooted = columns @ self.spread
        return np.asarray(np.einsum("ij,ij->i", rooted, rooted) + self.level_variance, dtype=np.float64)


def fit_ridges(sums: Sums) -> tuple[Ridge, ...]:
    """Return a ridge for each target, at the strength under which its values are likeliest."""
    mean = sums.column / sums.rows
    values, vectors = np.linalg.eigh(sums.gram - sums.rows * np.outer(mean, mean))
    values = np.maximum(values, 0.0)
    ridges = []
    for place, total in enumerate(sums.target):
        level = total / sums.rows
        turned = vectors.T @ (sums.cross[:, place] - mean * total)
        around = sums.square[place] - total * level
        strength, noise = _strength(values, turned, around, sums.rows)
        coefficients = vectors @ (turned / (values + strength))
        ridges.append(Ridge(
            level=float(level - mean @ coefficients), coefficients=coefficients,
            spread=vectors * np.sqrt(noise / (values + strength)), level_variance=float(noise / sums.rows),
        ))  # fmt: skip
    return tuple(ridges)


def _strength(values: Floats, turned: Floats, around: float, rows: int) -> tuple[float, float]:
    """Return the ridge's strength with the greatest evidence, and the variance of the noise under it."""
    left = np.array([around - (turned**2 / (values + one)).sum() for one in STRENGTHS])
    noise = np.maximum(left, 1e-12 * max(around, 1e-300)) / rows
    shrinks = np.log1p(values[None, :] / STRENGTHS[:, None]).sum(axis=1)
    best = int(np.argmax(-0.5 * shrinks - 0.5 * rows * np.log(noise)))
    return float(STRENGTHS[best]), float(noise[best])

"""Levels of sales that need no price to explain them: of a product in a year, and of its category in a week.

A product has a level of its own for each segment (and store) that has rows. Levels are taken out of counts as a
Poisson regression takes them out (no logarithm, so that weeks without a sale count), and out of anything else by
alternating weighted means.

Ref  Correia, Guimarães & Zylkin (2020), Fast Poisson estimation with high-dimensional fixed effects, The Stata Journal
     20(1), 95-115: iterated weighted least squares on demeaned columns
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.price_rows import PriceRows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_PEERS = 8
"""Products that a category must have for its weeks to have levels: of fewer, the own price would be half of them."""

LEVEL_DAYS = 365
"""For which a product keeps its level, about: within shorter ones good weeks foretell bad ones."""

ROUNDS, SWEEPS = 12, 5
SMALLEST = -50.0  # logarithm of what is expected of a row, against the best of its level


@dataclass(frozen=True, kw_only=True)
class Levels:
    """Which level each row belongs to; `week` is None where there are too few products to have any.

    Rows are sorted by `own`.
    """

    own: Ints
    week: Ints | None
    block: Ints  # of time, or of chance where rows have none

    def fitted(self, units: Floats, offset: Floats, *, weeks: bool = True) -> Floats:
        """Return the units that are expected, where levels are the best for this offset (a logarithm)."""
        # Levels take up whatever is added to all rows of one, so the largest may be nought: nothing overflows.
        starts = np.flatnonzero(np.diff(self.own, prepend=-1))
        expected = np.exp((offset - np.maximum.reduceat(offset, starts)[self.own]).clip(SMALLEST))
        sold = np.bincount(self.own, units)
        if self.week is None or not weeks:
            return np.asarray(expected * (sold / np.bincount(self.own, expected))[self.own])
        weekly = np.bincount(self.week, units)
        for _ in range(ROUNDS):
            expected *= (sold / np.bincount(self.own, expected))[self.own]
            expected *= (weekly / np.bincount(self.week, expected).clip(1e-300))[self.week]
        return np.asarray(expected * (sold / np.bincount(self.own, expected).clip(1e-300))[self.own])

    def without(self, columns: Floats, weight: Floats) -> Floats:
        """Return columns, an array of shape (columns, rows), with their levels taken out."""
        left = columns.copy()
        own = np.bincount(self.own, weight).clip(1e-300)
        week = None if self.week is None else np.bincount(self.week, weight).clip(1e-300)
        for column in left:
            for _ in range(1 if week is None else SWEEPS):
                if self.week is not None and week is not None:
                    column -= (np.bincount(self.week, weight * column) / week)[self.week]
                column -= (np.bincount(self.own, weight * column) / own)[self.own]
        return left

    def without_own(self, column: Floats, weight: Floats) -> Floats:
        """Return a column with its own levels taken out, those of weeks left in."""
        own = np.bincount(self.own, weight).clip(1e-300)
        return np.asarray(column - (np.bincount(self.own, weight * column) / own)[self.own])

    def answer(self, column: Floats, weight: Floats, product: Ints) -> Floats:
        """Return what is left of a column that moves for one product alone: the levels of its weeks follow a little."""
        left = self.without_own(column, weight)
        if self.week is None:
            return left
        key = np.unique(product * (int(self.week.max()) + 1) + self.week, return_inverse=True)[1]
        whole = np.bincount(self.week, weight).clip(1e-300)[self.week]
        left -= np.bincount(key, weight * left)[key] / whole
        return self.without_own(left, weight)


def levels_of(rows: PriceRows, kept: Ints, *, blocks: int, seed: int) -> tuple[Levels, Ints]:
    """Return the levels of the rows at `kept`, and those of them whose levels sold anything.

    Parameters
    ----------
    rows : PriceRows
        All rows.
    kept : array of int
        Places of the rows that are of use.
    blocks : int
        Into how many stretches of time the rows are cut; rows without time are divided by lot.
    """
    block, (span, spans) = _blocks(rows, blocks, seed), _spans(rows)
    while True:
        own = np.unique(rows.cell[kept] * spans + span[kept], return_inverse=True)[1]
        week = _weeks(rows, kept)
        alive = np.bincount(own, rows.units[kept])[own] > 0
        if week is not None:
            alive &= np.bincount(week, rows.units[kept])[week] > 0
        if alive.all():
            return Levels(own=own, week=week, block=block[kept]), kept
        kept = kept[alive]


def _blocks(rows: PriceRows, blocks: int, seed: int) -> Ints:
    if rows.timed:
        return np.asarray(rows.period * blocks // len(rows.days))
    dealt = np.arange(rows.rows) % blocks
    return np.random.default_rng(seed).permutation(dealt)


def _spans(rows: PriceRows) -> tuple[Ints, int]:
    """Return the stretch of time of each row in which a product's level stays the same, and how many there are."""
    if not rows.timed:
        return np.zeros(rows.rows, dtype=np.int64), 1
    count = max(1, round((rows.days[-1] - rows.days[0]).days / LEVEL_DAYS))
    return rows.period * count // len(rows.days), count


def _weeks(rows: PriceRows, kept: Ints) -> Ints | None:
    """Return the level of each row's week: its category's, that of all small categories, or none."""
    if not rows.timed or not len(kept):
        return None
    present = np.unique(rows.product[kept])
    many = np.bincount(rows.category[present], minlength=len(rows.categories))
    group = np.where(many >= MIN_PEERS, np.arange(len(many)), len(many))
    small = int(many[many < MIN_PEERS].sum())
    if small < MIN_PEERS:
        if (many < MIN_PEERS).all():
            return None
        # Too few are left over: they share the weeks of the largest category, which is better than none.
        group[many < MIN_PEERS] = int(many.argmax())
    code = group[rows.category[rows.product[kept]]] * len(rows.days) + rows.period[kept]
    return np.asarray(np.unique(code, return_inverse=True)[1])

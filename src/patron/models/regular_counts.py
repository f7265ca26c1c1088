"""How likely is each number of purchases within a horizon, of a customer who buys regularly?

Of the customer's arrivals every k-th is a purchase. With j of them passed since the last purchase (the phase, whose
chances are known), N >= m needs a customer who is still there, at least k m - j arrivals, and no dropout after the
first m - 1 purchases; given the phase these are independent.

Ref  derived; with k = 1 it is the distribution of `purchase_counts.py`
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.purchase_counts import DropoutOutlook, width_of
from patron.stats.every_kth import counts_until_dropout
from patron.stats.special import arrival_chances

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class RegularOutlook(DropoutOutlook):
    """All that the number of purchases ahead depends on; `shape` is that of phase 0, phase j has j more."""

    phases: Floats  # their chances for who is there, shape (customers, k)

    @property
    def k(self) -> int:
        """How many arrivals a purchase takes."""
        return int(self.phases.shape[1])

    def undisturbed(self, count: Floats) -> Floats:
        """Return the chance of so many purchases, one or more, without dropout."""
        j = np.arange(self.k)
        needed = self.k * count[..., None] - j
        reached = special.betainc(needed, self.shape[:, None] + j, self.reach[:, None])
        return np.asarray((self.phases * reached).sum(axis=-1))

    def undisturbed_table(self, rows: Rows) -> Floats:
        """Return the chances of 1, 2, ... purchases without dropout, of customers as `_table` takes them."""
        shape, reach, k = self.shape[rows[0]], self.reach[rows], self.k
        width = k * -(-width_of(shape + k - 1, reach[-1]) // k)
        exactly = arrival_chances(shape, reach, width)
        arrive = np.zeros((len(rows), width // k))
        for j in range(k):
            below = np.cumsum(exactly, axis=1)[:, k - 1 - j :: k]
            arrive += self.phases[rows, j][:, None] * np.maximum(1 - below, 0)
            # One arrival more makes the rate's gamma distribution one step steeper.
            exactly = exactly * ((shape + j + np.arange(width)) / (shape + j)) * (1 - reach)[:, None]
        return arrive

    def count_of_the_alive(self, odds: Floats) -> Floats:
        """Return the mean count of who is there, at other odds (reach / (1 - reach)) than the customer's own."""
        return np.asarray((self.phases * counts_until_dropout(self.k, self.shape, odds, self.a, self.b)).sum(axis=-1))

    def take(self, rows: Rows) -> Self:
        """Return the outlook of some of the customers."""
        return replace(super().take(rows), phases=self.phases[rows])

"""How likely is each number of purchases in the next so many periods, when a period brings one at most?

A customer is there for i of the periods, and buys in k of these. With beta distributed chances both are exact: how long
(beta-geometric), and how often given how long (beta-binomial, by Polya's urn: each period adds to the side it showed).

Ref  Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108: equation 12
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.models.distinct import distinct_rows
from patron.models.purchase_counts import Rows, shared_out

Floats = NDArray[np.float64]

CELLS_AT_ONCE = 1 << 20
SURE = 1 - 1e-9  # the largest mean chance to buy that a factor can lead to


@dataclass(frozen=True, kw_only=True)
class DiscreteOutlook:
    """All that the number of purchases in the periods ahead depends on, one value a customer (`leave` is common)."""

    alive: Floats  # chance of being there in the next period
    bought: Floats  # of the chance to buy: alpha + x
    missed: Floats  # of the chance to buy: beta + n - x
    leave: float  # of the chance to leave: gamma
    stayed: Floats  # of the chance to leave: delta + n + 1
    periods: int  # ahead

    def at_least(self, count: ArrayLike) -> Floats:
        """Return P(N >= count), one count a customer."""
        m = np.broadcast_to(np.asarray(count, dtype=np.float64), self.alive.shape)
        chances = np.empty(len(m))
        for rows, table in self.tables():
            column = np.clip(m[rows], 0, self.periods + 1).astype(np.intp)
            chances[rows] = np.pad(table, ((0, 0), (0, 1)))[np.arange(len(rows)), column]
        return chances

    def tables(self) -> Iterator[tuple[Rows, Floats]]:
        """Yield the distributions in blocks: which customers, and P(N >= 0), ..., P(N >= periods) of each.

        Customers of one frequency and age differ in the chance of being there only, and share the work.
        """
        number, shown_by = distinct_rows([self.bought, self.missed, self.stayed])
        order = np.argsort(number, kind="stable")
        ends = np.cumsum(np.bincount(number, minlength=len(shown_by)))
        alike = max(1, CELLS_AT_ONCE // (self.periods + 1))
        for start in range(0, len(shown_by), alike):
            shown = shown_by[start : start + alike]
            table = self._of_the_alive(shown)
            first = ends[start - 1] if start else 0
            of_block = order[first : ends[start + len(shown) - 1]]
            for begin in range(0, len(of_block), alike):
                rows = of_block[begin : begin + alike]
                chances = table[number[rows] - start]
                chances[:, 1:] *= self.alive[rows][:, None]
                yield rows, chances

    def _of_the_alive(self, rows: Rows) -> Floats:
        """Return P(N >= 0), ..., P(N >= periods) of customers who are there in the next period."""
        bought, missed, stayed = (v[rows][:, None] for v in (self.bought, self.missed, self.stayed))
        k = np.arange(self.periods + 1.0)
        counts = np.zeros((len(rows), self.periods + 1))
        counts[:, 0] = 1.0
        total, there = np.zeros_like(counts), np.ones((len(rows), 1))
        for i in range(self.periods):
            again = counts * ((bought + k) / (bought + missed + i))
            counts = counts * (np.maximum(missed + i - k, 0) / (bought + missed + i))
            counts[:, 1:] += again[:, :-1]
            stays = (stayed + i) / (self.leave + stayed + i) if i + 1 < self.periods else 0.0
            total += there * (1 - stays) * counts  # the customers for whom this period is the last one
            there = there * stays
        if not self.periods:
            return counts
        return np.asarray(np.minimum(np.cumsum(total[:, ::-1], axis=1)[:, ::-1], 1.0))

    def take(self, rows: Rows) -> Self:
        """Return the outlook of some of the customers."""
        return replace(
            self, alive=self.alive[rows], bought=self.bought[rows], missed=self.missed[rows], stayed=self.stayed[rows]
        )

    def rescaled(self, factor: Floats) -> Self:
        """Return the outlook whose expected count is `factor` times as large.

        Fewer purchases than expected mean fewer customers who are there, more mean more of them; and where all of them
        are there already, a larger chance to buy, which ends at one purchase a period.
        """
        alive, rest = shared_out(self.alive, factor)
        seen = self.bought + self.missed
        mean = np.minimum(self.bought / seen * np.maximum(rest, 1.0), SURE)
        changed = rest > 1
        return replace(
            self, alive=alive, bought=np.where(changed, seen * mean, self.bought),
            missed=np.where(changed, seen * (1 - mean), self.missed),
        )  # fmt: skip

"""How likely is each number of purchases within a horizon, given a customer's history?

Each model of purchases answers with an `Outlook`: the distribution of the count, a customer or pattern at a time. This
file says what it can be asked, reads intervals off it, and gives the distribution of the models with dropout.

With a gamma distributed rate and a beta distributed dropout chance the distribution is exact: N >= m needs a customer
who is still there, at least m arrivals of an undisturbed Poisson process, and no dropout after the first m - 1 of them.
Given the history these three are independent, so their chances multiply.

Ref  derived from Fader, Hardie & Lee (2005), Marketing Science 24(2), appendix
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.stats.rising_root import rising_root
from patron.stats.special import arrival_chances, count_until_dropout, log_chance_to_stay

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

ROWS_AT_ONCE = 1024
TAIL = 1e-7  # the chance of still more purchases at which a distribution is cut
ROUNDING = 1e-12
FASTEST = 1_000.0  # times the rate


class Outlook(Protocol):
    """The distribution of each customer's number N of purchases within a horizon."""

    @property
    def alive(self) -> Floats:
        """Return each customer's chance of being there now."""

    def at_least(self, count: ArrayLike) -> Floats:
        """Return P(N >= count), one count a customer."""

    def tables(self) -> Iterator[tuple[Rows, Floats]]:
        """Yield the distributions in blocks: which customers, and P(N >= 0), P(N >= 1), ... of each.

        A block is as wide as its busiest customer needs: beyond it the chance of still more is nothing.
        """

    def take(self, rows: Rows) -> Self:
        """Return the outlook of some of the customers."""

    def rescaled(self, factor: Floats) -> Self:
        """Return the outlook whose expected count is `factor` times as large."""


@dataclass(frozen=True, kw_only=True)
class DropoutOutlook:
    """All that the number of purchases ahead depends on, one value a customer (`a` is common to all)."""

    alive: Floats  # chance of being there now
    shape: Floats  # of the purchase rate: r + x
    reach: Floats  # t / (alpha + T + t)
    a: float  # of the dropout chance
    b: Floats  # of the dropout chance: b + x

    def at_least(self, count: ArrayLike) -> Floats:
        """Return P(N >= count), one count a customer."""
        m = np.asarray(count, dtype=np.float64)
        at_least = np.maximum(m, 1.0)
        stay = np.exp(log_chance_to_stay(at_least - 1, self.a, self.b))
        return np.asarray(np.where(m <= 0, 1.0, self.alive * stay * self.undisturbed(at_least)))

    def undisturbed(self, count: Floats) -> Floats:
        """Return the chance of so many purchases, one or more, without dropout."""
        return np.asarray(special.betainc(count, self.shape, self.reach))

    def tables(self) -> Iterator[tuple[Rows, Floats]]:
        """Yield the distributions in blocks; see `Outlook`.

        Customers of one shape share all gamma and beta functions, so only one exponential a cell is left.
        """
        order = np.lexsort((self.reach, self.shape))
        for group in np.split(order, np.flatnonzero(np.diff(self.shape[order])) + 1):
            for start in range(0, len(group), ROWS_AT_ONCE):
                rows = group[start : start + ROWS_AT_ONCE]
                yield rows, self._table(rows)

    def _table(self, rows: Rows) -> Floats:
        """Return the table of customers who share one shape, the farthest reach last."""
        arrive = self.undisturbed_table(rows)
        stay = np.exp(log_chance_to_stay(np.arange(arrive.shape[1]), self.a, self.b[rows[0]]))
        return np.hstack([np.ones((len(rows), 1)), self.alive[rows][:, None] * stay * arrive])

    def undisturbed_table(self, rows: Rows) -> Floats:
        """Return the chances of 1, 2, ... purchases without dropout, of customers as `_table` takes them."""
        shape, reach = self.shape[rows[0]], self.reach[rows]
        exactly = arrival_chances(shape, reach, width_of(shape, reach[-1]))
        return np.asarray(np.maximum(1 - np.cumsum(exactly, axis=1), 0))

    def count_of_the_alive(self, odds: Floats) -> Floats:
        """Return the mean count of who is there, at other odds (reach / (1 - reach)) than the customer's own."""
        return count_until_dropout(self.shape, odds, self.a, self.b)

    def take(self, rows: Rows) -> Self:
        """Return the outlook of some of the customers."""
        return replace(self, alive=self.alive[rows], shape=self.shape[rows], reach=self.reach[rows], b=self.b[rows])

    def rescaled(self, factor: Floats) -> Self:
        """Return the outlook whose expected count is `factor` times as large.

        Fewer purchases than expected mean fewer customers who are there, more mean more of them; and where all of them
        are there already, a faster rate. Where the dropout sets a limit to the count that no rate exceeds, the rate
        stops at a thousand times its size.
        """
        alive, rest = shared_out(self.alive, factor)
        chosen = np.flatnonzero(rest > 1)
        part = self.take(chosen)
        odds = part.reach / (1 - part.reach)
        wanted = rest[chosen] * part.count_of_the_alive(odds)

        def faster(pace: Floats, rows: Rows) -> Floats:
            return part.take(rows).count_of_the_alive(pace * odds[rows])

        pace = rising_root(faster, wanted, high=FASTEST)
        reach = self.reach.copy()
        reach[chosen] = pace * odds / (1 + pace * odds)
        return replace(self, alive=alive, reach=reach)


def shared_out(alive: Floats, factor: Floats) -> tuple[Floats, Floats]:
    """Return the chances of being there that explain a factor on the count, and the part of it that they cannot."""
    more = np.minimum(1.0, alive * factor)
    return more, np.divide(alive * factor, more, out=np.ones_like(more), where=more > 0)


def width_of(shape: float, reach: float) -> int:
    """Return how many counts to tabulate, one of a few widths so that tables can be shared."""
    width = 16
    while special.betainc(width, shape, reach) > TAIL:
        width += width // 4
    return width


def count_interval(outlook: Outlook, *, level: float) -> tuple[Floats, Floats]:
    """Return the smallest counts whose distribution function reaches (1 - level) / 2 and (1 + level) / 2."""
    low, high = np.empty(len(outlook.alive)), np.empty(len(outlook.alive))
    for rows, at_least in outlook.tables():
        # P(N <= n) >= q means P(N >= n + 1) <= 1 - q, so n is the number of counts that are too likely to be passed.
        passed = at_least[:, 1:]
        low[rows] = (passed > (1 + level) / 2 + ROUNDING).sum(axis=1)
        high[rows] = (passed > (1 - level) / 2 + ROUNDING).sum(axis=1)
    return low, high

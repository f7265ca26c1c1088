"""Who can get what, what it brings and what it uses up: the arrays that an allocation is solved on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOTHING = -1
"""The option of a customer to whom nothing is done."""

_BLOCK = 16_384
"""Customers that are looked at together: their options fit into a processor's cache."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The options of customers, a customer's options next to each other.

    Parameters
    ----------
    value, cost : array of float, one an option
        What it brings, and what of the budget it takes.
    kind : array of int, one an option
        Row of `uses`: what else it takes.
    starts : array of int, customers + 1
        Where the options of each customer begin; last, how many options there are.
    uses : sparse array, kinds x (limits - 1)
        What an option of each kind takes of each limit but the budget. Entries below 0 give room.
    limits : array of float
        The budget, then the other limits.
    """

    value: Floats
    cost: Floats
    kind: Ints
    starts: Ints
    uses: Any
    limits: Floats

    @property
    def customers(self) -> int:
        """How many have an option."""
        return len(self.starts) - 1

    @cached_property
    def owner(self) -> Ints:
        """Whose each option is."""
        return np.repeat(np.arange(self.customers), np.diff(self.starts))

    def reduced(self, prices: Floats, rows: Any = slice(None)) -> Floats:
        """Return what options bring less what they use up, at a price for each limit."""
        left: Floats = self.value[rows] - prices[0] * self.cost[rows]
        if len(prices) > 1:
            left -= (self.uses @ prices[1:])[self.kind[rows]]
        return left

    def best(self, prices: Floats) -> tuple[Ints, Floats]:
        """Return each customer's best option at these prices, and what it brings net of them.

        Nothing is done for whom no option brings more than it uses up. Of equals the first is taken.
        """
        picks, net = np.full(self.customers, NOTHING), np.zeros(self.customers)
        charge = self.uses @ prices[1:] if len(prices) > 1 else None
        for people in self._blocks():
            begin = self.starts[people.start]
            starts = self.starts[people] - begin
            rows = slice(begin, self.starts[people.stop])
            left = self.value[rows] - prices[0] * self.cost[rows]
            if charge is not None:
                left -= charge[self.kind[rows]]
            top = np.maximum.reduceat(left, starts)
            hit = np.flatnonzero(left == np.repeat(top, np.diff(self.starts[people.start : people.stop + 1])))
            first = hit[np.searchsorted(hit, starts)] if len(hit) > len(top) else hit
            found = top > 0
            net[people][found] = top[found]
            picks[people][found] = first[found] + begin
        return picks, net

    def bound(self, prices: Floats, net: Floats) -> float:
        """Return what no allocation can exceed, by the prices and what `best` found at them (weak duality)."""
        return float(prices @ self.limits + net.sum())

    def used(self, picks: Ints) -> Floats:
        """Return how much of each limit is used up."""
        rows = picks[picks >= 0]
        counts = np.bincount(self.kind[rows], minlength=self.uses.shape[0]).astype(np.float64)
        return np.append(self.cost[rows].sum(), self.uses.T @ counts)

    def worth(self, picks: Ints) -> float:
        """Return what an allocation brings."""
        return float(self.value[picks[picks >= 0]].sum())

    def part(self, people: Ints) -> Choices:
        """Return the options of some customers, with limits in proportion."""
        counts = np.diff(self.starts)[people]
        starts = np.append(0, np.cumsum(counts))
        rows = np.repeat(self.starts[people] - starts[:-1], counts) + np.arange(starts[-1])
        share = len(people) / max(self.customers, 1)
        return Choices(
            value=self.value[rows], cost=self.cost[rows], kind=self.kind[rows], starts=starts, uses=self.uses,
            limits=self.limits * share,
        )  # fmt: skip

    def only(self, wanted: NDArray[np.bool_]) -> Choices:
        """Return the options that are wanted, and the customers who have one of them."""
        if wanted.all():
            return self
        owner = self.owner[wanted]
        starts = np.append(np.flatnonzero(np.diff(owner, prepend=-1)), len(owner))
        return replace(self, value=self.value[wanted], cost=self.cost[wanted], kind=self.kind[wanted], starts=starts)

    def _blocks(self) -> Iterator[slice]:
        for begin in range(0, self.customers, _BLOCK):
            yield slice(begin, min(begin + _BLOCK, self.customers))

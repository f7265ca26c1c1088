"""How often would products be in one order by chance?

By chance means: orders keep their sizes and months, products keep how often they were bought in each month, and which
product goes into which order depends on nothing else. Large orders hold nearly any two products, so without their sizes
every pair of a wholesaler's products would look attracted; and so would any two that were on sale in the same month.

In a month, a product is in an order of some size with the chance p = x y / (1 + x y), with one x for the product and
one y for the size such that all margins are met (the likeliest model that keeps them). Two products are in it together
with p p', made smaller so that all pairs of an order of s products add up to s (s - 1) / 2.

Ref  Saracco, Di Clemente, Gabrielli & Squartini (2015), Randomizing bipartite networks: the case of the World Trade
     Web, Scientific Reports 5, 10595: equations 6 to 8
     Hajek (1964), Annals of Mathematical Statistics 35(4), 1491-1523: joint chances where sizes are fixed
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.models.bundle_orders import Orders

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXACT = 12
"""Sizes up to this one stand for themselves; larger ones in classes, each a sixth wider than the one before."""

STEPS, CLOSE = 500, 1e-9
ROWS = 4_096  # pairs at a time


@dataclass(frozen=True, kw_only=True)
class Chance:
    """The chance of each product to be in an order, by cells of one month and class of size."""

    cell: Ints  # of each order
    orders: Floats  # of each cell
    size: Floats  # mean of each cell's orders
    pairs: Floats  # factor on p p' in each cell
    share: NDArray[np.float32]  # p, shape (products, cells)

    def expected(self, first: Ints, second: Ints) -> Floats:
        """Return how many orders would hold both products, for pairs of them."""
        weight = (self.orders * self.pairs).astype(np.float32)
        found = np.empty(len(first))
        for start in range(0, len(first), ROWS):
            rows = slice(start, start + ROWS)
            both = self.share[first[rows]] * self.share[second[rows]]
            found[rows] = both @ weight
        return found

    def third(self, held: Any, size: Ints) -> Floats:
        """Return how many of some orders would hold each further product, if they hold two already.

        Parameters
        ----------
        held : sparse table of orders by pairs
            Which orders hold each pair.
        size : array of int
            Of each order.

        Returns
        -------
        array, shape (pairs, products)
        """
        left = np.maximum(size - 2, 0) / np.maximum(size, 1)
        cells = np.zeros((held.shape[1], len(self.orders)))
        rows = np.repeat(np.arange(held.shape[1]), np.diff(held.indptr))
        np.add.at(cells, (rows, self.cell[held.indices]), left[held.indices])
        return np.asarray(cells.astype(np.float32) @ self.share.T, dtype=np.float64)


def size_class(size: Ints) -> Ints:
    """Return the class of each size, from 0.

    Examples
    --------
    >>> size_class(np.array([1, 2, 12, 13, 14, 15, 100])).tolist()
    [0, 1, 11, 12, 12, 12, 25]
    """
    wide = EXACT + np.floor(np.log(np.maximum(size, EXACT + 1) / (EXACT + 1)) / np.log(7 / 6)).astype(np.int64)
    return np.where(size <= EXACT, size - 1, wide)


def chance(orders: Orders) -> Chance:
    """Fit the chances to the margins of all months."""
    size = np.bincount(orders.order, minlength=orders.size)
    classes = size_class(size)
    keys, cell = np.unique(orders.month * (int(classes.max(initial=0)) + 1) + classes, return_inverse=True)
    many = np.bincount(cell).astype(np.float64)
    mean = np.bincount(cell, size) / many
    month = keys // (int(classes.max(initial=0)) + 1)
    share = np.zeros((len(orders.products), len(keys)), dtype=np.float32)
    pairs = np.ones(len(keys))
    row_month = orders.month[orders.order]
    in_cell = np.bincount(cell, size * (size - 1.0)) / many
    for one in np.unique(month).tolist():
        cells = np.flatnonzero(month == one)
        sold = np.bincount(orders.product[row_month == one], minlength=len(orders.products))
        degrees, place = np.unique(sold, return_inverse=True)
        p = margins_met(degrees, np.bincount(place), mean[cells], many[cells])
        share[:, cells] = p[place]
        squares = np.bincount(place) @ (p * p)
        room = np.maximum(mean[cells] ** 2 - squares, 1e-12)
        pairs[cells] = np.where(in_cell[cells] > 0, in_cell[cells] / room, 0.0)
    return Chance(cell=cell, orders=many, size=mean, pairs=pairs, share=share)


def margins_met(degrees: Ints, products: Ints, sizes: Floats, orders: Floats) -> Floats:
    """Return the chance of products of each degree in orders of each size, such that all margins are met.

    Parameters
    ----------
    degrees, products : array of int
        How many products are in so many orders.
    sizes, orders : array of float
        How many orders are of such a size.

    Returns
    -------
    array, shape (degrees, sizes)

    Examples
    --------
    >>> p = margins_met(np.array([1, 3]), np.array([2, 1]), np.array([1.0, 2.0]), np.array([3.0, 1.0]))
    >>> (p @ [3, 1]).round(6).tolist(), (np.array([2, 1]) @ p).round(6).tolist()
    ([1.0, 3.0], [1.0, 2.0])
    """
    degree, many = degrees.astype(np.float64), products.astype(np.float64)
    total = max(float(degree @ many), 1.0)
    x, y = degree / np.sqrt(total), sizes / np.sqrt(total)
    for _ in range(STEPS):
        x = degree / ((orders * y) / (1 + x[:, None] * y)).sum(axis=1)
        y = sizes / ((many * x)[:, None] / (1 + x[:, None] * y)).sum(axis=0)
        odds = x[:, None] * y
        p = odds / (1 + odds)
        if np.abs(p @ orders - degree).max() <= CLOSE * total:
            break
    return np.asarray(p)

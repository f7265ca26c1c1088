"""Which price, among those that are allowed, is expected to earn most, and how sure is that?

With a constant elasticity e, demand at r times the present price is r^e times the present one, so that everything sold
in a period would earn ``R r^(1 + e) - C r^e`` where R is what it took in and C what it cost. The elasticity is known up
to an interval; it is taken as normal, so that E[r^e] = exp(m ln r + s^2 ln(r)^2 / 2) exactly, and, because the gain
moves one way with e while the price stays above the cost, the ends of the gain are those of the elasticity.

Ref  Phillips (2021), Pricing and Revenue Optimization, 2nd ed., chapters 3 and 5: constant-elasticity response, and the
     price that maximises contribution within bounds
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SURE = 0.975
"""Quantile of the ends of a 95 % interval."""

PARTS = 200
"""Equally likely parts into which the elasticity's distribution is cut to count the chance of a gain."""


@dataclass(frozen=True, kw_only=True)
class Sold:
    """What was sold in a period and how it answers to its price; several entries may have to keep one price.

    Parameters
    ----------
    revenue, cost : array of float
        Money of the period: after discount, and what the goods cost.
    elasticity, error : array of float
        The elasticity's mean, and its standard error.
    price : array of int
        Which price the entry is sold at: a number from 0; entries with the same number change theirs together.
    """

    revenue: Floats
    cost: Floats
    elasticity: Floats
    error: Floats
    price: Ints


@dataclass(frozen=True, kw_only=True)
class Best:
    """For each price: the best change, and what it brings; NaN where none is allowed.

    ``ratio`` is the new price over the present one; ``gain`` what is expected to be earned more in a period as long,
    with ``low`` and ``high``; ``chance`` that it is more than 0; ``sold`` the units expected over the present ones.
    """

    ratio: Floats
    gain: Floats
    low: Floats
    high: Floats
    chance: Floats
    sold: Floats
    by_floor: NDArray[np.bool_]  # a lower price would earn more, but leaves too little margin
    by_reach: NDArray[np.bool_]  # a price further off may earn more


def ratios(*, most_change: float, step: float, down: bool = True, up: bool = True) -> Floats:
    """Return the changes of price that are looked at, as new over present price, the present one among them.

    Raises
    ------
    ArgumentError
        `most_change` does not lie between 0 and 1, or `step` not between 0 and `most_change`.

    Examples
    --------
    >>> ratios(most_change=0.1, step=0.05).tolist()
    [0.9, 0.95, 1.0, 1.05, 1.1]
    """
    if not 0 < most_change < 1:
        raise failure(ArgumentError, "price_offers.most_change", came=most_change)
    if not 0 < step <= most_change:
        raise failure(ArgumentError, "price_offers.step", came=step, most=most_change)
    most = int(np.floor(most_change / step + 1e-9))
    return np.round(1 + step * np.arange(-most if down else 0, most + 1 if up else 1), 10)


def best_prices(sold: Sold, changes: Floats, *, floor: float) -> Best:
    """Return the change of each price that is expected to earn most among those that leave enough margin.

    Parameters
    ----------
    sold : Sold
        What was sold, entries with one price together.
    changes : array of float
        New over present price, ascending (`ratios`).
    floor : float
        The least margin, as a share of the new price, below which no price may fall.

    Notes
    -----
    Entries that share a price are taken to be wrong in the same direction: their errors are not independent, as all
    are drawn to the same mean, and so the interval is rather too wide.
    """
    many = int(sold.price.max(initial=-1)) + 1
    expected = _sum(sold, _expected(sold, changes), many)
    margin = 1 - np.divide.outer(_each(sold.cost, sold.price, many) / _each(sold.revenue, sold.price, many), changes)
    allowed = margin >= floor - 1e-12
    best = np.where(allowed, expected, -np.inf).argmax(axis=1)
    none = ~allowed.any(axis=1)
    row = np.arange(many)
    ratio = np.where(none, np.nan, changes[best])
    gain = np.where(none, np.nan, expected[row, best])
    parts = _gains(sold, changes[best][sold.price], many)
    ends = np.sort(parts[:, -2:], axis=1)
    unseen = (best == 0) & (changes[0] < 1) | (best == len(changes) - 1) & (changes[-1] > 1)
    first = np.where(none, 0, allowed.argmax(axis=1))
    return Best(
        ratio=ratio, gain=gain, low=np.where(none, np.nan, ends[:, 0]), high=np.where(none, np.nan, ends[:, 1]),
        chance=np.where(none | (ratio == 1), np.nan, (parts[:, :-2] > 0).mean(axis=1)),
        sold=np.where(none, np.nan, _growth(sold, changes[best], many)),
        by_floor=~none & (best == first) & (first > 0) & (expected.argmax(axis=1) < first), by_reach=~none & unseen,
    )  # fmt: skip


def curve(
    *, revenue: float, cost: float, elasticity: float, error: float, changes: Sequence[float] | Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return units over the present ones, and the profit of a period with its ends, at each change of the price."""
    one = np.ones(len(changes))
    sold = Sold(
        revenue=revenue * one, cost=cost * one, elasticity=elasticity * one, error=error * one,
        price=np.arange(len(changes)),
    )  # fmt: skip
    at = np.asarray(changes, dtype=np.float64)
    ends = np.sort(_gains(sold, at, len(at))[:, -2:], axis=1) + revenue - cost
    units = np.exp(elasticity * np.log(at) + (error * np.log(at)) ** 2 / 2)
    return units, units * (revenue * at - cost), ends[:, 0], ends[:, 1]


def _expected(sold: Sold, changes: Floats) -> Floats:
    """Return the expected gain of each entry at each change."""
    log = np.log(changes)[None, :]
    units = np.exp(sold.elasticity[:, None] * log + (sold.error[:, None] * log) ** 2 / 2)
    worth: Floats = units * (sold.revenue[:, None] * changes - sold.cost[:, None])
    return worth - (sold.revenue - sold.cost)[:, None]


def _gains(sold: Sold, ratio: Floats, many: int) -> Floats:
    """Return the gain of each price at its entries' change, by part of the elasticity's distribution; last its ends."""
    parts = (np.arange(PARTS) + 0.5) / PARTS
    away = np.concatenate([ndtri(parts), ndtri([1 - SURE, SURE])])
    known = np.where(np.isnan(ratio), 1.0, ratio)
    elasticity = sold.elasticity[:, None] + sold.error[:, None] * away
    units = known[:, None] ** elasticity
    gain = units * (sold.revenue * known - sold.cost)[:, None] - (sold.revenue - sold.cost)[:, None]
    return _sum(sold, gain, many)


def _growth(sold: Sold, ratio: Floats, many: int) -> Floats:
    log = np.log(ratio[sold.price])
    units = np.exp(sold.elasticity * log + (sold.error * log) ** 2 / 2)
    return _each(units * sold.revenue, sold.price, many) / _each(sold.revenue, sold.price, many)


def _each(values: Floats, price: Ints, many: int) -> Floats:
    return np.bincount(price, values, minlength=many).astype(np.float64)


def _sum(sold: Sold, values: Floats, many: int) -> Floats:
    total = np.zeros((many, values.shape[1]))
    np.add.at(total, sold.price, values)
    return total

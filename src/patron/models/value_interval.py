"""Between which ends will a customer's spend within a horizon lie?

Given a Gamma-Gamma history the total of n purchases is gamma' x BetaPrime(p n, q') with q' = q + p x and gamma' = gamma
+ total, and n has the distribution of `purchase_counts`. So total / gamma' is a mixture that depends on the pattern (x,
t_x, T) only: its quantiles are found once a pattern and multiplied by each customer's own gamma'.

Ref  derived from Fader & Hardie (2013), The Gamma-Gamma model of monetary value
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.gamma_gamma import GammaGammaParams
from patron.models.purchase_counts import Outlook

Floats = NDArray[np.float64]

GRID = 256  # points of the distribution function, evenly on the log scale of the total
EXACT = 24  # counts up to here have a node of their own, beyond they share nodes 12 % apart
EDGE = 1e-4  # chance outside the grid at either end


def total_quantiles(
    outlook: Outlook, purchases: Floats, params: GammaGammaParams, *, level: float
) -> tuple[Floats, Floats]:
    """Return the ends of the `level` interval of total spend / gamma'.

    Parameters
    ----------
    outlook : Outlook
        Of each pattern's number of purchases.
    purchases : array of float
        How many amounts are known of each pattern's customers (x, or 0).
    params : GammaGammaParams
        Of the amounts.
    level : float
        Chance that the interval holds the total; to about 1e-3 of the chance.
    """
    low, high = np.zeros(len(purchases)), np.zeros(len(purchases))
    for known in np.unique(purchases):
        chosen = np.flatnonzero(purchases == known)
        totals: dict[int, _Totals] = {}
        for rows, at_least in outlook.take(chosen).tables():
            counts = at_least.shape[1] - 1
            if counts not in totals:
                totals[counts] = _tabulate(counts, params.p, params.q + params.p * float(known))
            low[chosen[rows]], high[chosen[rows]] = _quantiles(at_least, totals[counts], level)
    return low, high


@dataclass(frozen=True, kw_only=True)
class _Totals:
    """Distribution functions of the total of n purchases / gamma', on a common grid."""

    log_total: Floats
    share: Floats  # of each count in each node
    below: Floats  # P(log total <= grid) at each node


def _tabulate(counts: int, p: float, q: float) -> _Totals:
    """Tabulate them for 1 to `counts` purchases; many counts share nodes, in proportion."""
    nodes, share = _nodes(counts)
    log_total = _grid(p, q, float(nodes[-1]))
    below = special.betainc(p * nodes[:, None], q, special.expit(log_total))
    return _Totals(log_total=log_total, share=share, below=below)


def _nodes(counts: int) -> tuple[Floats, Floats]:
    number = np.arange(1.0, counts + 1)
    if counts <= EXACT:
        return number, np.eye(counts)
    steps = int(np.ceil(np.log(counts / EXACT) / np.log(1.12)))
    nodes = np.unique(np.r_[number[:EXACT], np.round(np.geomspace(EXACT, counts, steps + 1))])
    left = np.clip(np.searchsorted(nodes, number, side="right") - 1, 0, len(nodes) - 2)
    to_right = (number - nodes[left]) / (nodes[left + 1] - nodes[left])
    share = np.zeros((counts, len(nodes)))
    share[np.arange(counts), left] = 1 - to_right
    share[np.arange(counts), left + 1] += to_right
    return nodes, share


def _quantiles(at_least: Floats, totals: _Totals, level: float) -> tuple[Floats, Floats]:
    """Invert each customer's distribution function, by linear interpolation on the log scale of the total."""
    exactly = -np.diff(at_least[:, 1:], axis=1, append=0.0)
    function = (1 - at_least[:, 1:2]) + (exactly @ totals.share) @ totals.below
    low, high = (_invert(function, totals.log_total, chance) for chance in ((1 - level) / 2, (1 + level) / 2))
    return low, high


def _grid(p: float, q: float, most: float) -> Floats:
    """Return logs of total / gamma' from far below one purchase to far above the most purchases."""
    lowest = special.betaincinv(p, q, EDGE)
    highest = special.betaincinv(q, p * most, EDGE)  # of the complement, which keeps its digits near 1
    return np.linspace(np.log(lowest) - np.log1p(-lowest), np.log1p(-highest) - np.log(highest), GRID)


def _invert(function: Floats, log_total: Floats, chance: float) -> Floats:
    """Return the total at which each row of `function` reaches `chance`; 0 when no purchase is likely enough."""
    right = np.clip((function < chance).sum(axis=1), 1, len(log_total) - 1)
    rows = np.arange(len(function))
    before, after = function[rows, right - 1], function[rows, right]
    share = np.clip((chance - before) / np.maximum(after - before, 1e-300), 0, 1)
    total = np.exp(log_total[right - 1] + share * (log_total[right] - log_total[right - 1]))
    return np.where(function[:, 0] >= chance, 0.0, total)

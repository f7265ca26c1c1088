"""What share of a customer's purchases goes to each value, when she has made few of them?

Customers' shares vary about the shop's by a Dirichlet distribution of one strength; each purchase is a draw by them. A
customer's shares after n purchases are Dirichlet too: the shop's, at the weight strength / (strength + n), and her own.
The strength is fitted to counted patterns, because the likelihood is a sum over how many customers bought a value x
times, and how many made n purchases.

Ref  Goodhardt, Ehrenberg & Chatfield (1984), The Dirichlet: a comprehensive model of buying behaviour, JRSS A 147(5),
     621-655: section 3 (brand choice)
     Minka (2000, revised 2012), Estimating a Dirichlet distribution: section 3, the likelihood of counts
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]

LEAST, MOST = 1e-2, 1e6
"""Strengths that are looked at: nearly all loyal to one value, and all alike."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Purchases of one kind as counted patterns.

    ``value`` (a place in ``shares``), ``times`` and ``customers`` say how many customers bought a value so many times;
    ``totals`` and ``makers`` how many made so many purchases in all.
    """

    shares: Floats  # the shop's, adding up to 1
    value: NDArray[np.int64]
    times: NDArray[np.int64]
    customers: NDArray[np.int64]
    totals: NDArray[np.int64]
    makers: NDArray[np.int64]

    def log_likelihood(self, strength: float) -> float:
        """Return the log-likelihood of the counts, up to a term without the strength (Minka, equation 53)."""
        base = strength * self.shares[self.value]
        rises = special.gammaln(base + self.times) - special.gammaln(base)
        falls = special.gammaln(strength + self.totals) - special.gammaln(strength)
        return float(self.customers @ rises - self.makers @ falls)

    @property
    def repeaters(self) -> int:
        """How many customers made two purchases or more; only they tell how customers differ."""
        return int(self.makers[self.totals > 1].sum())


def strength(*parts: Counted) -> float:
    """Return the strength at which the counts are likeliest, one for all parts; `MOST` where nobody bought twice.

    Raises
    ------
    ArgumentError
        No part, or shares that are not positive.
    """
    if not parts or any(len(part.shares) == 0 or not (part.shares > 0).all() for part in parts):
        raise failure(ArgumentError, "affinity.shares", came=len(parts))
    if not any(part.repeaters and len(part.shares) > 1 for part in parts):
        return MOST

    def loss(log_strength: float) -> float:
        return -sum(part.log_likelihood(float(np.exp(log_strength))) for part in parts)

    found = optimize.minimize_scalar(
        loss, bounds=(np.log(LEAST), np.log(MOST)), method="bounded", options={"xatol": 1e-4}
    )
    return float(np.exp(found.x))


def shrunk_share(times: ArrayLike, of_times: ArrayLike, shop_share: ArrayLike, strength: ArrayLike) -> Floats:
    """Return the posterior mean of a share: the chance that the next purchase is of the value.

    Examples
    --------
    >>> shrunk_share(3, 4, 0.1, 4.0).tolist()
    0.425
    """
    x, n, base, own = (np.asarray(one, dtype=np.float64) for one in (times, of_times, shop_share, strength))
    return np.asarray((x + own * base) / (n + own))


def share_interval(
    times: ArrayLike, of_times: ArrayLike, shop_share: ArrayLike, strength: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the ends of the posterior interval of a share, which is Beta distributed, with equal tails.

    Where nearly all of the distribution lies at one end, its mean may lie in a tail: then the interval reaches to it.
    """
    x, n, base, own = (np.asarray(one, dtype=np.float64) for one in (times, of_times, shop_share, strength))
    a, b = x + own * base, n - x + own * (1 - base)
    tail = (1 - level) / 2
    # Where there is one value alone b is 0, and its share is 1.
    sure = b <= 0
    safe = np.where(sure, 1.0, b)
    low, high = special.betaincinv(a, safe, tail), special.betaincinv(a, safe, 1 - tail)
    mean = a / (a + safe)
    return np.where(sure, 1.0, np.minimum(low, mean)), np.where(sure, 1.0, np.maximum(high, mean))


def repeat_chance(
    squares: ArrayLike, with_shop: ArrayLike, of_times: ArrayLike, shop_squares: ArrayLike, strength: ArrayLike
) -> Floats:
    """Return the chance that the next two purchases are of one value: the expected Herfindahl index of the shares.

    With a the posterior's parameters and A their sum it is sum(a (a + 1)) / (A (A + 1)).

    Parameters
    ----------
    squares, with_shop : array of float
        Sums over the values of the squared purchases, and of the purchases times the shop's share.
    of_times : array of float
        Purchases in all.
    shop_squares : array of float
        Sum of the shop's squared shares.
    strength : array of float
        Of the shares.

    Examples
    --------
    >>> round(float(repeat_chance(16, 2, 4, 0.5, 2.0)), 3)  # four of one of two equal values
    0.762
    """
    s2, sp, n, p2, own = (
        np.asarray(one, dtype=np.float64) for one in (squares, with_shop, of_times, shop_squares, strength)
    )
    total = n + own
    return np.asarray((s2 + 2 * own * sp + own**2 * p2 + total) / (total * (total + 1)))

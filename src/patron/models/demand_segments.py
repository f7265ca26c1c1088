"""Which share of what a product will sell goes to each segment?

What was sold, discounted by age, drawn to the category's shares, and those to the shop's (Dirichlet prior): a product
with few sales is divided as its category is.

Ref  Gelman et al. (2013), Bayesian Data Analysis, sections 3.4 and 5.1: multinomial with a Dirichlet prior
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DISCOUNT = 0.97  # a week
PRIOR = 20.0  # purchases: weight of the category's shares in a product's, and of the shop's in a category's


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Shares of each series, shape (series, segments), and how many purchases they rest on, shape (series,)."""

    share: Floats
    purchases: Floats

    @property
    def error(self) -> Floats:
        """The variance of each share over its square."""
        return np.asarray((1 - self.share) / self.share / (self.purchases[:, None] + 1))


def segment_shares(purchases: Floats, group: Ints) -> Shares:
    """Divide series among segments.

    Parameters
    ----------
    purchases : array of shape (series, segments)
        Discounted sum of past purchases.
    group : array of int, shape (series,)
        Category of each.

    Examples
    --------
    >>> shares = segment_shares(np.array([[90.0, 10.0], [0.0, 0.0]]), np.zeros(2, dtype=np.int64))
    >>> shares.share.sum(axis=1).round(9).tolist(), bool(shares.share[0, 0] > 0.85)
    ([1.0, 1.0], True)
    """
    segments = purchases.shape[1]
    of_shop = (purchases.sum(axis=0) + 1) / (purchases.sum() + segments)
    groups = int(group.max()) + 1
    sums = np.zeros((groups, segments))
    np.add.at(sums, group, purchases)
    of_group = (sums + PRIOR * of_shop) / (sums.sum(axis=1, keepdims=True) + PRIOR)
    total = purchases.sum(axis=1)
    share = (purchases + PRIOR * of_group[group]) / (total[:, None] + PRIOR)
    return Shares(share=share, purchases=total + PRIOR)

"""What past sales say of the next week's: units sold against units expected, over the last weeks, months and quarters.

A shop that answers to its sales by prices knows at most this. Units are held against what was expected at the prices
of then, so that a promotion is not taken for demand.

Ref  Harvey & Fernandes (1989), Time series models for count or qualitative observations, Journal of Business & Economic
     Statistics 7(4), 407-417: discounted sums of counts, with a gamma prior
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HALF_LIVES = (0.5, 2.0, 6.0)  # weeks
PRIOR = 2.0
"""Units that are taken to have come as expected: of slow products little is said."""


@dataclass(frozen=True, kw_only=True)
class Past:
    """Past demand of each row, and what it says of past prices; arrays of shape (half-lives, rows)."""

    demand: Floats  # logarithm of past units against those expected
    price: Floats  # mean log price of the same past units: what `demand` loses when an elasticity is one less


def past_demand(
    product: Ints, period: Ints, units: Floats, expected: Floats, price: Floats, *, periods_a_week: float
) -> Past:
    """Return what each row's past says, nothing of its own period in it.

    Parameters
    ----------
    product, period : array of int
        Of each row, from 0.
    units, expected, price : array of float
        Sold, expected at the price of then, and the logarithm of that price about its level.
    periods_a_week : float
        1 for weeks, 7 for days.

    Examples
    --------
    >>> week, units, expected = np.arange(3), np.array([8.0, 8, 8]), np.full(3, 4.0)
    >>> past = past_demand(np.zeros(3, int), week, units, expected, np.array([0.0, 0.1, 0.0]), periods_a_week=1)
    >>> past.demand[0].round(2).tolist(), past.price[0].round(2).tolist()
    ([0.0, 0.51, 0.54], [0.0, 0.0, 0.06])
    """
    many, periods = int(product.max()) + 1, int(period.max()) + 1
    key = product * periods + period

    def weekly(values: Floats) -> Floats:
        return np.ascontiguousarray(np.bincount(key, values, many * periods).reshape(many, periods).T)

    sold, came, priced = weekly(units), weekly(expected), weekly(expected * price)
    at = period * many + product
    demand, prices = np.empty((len(HALF_LIVES), len(product))), np.empty((len(HALF_LIVES), len(product)))
    state = np.empty((2, periods, many))
    for place, half_life in enumerate(HALF_LIVES):
        keep = 0.5 ** (1 / (half_life * periods_a_week))
        above, below, cost = np.zeros((3, many))
        for now in range(periods):
            state[0, now] = np.log((PRIOR + above) / (PRIOR + below))
            state[1, now] = cost / (PRIOR + below)
            above = keep * above + sold[now]
            below = keep * below + came[now]
            cost = keep * cost + priced[now]
        demand[place], prices[place] = state[0].reshape(-1)[at], state[1].reshape(-1)[at]
    return Past(demand=demand, price=prices)

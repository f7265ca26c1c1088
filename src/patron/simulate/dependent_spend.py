"""Customers who spend the more (or the less) on a purchase day the more often they buy.

Two ways: by the frequency that was seen, as `patron.models.SpendByFrequency` assumes; or by the hidden rate, as it may
be in life, so that the frequency only tells of it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from patron.simulate.arguments import not_negative, one_each, positive, seeded
from patron.simulate.processes import gamma_gamma

Floats = NDArray[np.float64]


def spend_by_frequency(
    frequency: ArrayLike, *, p: float, q: float, gamma: float, doubling: float, seed: int
) -> pa.Array:
    """Draw each customer's mean spend over `frequency` purchases, a Gamma-Gamma x doubling^log2(frequency).

    Parameters
    ----------
    frequency : array of shape (customers,)
        How many purchases the mean is taken over.
    p, q, gamma : float
        As for `gamma_gamma`: of customers with one repeat.
    doubling : float
        The factor on the spend when the frequency is twice as high.
    seed : int
        The same seed gives the same customers.

    Returns
    -------
    Array of float, shape (customers,)
        Null where the frequency is 0.

    Raises
    ------
    ArgumentError
        A parameter is not above zero, or a frequency is negative or not a number.

    Examples
    --------
    >>> same = gamma_gamma([1, 4], p=6.0, q=4.0, gamma=16.0, seed=1)
    >>> more = spend_by_frequency([1, 4], p=6.0, q=4.0, gamma=16.0, doubling=1.5, seed=1)
    >>> (more.to_numpy() / same.to_numpy()).round(6).tolist()
    [1.0, 2.25]
    """
    positive(doubling=doubling)
    drawn = gamma_gamma(frequency, p=p, q=q, gamma=gamma, seed=seed)
    counts = np.maximum(not_negative("frequency", frequency), 1.0)
    factor = doubling ** np.log2(counts)
    return pa.array(drawn.to_numpy(zero_copy_only=False) * factor, mask=drawn.is_null().to_numpy(zero_copy_only=False))


def spend_by_rate(
    rate: ArrayLike, frequency: ArrayLike, purchases_after: ArrayLike, *, p: float, q: float, gamma: float,
    elasticity: float, seed: int,
) -> pa.Table:  # fmt: skip
    """Draw what customers spend, before and after, whose mean is in proportion to rate^elasticity.

    Parameters
    ----------
    rate : array of shape (customers,)
        The hidden purchase rate, as `bg_nbd` returns it.
    frequency, purchases_after : array of the same shape
        How many purchases were seen, and how many came later.
    p, q, gamma : float
        As for `gamma_gamma`: of customers at the mean rate.
    elasticity : float
        The spend's with respect to the rate; 0 is independence.
    seed : int
        The same seed gives the same customers.

    Returns
    -------
    Table, one row per customer
        ``monetary_value``, the mean of the purchases seen (null without one); ``value_after``, the total of the later
        ones.

    Raises
    ------
    ArgumentError
        A parameter, a rate or a frequency cannot be.

    Examples
    --------
    >>> spend_by_rate([0.1, 0.2], [3, 0], [0, 1], p=6.0, q=4.0, gamma=16.0, elasticity=0.3, seed=1).column_names
    ['monetary_value', 'value_after']
    """
    rng = seeded(seed)
    positive(p=p, q=q, gamma=gamma)
    rates = not_negative("rate", rate)
    seen, later = (
        one_each(name, values, customers=len(rates))
        for name, values in (("frequency", frequency), ("purchases_after", purchases_after))
    )
    unit = (rates / rates.mean()) ** elasticity / rng.gamma(q, 1 / gamma, len(rates))
    mean = unit * _total(rng, p, seen) / np.maximum(seen, 1)
    after = unit * _total(rng, p, later)
    return pa.table({"monetary_value": pa.array(mean, mask=seen == 0), "value_after": after})


def _total(rng: np.random.Generator, p: float, purchases: Floats) -> Floats:
    """Draw the total of so many amounts of shape p and rate 1; 0 of none."""
    return np.where(purchases > 0, rng.gamma(p * np.maximum(purchases, 1.0)), 0.0)

"""How likely are the moments of regular purchases, and how far has the next one come?

Every k-th arrival of a Poisson process is a purchase, so the times between purchases are Erlang-k, and of a customer
who has not bought for some time 0 to k - 1 arrivals have passed: the phase. Both follow from the rate's gamma
distribution as it is once x purchases up to t_x are known: its shape is r + k x, its rate alpha + t_x.

Ref  Reutterer, Platzer & Schroeder (2021), Leveraging purchase regularity for predicting customer behavior the easy
     way, International Journal of Research in Marketing 38(1), 194-215: the likelihood
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


def phases(k: int, shape: Floats, share: Floats) -> Floats:
    """Return the chances of 0, 1, ... k - 1 arrivals since the last purchase, given that there were fewer than k.

    Parameters
    ----------
    k : int
        Arrivals to a purchase.
    shape : array of float
        Of the rate's gamma distribution: r + k x.
    share : array of float
        (T - t_x) / (alpha + T).

    Returns
    -------
    array of float, with one more axis, of length k

    Examples
    --------
    >>> phases(2, np.array([3.0]), np.array([0.5])).tolist()  # in proportion 1 to 3 x 0.5
    [[0.4, 0.6]]
    """
    term = np.ones(np.broadcast(shape, share).shape)
    terms = [term]
    for j in range(1, k):
        term = term * (shape + (j - 1)) * share / j
        terms.append(term)
    stacked = np.stack(terms, axis=-1)
    return np.asarray(stacked / stacked.sum(axis=-1, keepdims=True))


@dataclass(frozen=True, kw_only=True)
class Silence:
    """The log of a chance of silence, and its slopes in the shape and in the log of the share."""

    value: Floats
    by_shape: Floats
    by_log_share: Floats


def log_silence(k: int, shape: Floats, share: Floats) -> Silence:
    """Return the log of P(fewer than k arrivals) / P(none) from t_x to T; arguments as those of `phases`."""
    total, by_shape, by_log_share = (np.full(np.broadcast(shape, share).shape, v) for v in (1.0, 0.0, 0.0))
    if k == 1:
        return Silence(value=by_shape, by_shape=by_shape, by_log_share=by_log_share)
    term, slope = total.copy(), by_shape.copy()
    for j in range(1, k):
        slope = (slope * (shape + (j - 1)) + term) * share / j
        term = term * (shape + (j - 1)) * share / j
        total += term
        by_shape += slope
        by_log_share += j * term
    return Silence(value=np.log(total), by_shape=by_shape / total, by_log_share=by_log_share / total)


def log_density_of_last(k: int, x: Floats, t_x: Floats) -> Floats:
    """Return what the last purchase at t_x adds to a customer's log-likelihood, if only its moment is known.

    It is the density of x Erlang-k times that add up to t_x over that of x exponential ones, at equal rates of
    arrivals. So the log-likelihood is that of (x, t_x) but for log(t_x^(x - 1) / (x - 1)!), which neither k nor any
    parameter changes: with k = 1 it is the BG/NBD's, and those of different k can be compared.
    """
    if k == 1:
        return np.zeros(np.broadcast(x, t_x).shape)
    bought = np.maximum(x, 1.0)
    density = special.xlogy((k - 1) * bought, t_x) + special.gammaln(bought) - special.gammaln(k * bought)
    return np.asarray(np.where(x > 0, density, 0.0))


def log_density_of_all(k: int, purchases: float, litt: float) -> float:
    """Return what all times between purchases add to the log-likelihood, if the sum of their logs `litt` is known.

    The same for the density of each single time: with k = 1 it is nothing, so this log-likelihood too is the BG/NBD's.
    """
    return (k - 1) * litt - purchases * float(special.gammaln(k))

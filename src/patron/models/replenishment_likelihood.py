"""How likely are a customer's intervals between purchases of a product, the running one included?

The logarithm of an interval is mu + beta x + a + e: mu is the product's, x the logarithm of the quantity that the
interval lasts for, a ~ N(0, T) the customer's, e ~ N(0, S) the purchase's. After the first purchase a customer stops
with chance p, after each later one with chance q. With k intervals, r their residuals y - mu - beta x, and
D = S + k T:

    log L = - (k-1)/2 log S - 1/2 log D - 1/2 (sum r^2 / S - T (sum r)^2 / (S D))     the closed intervals
            + [k > 0] (log(1-p) + (k-1) log(1-q)) + log(p_k + (1-p_k) Phi(-t))        going on, and the open one

p_k is p where k = 0, else q. Given the closed intervals a ~ N(m, v) with m = T sum r / D and v = T S / D, so that the
open interval, which is longer than the silence o, is normal with mean mu + beta x_o + m and variance S + v, and
t = (log o - mean) / sqrt(S + v). So nothing has to be integrated by a sum.

Ref  Searle, Casella & McCulloch (1992), Variance Components, chapter 3: likelihood of the one-way random-effects
         model; chapter 7: prediction of a random effect
     Berkson & Gage (1952), JASA 47(259), 501-515: who will never come, in a survival function
     The stop after each purchase is that of Fader, Hardie & Lee (2005), Marketing Science 24(2), assumption iii, with
         chances that are the product's; the combination is derived here
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAMES = ("mu", "beta", "S", "T", "p", "q")
SIZE = len(NAMES)
FAR = 37.0  # standard deviations at which a normal tail is all that there is, or nothing


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Customers x products; `weight` says how many a row stands for."""

    product: Ints
    weight: Floats
    k: Floats  # intervals
    y: Floats  # sum of their logarithms
    yy: Floats  # of the squares
    x: Floats  # of the logarithms of the quantities
    xx: Floats
    xy: Floats
    silence: Floats  # logarithm of the open interval so far
    packs: Floats  # logarithm of the quantity that it lasts for


def likelihood(theta: Floats, rows: Rows) -> tuple[Floats, Floats]:
    """Return each row's log-likelihood and its gradient, not weighted.

    Parameters
    ----------
    theta : array of shape (products, 6)
        mu, beta, log S, log T, and the log-odds of p and q.

    Returns
    -------
    tuple of arrays of shape (rows,) and (6, rows)
    """
    mu, beta, S, T, p, q = _of_rows(theta, rows)
    k = rows.k
    r = rows.y - k * mu - beta * rows.x
    rr = rows.yy - 2 * mu * rows.y - 2 * beta * rows.xy + k * mu**2 + 2 * mu * beta * rows.x + beta**2 * rows.xx
    rx = rows.xy - mu * rows.x - beta * rows.xx
    D = S + k * T
    repeats = k > 0
    height = -0.5 * ((k - 1) * np.log(S) + np.log(D) + rr / S - T * r**2 / (S * D))
    height += np.where(repeats, np.log1p(-p) + np.maximum(k - 1, 0) * np.log1p(-q), 0.0)
    slopes = np.empty((SIZE, len(k)))
    slopes[0] = r / D
    slopes[1] = rx / S - T * r * rows.x / (S * D)
    slopes[2] = -(k - 1) / (2 * S) - 1 / (2 * D) + rr / (2 * S**2) - T * r**2 / 2 * (1 / (S**2 * D) + 1 / (S * D**2))
    slopes[3] = -k / (2 * D) + r**2 / (2 * D**2)
    slopes[4] = np.where(repeats, -p, 0.0)
    slopes[5] = np.where(repeats, -np.maximum(k - 1, 0) * q, 0.0)
    _add_open(height, slopes, rows, (mu, beta, S, T, p, q), r, D)
    slopes[2] *= S
    slopes[3] *= T
    return height, slopes


def _add_open(
    height: Floats, slopes: Floats, rows: Rows, params: tuple[Floats, ...], r: Floats, D: Floats
) -> None:  # fmt: skip
    """Add the open interval's part; the slopes by S and T are not yet those by their logarithms."""
    mu, beta, S, T, p, q = params
    k = rows.k
    spread = np.sqrt(S + T * S / D)
    t = np.clip((rows.silence - mu - beta * rows.packs - T * r / D) / spread, -FAR, FAR)
    stop = np.where(k > 0, q, p)
    tail = special.ndtr(-t)
    whole = stop + (1 - stop) * tail
    height += np.log(whole)
    # d log L / dt is -pull; t falls with the mean, and with the spread where it is above 0.
    pull = (1 - stop) * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi) / whole
    by_mean, by_variance = pull / spread, pull * t / (2 * spread**2)
    slopes[0] += by_mean * S / D
    slopes[1] += by_mean * (rows.packs - T * rows.x / D)
    slopes[2] += -by_mean * T * r / D**2 + by_variance * (1 + k * T**2 / D**2)
    slopes[3] += by_mean * r * S / D**2 + by_variance * S**2 / D**2
    odds = stop * (1 - stop) * (1 - tail) / whole
    slopes[4] += np.where(k > 0, 0.0, odds)
    slopes[5] += np.where(k > 0, odds, 0.0)


def _of_rows(theta: Floats, rows: Rows) -> tuple[Floats, ...]:
    """Return each row's parameters on their own scales."""
    natural = (
        theta[:, 0], theta[:, 1], np.exp(theta[:, 2]), np.exp(theta[:, 3]), special.expit(theta[:, 4]),
        special.expit(theta[:, 5]),
    )  # fmt: skip
    return tuple(one[rows.product] for one in natural)

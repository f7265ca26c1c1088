"""How many events come before a random dropout, safely for every size of history?

Each event may be the last: with rate lambda ~ Gamma(shape, scale) and dropout chance p ~ Beta(a, b) after each event,
the expected count within t is the mean over p of (1 - (1 + p odds)^-shape) / p, where odds = t / scale. In closed form
it is a Gauss hypergeometric function, whose usual series cancels or overflows for a busy customer.

Ref  Fader, Hardie & Lee (2005), Marketing Science 24(2), equations 9 and 10
     Euler's transformation of 2F1: NIST Digital Library of Mathematical Functions 15.8.1
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

SERIES_REACH = 0.98  # from here on the series would need more than a thousand terms
NODES = 512
STIRLING = 60.0  # from here on three terms give Stirling's formula sixteen digits
CHUNK = 4096


def count_until_dropout(shape: ArrayLike, odds: ArrayLike, a: float, b: ArrayLike) -> Floats:
    """Return the mean count of events before dropout.

    Parameters
    ----------
    shape : array of float
        Shape of the rate's gamma distribution (r + x), positive.
    odds : array of float
        Time ahead over the scale of that distribution (t / (alpha + T)), not negative.
    a : float
        First parameter of the dropout's beta distribution; 0 means that nobody ever leaves.
    b : array of float
        Its second parameter (b + x), positive.

    Returns
    -------
    array of float
        To about 1e-12 of its size; finite for every finite input.

    Examples
    --------
    >>> from scipy.special import digamma
    >>> round(float(count_until_dropout(1.0, 1e-9, 1.0, 1.0)) * 1e9, 6)  # next to no time: shape x odds
    1.0
    """
    inputs = np.broadcast_arrays(shape, odds, b)
    flat_s, flat_w, flat_b = (np.asarray(v, dtype=np.float64).ravel() for v in inputs)
    if a == 0:
        return np.asarray(flat_s * flat_w).reshape(inputs[0].shape)
    result = np.empty(flat_s.size)
    easy = _series_is_safe(flat_s, flat_w, a, flat_b)
    for use, method in ((easy, _by_series), (~easy, _by_quadrature)):
        chosen = np.flatnonzero(use)
        for start in range(0, chosen.size, CHUNK):
            rows = chosen[start : start + CHUNK]
            result[rows] = method(flat_s[rows], flat_w[rows], a, flat_b[rows])
    return result.reshape(inputs[0].shape)


def log_chance_to_stay(events: ArrayLike, a: float, b: ArrayLike) -> Floats:
    """Return the log of the chance of no dropout in so many events: log of B(a, b + events) / B(a, b).

    Examples
    --------
    >>> round(float(np.exp(log_chance_to_stay(1, 1.0, 3.0))), 12), float(log_chance_to_stay(9, 0.0, 3.0))
    (0.75, 0.0)
    """
    if a == 0:
        return np.zeros(np.broadcast(events, b).shape)
    return np.asarray(special.betaln(a, np.add(b, events)) - special.betaln(a, b), dtype=np.float64)


def log_rising(shape: float, steps: ArrayLike) -> Floats:
    """Return the log of Gamma(shape + steps) / Gamma(shape) with an error that grows with the steps, not the shape.

    Examples
    --------
    >>> round(float(log_rising(3.0, 2)), 12) == round(float(np.log(3 * 4)), 12)
    True
    """
    n = np.asarray(steps, dtype=np.float64)
    if shape < STIRLING:
        return np.asarray(special.gammaln(shape + n) - special.gammaln(shape), dtype=np.float64)
    more = (shape + n - 0.5) * np.log1p(n / shape) - n + n * np.log(shape)
    return np.asarray(more + _stirling(shape + n) - _stirling(shape), dtype=np.float64)


def arrival_chances(shape: float, reach: Floats, width: int) -> Floats:
    """Return the chances of 0, 1, ... `width` - 1 Poisson arrivals at a gamma distributed rate (negative binomial).

    `reach` is the time over itself plus the scale of the rate's distribution; one row for each, one column a count.

    Examples
    --------
    >>> arrival_chances(1.0, np.array([0.5]), 3).round(12).tolist()
    [[0.5, 0.25, 0.125]]
    """
    count = np.arange(width)
    weight = log_rising(shape, count) - special.gammaln(count + 1)
    z = reach[:, None]
    return np.asarray(np.exp(weight + special.xlogy(count, z) + shape * np.log1p(-z)))


def _stirling(z: ArrayLike) -> Floats:
    """Return what Stirling's formula for log Gamma(z) leaves out, for z from `STIRLING` on (DLMF 5.11.1)."""
    inverse = 1 / np.asarray(z, dtype=np.float64)
    return np.asarray(inverse * (1 / 12 - inverse**2 * (1 / 360 - inverse**2 / 1260)), dtype=np.float64)


def _series_is_safe(shape: Floats, odds: Floats, a: float, b: Floats) -> NDArray[np.bool_]:
    """Few terms, none of them huge, no long run of alternating signs, no small difference of large numbers."""
    few = odds < SERIES_REACH * (1 + odds)
    tame = (a * np.log1p(odds) < 5) & (a + b - 1 - shape > -4)
    return few & tame & (a + b < 1e4 * shape)


def _by_series(shape: Floats, odds: Floats, a: float, b: Floats) -> Floats:
    """Sum the Euler-transformed series.

    With c = a + b - 1 and z = odds / (1 + odds) the answer is c (1 - (1 - z)^(a - 1) F) / (a - 1) with F = 1 + (a - 1)
    H / c; H = sum of (c - shape)_k (a)_(k-1) z^k / ((c + 1)_(k-1) k!) has no pole, neither at a = 1 nor at c = 0.
    """
    c = a + b - 1
    z = odds / (1 + odds)
    total = _tail(c - shape, a, c, z)
    log_rest = -np.log1p(odds)
    growth: Floats = -log_rest * special.exprel((a - 1) * log_rest)
    return growth * (c + (a - 1) * total) - total


def _tail(first: Floats, a: float, c: Floats, z: Floats) -> Floats:
    """Sum H term by term, dropping the rows that have converged."""
    total = first * z
    rows = np.flatnonzero(total)
    term, first, c, z = total[rows], first[rows], c[rows], z[rows]
    sums = term.copy()
    for k in range(1, 100_000):
        term = term * ((first + k) * (a + k - 1)) / ((c + k) * (k + 1)) * z
        sums += term
        if k % 8 == 0:
            # The terms shrink at least like z^k in the end, so what is left is at most a term over 1 - z.
            busy = np.abs(term) > 1e-17 * (1 - z) * np.abs(sums)
            if not busy.all():
                total[rows[~busy]] = sums[~busy]
                rows = rows[busy]
                term, sums, first, c, z = (v[busy] for v in (term, sums, first, c, z))
        if not rows.size:
            break
    total[rows] = sums
    return total


def _by_quadrature(shape: Floats, odds: Floats, a: float, b: Floats) -> Floats:
    def count(log_p: Floats, _: Floats) -> Floats:
        p = np.exp(log_p)
        return np.asarray(-np.expm1(-shape[:, None] * np.log1p(p * odds[:, None])) / p)

    return mean_over_dropout(count, a, b, events=np.maximum(shape * odds, odds))


def mean_over_dropout(value: Callable[[Floats, Floats], Floats], a: float, b: Floats, *, events: Floats) -> Floats:
    """Return the mean of a function of the dropout chance p ~ Beta(a, b).

    By the trapezoid rule in y = logit p, which converges exponentially for a smooth function. Beyond both ends the
    integrand is a pure exponential, whose sum is added in closed form.

    Parameters
    ----------
    value : callable
        From log p and log(1 - p), of shape (cases, nodes), to the function's values, of that shape.
    a, b : float, array of shape (cases,)
        Of the beta distribution.
    events : array of shape (cases,)
        The function hardly changes where p is far below 1 / `events`, nor where 1 - p is next to nothing.
    """
    low, high = _span(events, a, b)
    step = (high - low) / (NODES - 1)
    y = low[:, None] + step[:, None] * np.arange(NODES)
    log_p, log_q = -np.logaddexp(0, -y), -np.logaddexp(0, y)
    log_weight = a * log_p + b[:, None] * log_q
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight[:, 0] /= -np.expm1(-a * step)
    weight[:, -1] /= -np.expm1(-b * step)
    return np.asarray((weight * value(log_p, log_q)).sum(axis=1) / weight.sum(axis=1), dtype=np.float64)


def _span(events: Floats, a: float, b: Floats) -> tuple[Floats, Floats]:
    """Return the ends of y: beyond them the integrand is nothing, or a pure exponential, to sixteen digits."""
    centre = special.digamma(a) - special.digamma(b)
    spread = np.sqrt(special.polygamma(1, a) + special.polygamma(1, b))
    small = 1e17 * np.maximum(events, a + b + 1)
    nothing = np.minimum(_logit_beyond(a, b), centre + 9 * spread + 65 / b)
    nothing_below = np.maximum(-_logit_beyond(b, a), centre - 9 * spread - 65 / a)
    return np.maximum(-np.log(small), nothing_below), np.minimum(np.log(1e17 * (a + b + 1)), nothing)


def _logit_beyond(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return a logit that a Beta(a, b) exceeds with a chance of about exp(-65).

    -b log(1 - p) is smaller than a Gamma(a) variable, whose tail is known.
    """
    tail = (np.asarray(a) + np.sqrt(130 * np.asarray(a)) + 65) / b
    return np.asarray(tail + np.log(-np.expm1(-tail)), dtype=np.float64)

"""How likely is a history under a model with dropout, as one number with its gradient, fast?

Most terms depend on x alone or on T alone, so they are tabulated once and summed over distinct values; what is left is
one logarithm of a sum for each pattern with an occasion to leave, or where k is above 1 for each pattern.

Ref  as `dropout.py`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.dropout import DropoutParams, probability_alive
from patron.models.timing import log_silence
from patron.stats.maximise import Maximum, Objective

Floats = NDArray[np.float64]

NEVER = 1e-300  # stands for a = 0 where its logarithm is taken
THINNED = 10_000  # patterns that are enough to choose between the starts
BLOCK = 1 << 15  # patterns


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What of the patterns depends on x alone, on T alone, and on all three (where there is an occasion to leave)."""

    k: int
    arrivals: Floats  # k times each x
    occasions: Floats  # to leave, at each x
    customers_x: Floats
    T: Floats
    customers_by_time: Floats
    arrivals_by_time: Floats
    t_x: Floats
    at_x: NDArray[np.intp]
    at_t: NDArray[np.intp]
    at_time: NDArray[np.intp]
    customers: Floats


Height = Callable[[Tables, Floats], tuple[float, Floats]]


def tabulate(x: Floats, t_x: Floats, T: Floats, customers: Floats, *, extra: int, k: int = 1) -> Tables:
    """Tabulate patterns; `extra` is how many occasions to leave there are besides the repeats."""
    distinct_x, at_x = np.unique(x, return_inverse=True)
    distinct_T, at_time = np.unique(T, return_inverse=True)
    joint = (x + extra > 0) | (k > 1)
    distinct_t, at_t = np.unique(t_x[joint], return_inverse=True)
    return Tables(
        k=k,
        arrivals=k * distinct_x,
        occasions=distinct_x + extra,
        customers_x=_sums(at_x, customers),
        T=distinct_T,
        customers_by_time=_sums(at_time, customers),
        arrivals_by_time=_sums(at_time, customers * (k * x)),
        t_x=distinct_t,
        at_x=at_x[joint],
        at_t=at_t,
        at_time=at_time[joint],
        customers=customers[joint],
    )


def thinned(
    height: Height, columns: tuple[Floats, Floats, Floats, Floats], *, extra: int, k: int = 1
) -> tuple[Objective, float] | None:
    """Return the likelihood of every so many sorted patterns and its size, or None where all of them are few."""
    every = len(columns[0]) // THINNED
    if every < 2:
        return None
    x, t_x, T, customers = (np.ascontiguousarray(v[::every]) for v in columns)
    return partial(height, tabulate(x, t_x, T, customers, extra=extra, k=k)), float(customers.sum())


def _sums(place: NDArray[np.intp], values: Floats) -> Floats:
    return np.bincount(place, values).astype(np.float64)


def log_likelihood(tables: Tables, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all customers and its gradient in r, alpha, a, b.

    What `timing` adds for the moments of the purchases is left out: no parameter changes it. Long sums are NumPy's
    pairwise ones: more exact than a dot product, and the same on any number of cores.
    """
    r, alpha, a, b = values
    arrivals, n_x, occasions = tables.arrivals, tables.customers_x, tables.occasions
    weight_T = r * tables.customers_by_time + tables.arrivals_by_time
    log_T, inverse_T = np.log(alpha + tables.T), 1 / (alpha + tables.T)
    total = n_x.sum()
    before = b + occasions - 1 + (occasions == 0)
    gone = _gone(tables, r, alpha, log_odds=np.where(occasions > 0, np.log(a) - np.log(before), -np.inf))
    left = gone.by_x.sum()
    stay = special.betaln(a, b + occasions) - special.betaln(a, b)
    height = (
        n_x @ (special.gammaln(r + arrivals) - special.gammaln(r) + stay)
        + total * r * np.log(alpha)
        - weight_T @ log_T
        + gone.height
    )
    digamma_ab = special.digamma(a + b) - special.digamma(a + b + occasions)
    gradient = np.array([
        n_x @ (special.digamma(r + arrivals) - special.digamma(r)) + total * np.log(alpha)
        - tables.customers_by_time @ log_T + gone.by_r,
        total * r / alpha - weight_T @ inverse_T + gone.by_alpha,
        n_x @ digamma_ab + left / a,
        n_x @ (digamma_ab + special.digamma(b + occasions) - special.digamma(b)) - (gone.by_x / before).sum(),
    ])  # fmt: skip
    return float(height), gradient


@dataclass(frozen=True, kw_only=True)
class _Gone:
    """What silence, or having left, adds to the log-likelihood and its slopes, and how many have left at each x."""

    height: float
    by_r: float
    by_alpha: float
    by_x: Floats


def _gone(tables: Tables, r: float, alpha: float, *, log_odds: Floats) -> _Gone:
    """Sum over the patterns, so many at once that what is made on the way stays in fast memory."""
    log_T, log_t = np.log(alpha + tables.T), np.log(alpha + tables.t_x)
    inverse_T, inverse_t = 1 / (alpha + tables.T), 1 / (alpha + tables.t_x)
    shapes = r + tables.arrivals
    sums, by_x = np.zeros(3), np.zeros(len(shapes))
    for start in range(0, len(tables.at_x), BLOCK):
        block = slice(start, start + BLOCK)
        at_x, at_time, at_t = tables.at_x[block], tables.at_time[block], tables.at_t[block]
        shape, n = shapes[at_x], tables.customers[block]
        waited = log_T[at_time] - log_t[at_t]
        odds = log_odds[at_x] + shape * waited
        if tables.k > 1:
            by_time = inverse_T[at_time]
            silent = log_silence(tables.k, shape, (tables.T[at_time] - tables.t_x[at_t]) * by_time)
            odds -= silent.value
        small = np.exp(-np.abs(odds))
        left = n * np.where(odds > 0, 1.0, small) / (1 + small)
        by_x += np.bincount(at_x, left, minlength=len(by_x))
        sums += (
            (n * (np.maximum(odds, 0) + np.log1p(small))).sum(),
            (left * waited).sum(),
            (left * shape * (inverse_T[at_time] - inverse_t[at_t])).sum(),
        )
        if tables.k > 1:
            stayed = n - left
            sums += (
                (n * silent.value).sum(),
                (stayed * silent.by_shape).sum(),
                -(stayed * silent.by_log_share * by_time).sum(),
            )
    return _Gone(height=sums[0], by_r=sums[1], by_alpha=sums[2], by_x=by_x)


def log_likelihood_of_stayers(tables: Tables, values: Floats) -> tuple[float, Floats]:
    """Return the same in r and alpha alone, when nobody leaves."""
    height, gradient = log_likelihood(tables, np.array([*values, NEVER, 1.0]))
    return height, gradient[:2]


def with_stayers(top: Maximum) -> Maximum:
    """Return a top in r and alpha as one in r, alpha, a = 0 and b = 1, which are given."""
    return replace(top, values=np.append(top.values, [0.0, 1.0]), covariance=np.pad(top.covariance, (0, 2)))


def starts(arrivals: float, time: float) -> list[list[float]]:
    """Return three plausible shops: very different customers who stay, alike customers, and quick leavers."""
    pace = time / arrivals
    return [[0.5, 0.5 * pace, 0.5, 3.0], [2.0, 2.0 * pace, 1.0, 10.0], [0.3, 0.1 * pace, 1.0, 1.5]]


def scores(params: DropoutParams, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return each customer's gradient of the log-likelihood on the log scale of the parameters r, alpha, a, b."""
    r, alpha, a, b, k = astuple(params)
    n, shape = params.occasions(x), r + params.arrivals(x)
    stayed = probability_alive(params, x, t_x, T)
    left = 1 - stayed
    dropout = special.digamma(a + b) - special.digamma(a + b + n)
    before = np.where(n > 0, b + n - 1, 1.0)
    waited = np.log1p((T - t_x) / (alpha + t_x))
    silent = log_silence(k, shape, (T - t_x) / (alpha + T))
    rate = special.digamma(shape) - special.digamma(r) - np.log1p(T / alpha)
    passed = shape + stayed * silent.by_log_share + left * shape * (T - t_x) / (alpha + t_x)
    return np.column_stack([
        r * (rate + left * waited + stayed * silent.by_shape),
        r - alpha * passed / (alpha + T),
        a * dropout + left,
        b * (dropout + special.digamma(b + n) - special.digamma(b) - left / before),
    ])  # fmt: skip

"""How likely is a history under Pareto/NBD, as one number with its gradient, fast?

The costly part, the chance of leaving before the next purchase, depends on x and one moment (t_x or T): it is computed
once for each different pair. What depends on x alone is summed over distinct values; what is left for each pattern is
one exponential and one logarithm.

Ref  as `pareto_nbd_scores.py`
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.distinct import distinct_rows
from patron.models.pareto_nbd_scores import LARGEST, ParetoNbdParams
from patron.stats.maximise import Objective
from patron.stats.race import Race, race

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

THINNED = 10_000  # patterns that are enough to choose between the starts


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What of the patterns depends on x alone, on x and one moment, and on all three."""

    x: Floats
    customers_x: Floats
    pair_x: Ints  # place in x
    moment: Floats  # of each pair: t_x or T
    customers_end: Floats  # whose (x, T) it is
    at_start: Ints  # each pattern's pair (x, t_x)
    at_end: Ints  # each pattern's pair (x, T)
    customers: Floats


def tabulate(x: Floats, t_x: Floats, T: Floats, customers: Floats) -> Tables:
    """Tabulate patterns."""
    both_x, moments = np.r_[x, x], np.r_[t_x, T]
    pair, shown_by = distinct_rows([both_x, moments])
    distinct_x, pair_x = np.unique(both_x[shown_by], return_inverse=True)
    at_start, at_end = pair[: len(x)], pair[len(x) :]
    customers_end = _sums(at_end, customers, len(shown_by))
    return Tables(
        x=distinct_x, customers_x=_sums(pair_x, customers_end, len(distinct_x)), pair_x=pair_x,
        moment=moments[shown_by], customers_end=customers_end, at_start=at_start, at_end=at_end, customers=customers,
    )  # fmt: skip


def objective(x: Floats, t_x: Floats, T: Floats, customers: Floats) -> Objective:
    """Return the log-likelihood of patterns, with its gradient, as a function of r, alpha, s and beta."""
    tables = tabulate(x, t_x, T, customers)
    return lambda values: log_likelihood(tables, values)


def thinned(x: Floats, t_x: Floats, T: Floats, customers: Floats) -> tuple[Objective, float] | None:
    """Return the objective of every so many sorted patterns and its size, or None where all of them are few."""
    every = len(x) // THINNED
    if every < 2:
        return None
    part = [np.ascontiguousarray(column[::every]) for column in (x, t_x, T, customers)]
    return objective(*part), float(part[3].sum())


def _sums(place: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(place, values, minlength=size).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class _Pairs:
    """Of each pair of x and a moment u: r + x, alpha + u, beta + u, their logarithms, q(u) and g(u) with its slopes."""

    k: Floats
    a: Floats
    b: Floats
    log_a: Floats
    log_b: Floats
    q: Floats
    leaves: Race


def _pairs(params: ParetoNbdParams, x: Floats, moment: Floats) -> _Pairs:
    r, alpha, s, beta = astuple(params)
    k, a, b = r + x, alpha + moment, beta + moment
    log_a, log_b = np.log(a), np.log(b)
    leaves = race(k, s, a / b, span=params.span)
    return _Pairs(k=k, a=a, b=b, log_a=log_a, log_b=log_b, q=k * log_a + s * log_b, leaves=leaves)


def _patterns(pairs: _Pairs, at_start: Ints, at_end: Ints) -> tuple[Floats, Floats, Floats]:
    """Return each pattern's -log P(alive), and its slopes in the early log g - q and the late 1 - g."""
    early = pairs.q[at_end] + (np.log(pairs.leaves.chance) - pairs.q)[at_start]
    kept = np.minimum(early, LARGEST)
    odds = np.exp(kept)
    whole = (1 - pairs.leaves.chance)[at_end] + odds
    return np.log(whole) + (early - kept), odds / whole, 1 / whole


def log_likelihood(tables: Tables, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all customers and its gradient in r, alpha, s, beta."""
    r, alpha, s, beta = (float(value) for value in values)
    pairs = _pairs(ParetoNbdParams(r=r, alpha=alpha, s=s, beta=beta), tables.x[tables.pair_x], tables.moment)
    height, gone, alive = _patterns(pairs, tables.at_start, tables.at_end)
    n, n_x, size = tables.customers, tables.customers_x, len(tables.moment)
    early = _sums(tables.at_start, n * gone, size)
    on_q = _sums(tables.at_end, n * gone, size) - early - tables.customers_end
    on_g = early / pairs.leaves.chance - _sums(tables.at_end, n * alive, size)
    total, k = n.sum(), r + tables.x
    by_ratio = on_g * pairs.leaves.by_log_ratio
    gradient = np.array([
        n_x @ (special.digamma(k) - special.digamma(r)) + total * np.log(alpha)
        + (on_q * pairs.log_a + on_g * pairs.leaves.by_shape).sum(),
        total * r / alpha + ((on_q * pairs.k + by_ratio) / pairs.a).sum(),
        total * np.log(beta) + (on_q * pairs.log_b + on_g * pairs.leaves.by_rival).sum(),
        total * s / beta + ((on_q * s - by_ratio) / pairs.b).sum(),
    ])  # fmt: skip
    rates = n_x @ (special.gammaln(k) - special.gammaln(r)) + total * (r * np.log(alpha) + s * np.log(beta))
    return float(rates - (tables.customers_end * pairs.q).sum() + (n * height).sum()), gradient


def starts(purchases: float, time: float) -> list[list[float]]:
    """Return three plausible shops: very different customers who stay, alike customers, and quick leavers."""
    pace = time / purchases
    return [[0.5, 0.5 * pace, 0.5, 1.0], [2.0, 2.0 * pace, 1.0, 4.0], [0.5, 0.1 * pace, 0.5, 0.1]]


def scores(params: ParetoNbdParams, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return each customer's gradient of the log-likelihood on the log scale of the parameters."""
    r, alpha, s, beta = astuple(params)
    tables = tabulate(x, t_x, T, np.ones(len(x)))
    pairs, at, end = _pairs(params, tables.x[tables.pair_x], tables.moment), tables.at_start, tables.at_end
    _, gone, alive = _patterns(pairs, at, end)
    early, late, race_ = gone / pairs.leaves.chance[at], -alive, pairs.leaves

    def slope(by_q: Floats, by_g: Floats) -> Floats:
        return (gone - 1) * by_q[end] - gone * by_q[at] + early * by_g[at] + late * by_g[end]

    return np.column_stack([
        r * (special.digamma(r + x) - special.digamma(r) + np.log(alpha) + slope(pairs.log_a, race_.by_shape)),
        r + alpha * slope(pairs.k / pairs.a, race_.by_log_ratio / pairs.a),
        s * (np.log(beta) + slope(pairs.log_b, race_.by_rival)),
        s + beta * slope(s / pairs.b, -race_.by_log_ratio / pairs.b),
    ])  # fmt: skip

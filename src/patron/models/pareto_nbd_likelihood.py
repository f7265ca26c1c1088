"""How likely is a history under Pareto/NBD, as one number with its gradient, fast?

The costly part, the chance of leaving before the next purchase, depends on x and one moment (t_x or T): it is computed
once for each different pair. What depends on x alone is summed over distinct values; what is left for each pattern is
one exponential and one logarithm.

Cells of customers may have scales of their own, alpha and beta; r and s are common to all of them, so the chances of
all cells are computed together, and as many cells as there are values of covariates cost no loop.

Ref  as `pareto_nbd_scores.py`
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.covariate_effects import HeightByCell
from patron.models.distinct import distinct_rows
from patron.models.pareto_nbd_scores import LARGEST, ParetoNbdParams, span_of
from patron.stats.maximise import Objective
from patron.stats.race import Race, race

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

THINNED = 10_000  # patterns that are enough to choose between the starts


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What of the patterns depends on x alone, on x and one moment, and on all three; each within a cell."""

    cells: int
    x: Floats
    x_cell: Ints
    customers_x: Floats
    pair_x: Ints  # place in x
    pair_cell: Ints
    moment: Floats  # of each pair: t_x or T
    customers_end: Floats  # whose (x, T) it is
    at_start: Ints  # each pattern's pair (x, t_x)
    at_end: Ints  # each pattern's pair (x, T)
    customers: Floats


def tabulate(x: Floats, t_x: Floats, T: Floats, customers: Floats, cell: Ints | None = None, cells: int = 1) -> Tables:
    """Tabulate patterns, all of one cell unless the cells are told."""
    where = np.zeros(len(x), dtype=np.int64) if cell is None else cell
    both_x, both_cells, moments = np.r_[x, x], np.r_[where, where], np.r_[t_x, T]
    # Pairs of one x stand side by side, whatever their cell: that is how their chances are quickest to compute.
    pair, shown_by = distinct_rows([both_x, both_cells.astype(np.float64), moments])
    pair_cell = both_cells[shown_by]
    pair_x, shows_x = distinct_rows([both_x[shown_by], pair_cell.astype(np.float64)])
    at_start, at_end = pair[: len(x)], pair[len(x) :]
    customers_end = _sums(at_end, customers, len(shown_by))
    return Tables(
        cells=cells, x=both_x[shown_by][shows_x], x_cell=pair_cell[shows_x],
        customers_x=_sums(pair_x, customers_end, len(shows_x)), pair_x=pair_x, pair_cell=pair_cell,
        moment=moments[shown_by], customers_end=customers_end, at_start=at_start, at_end=at_end, customers=customers,
    )  # fmt: skip


def objective(x: Floats, t_x: Floats, T: Floats, customers: Floats) -> Objective:
    """Return the log-likelihood of patterns, with its gradient, as a function of r, alpha, s and beta."""
    tables = tabulate(x, t_x, T, customers)

    def height(values: Floats) -> tuple[float, Floats]:
        total, gradient = log_likelihood(tables, np.asarray(values, dtype=np.float64)[None, :])
        return total, gradient[0]

    return height


def by_cell(columns: tuple[Floats, Floats, Floats], customers: Floats, cell: Ints, cells: int) -> HeightByCell:
    """Return the same of patterns in cells, as a function of each cell's parameters; all have the same r and s."""
    return partial(log_likelihood, tabulate(*columns, customers, cell, cells))


def thinned(x: Floats, t_x: Floats, T: Floats, customers: Floats) -> tuple[Objective, float] | None:
    """Return the objective of every so many sorted patterns and its size, or None where all of them are few."""
    every = len(x) // THINNED
    if every < 2:
        return None
    part = [np.ascontiguousarray(column[::every]) for column in (x, t_x, T, customers)]
    return objective(*part), float(part[3].sum())


def _sums(place: Ints, values: Floats, size: int) -> Floats:
    if size == 1:
        return np.array([values.sum()])  # in pairs: more exact than one after the other, which a flat top shows
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


def _pairs(r: float, alpha: Floats, s: float, beta: Floats, x: Floats, moment: Floats) -> _Pairs:
    """Compute the pairs; `alpha` and `beta` are those of each, or one for all."""
    k, a, b = r + x, alpha + moment, beta + moment
    log_a, log_b = np.log(a), np.log(b)
    leaves = race(k, s, a / b, span=span_of(alpha / beta))
    return _Pairs(k=k, a=a, b=b, log_a=log_a, log_b=log_b, q=k * log_a + s * log_b, leaves=leaves)


def _patterns(pairs: _Pairs, at_start: Ints, at_end: Ints) -> tuple[Floats, Floats, Floats]:
    """Return each pattern's -log P(alive), and its slopes in the early log g - q and the late 1 - g."""
    early = pairs.q[at_end] + (np.log(pairs.leaves.chance) - pairs.q)[at_start]
    kept = np.minimum(early, LARGEST)
    odds = np.exp(kept)
    whole = (1 - pairs.leaves.chance)[at_end] + odds
    return np.log(whole) + (early - kept), odds / whole, 1 / whole


def log_likelihood(tables: Tables, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all customers and its gradient.

    Parameters
    ----------
    tables : Tables
        Of `tabulate`.
    values : array of shape (cells, 4)
        r, alpha, s and beta of each cell; r and s are the same in all of them.

    Returns
    -------
    float, array of shape (cells, 4)
    """
    (r, _, s, _), (_, alpha, _, beta) = values[0].tolist(), values.T
    at = tables.pair_cell
    pairs = _pairs(r, alpha[at], s, beta[at], tables.x[tables.pair_x], tables.moment)
    height, gone, alive = _patterns(pairs, tables.at_start, tables.at_end)
    n, n_x, size = tables.customers, tables.customers_x, len(tables.moment)
    early = _sums(tables.at_start, n * gone, size)
    on_q = _sums(tables.at_end, n * gone, size) - early - tables.customers_end
    on_g = early / pairs.leaves.chance - _sums(tables.at_end, n * alive, size)
    total, k = _sums(tables.x_cell, n_x, tables.cells), r + tables.x
    by_ratio = on_g * pairs.leaves.by_log_ratio

    def summed(parts: Floats) -> Floats:
        return _sums(at, parts, tables.cells)

    often = _sums(tables.x_cell, n_x * (special.digamma(k) - special.digamma(r)), tables.cells)
    gradient = np.column_stack([
        often + total * np.log(alpha) + summed(on_q * pairs.log_a + on_g * pairs.leaves.by_shape),
        total * r / alpha + summed((on_q * pairs.k + by_ratio) / pairs.a),
        total * np.log(beta) + summed(on_q * pairs.log_b + on_g * pairs.leaves.by_rival),
        total * s / beta + summed((on_q * s - by_ratio) / pairs.b),
    ])  # fmt: skip
    rates = n_x @ (special.gammaln(k) - special.gammaln(r)) + total @ (r * np.log(alpha) + s * np.log(beta))
    return float(rates - (tables.customers_end * pairs.q).sum() + (n * height).sum()), gradient


def starts(purchases: float, time: float) -> list[list[float]]:
    """Return three plausible shops: very different customers who stay, alike customers, and quick leavers."""
    pace = time / purchases
    return [[0.5, 0.5 * pace, 0.5, 1.0], [2.0, 2.0 * pace, 1.0, 4.0], [0.5, 0.1 * pace, 0.5, 0.1]]


def scores(params: ParetoNbdParams, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return each customer's gradient of the log-likelihood on the log scale of the parameters."""
    r, alpha, s, beta = astuple(params)
    tables = tabulate(x, t_x, T, np.ones(len(x)))
    pairs = _pairs(r, np.array([alpha]), s, np.array([beta]), tables.x[tables.pair_x], tables.moment)
    at, end = tables.at_start, tables.at_end
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

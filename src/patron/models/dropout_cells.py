"""How likely is a history under BG/NBD or MBG/NBD when each cell of customers has parameters of its own?

As `dropout_likelihood.py`, with one table for all cells: most terms depend on cell and x alone, or on cell and T
alone. So a few cells cost hardly more than one, and as many cells as customers cost no loop.

Ref  as `dropout.py`
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.covariate_effects import HeightByCell, Tabulate
from patron.models.distinct import distinct_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class CellTables:
    """What of the patterns depends on cell and x, on cell and T, and on all (those with an occasion to leave)."""

    cells: int
    x_cell: Ints
    x: Floats
    occasions: Floats
    customers_x: Floats
    T_cell: Ints
    T: Floats
    customers_by_time: Floats
    purchases_by_time: Floats
    t_cell: Ints
    t_x: Floats
    at_x: Ints
    at_time: Ints
    at_t: Ints
    tempted_customers: Floats


def tabulated(extra: int) -> Tabulate:
    """Return what tabulates patterns; `extra` is how many occasions to leave there are besides the repeats."""

    def tabulate(columns: tuple[Floats, Floats, Floats], customers: Floats, cell: Ints, cells: int) -> HeightByCell:
        return partial(log_likelihood_by_cell, _tabulate(columns, customers, cell, cells, extra=extra))

    return tabulate


def _tabulate(
    columns: tuple[Floats, Floats, Floats], customers: Floats, cell: Ints, cells: int, *, extra: int
) -> CellTables:
    x, t_x, T = columns
    where = cell.astype(np.float64)
    at_x, shows_x = distinct_rows([where, x])
    at_time, shows_T = distinct_rows([where, T])
    tempted = np.flatnonzero(x + extra > 0)
    at_t, shows_t = distinct_rows([where[tempted], t_x[tempted]])
    return CellTables(
        cells=cells,
        x_cell=cell[shows_x],
        x=x[shows_x],
        occasions=x[shows_x] + extra,
        customers_x=_sums(at_x, customers),
        T_cell=cell[shows_T],
        T=T[shows_T],
        customers_by_time=_sums(at_time, customers),
        purchases_by_time=_sums(at_time, customers * x),
        t_cell=cell[tempted][shows_t],
        t_x=t_x[tempted][shows_t],
        at_x=at_x[tempted],
        at_time=at_time[tempted],
        at_t=at_t,
        tempted_customers=customers[tempted],
    )


def log_likelihood_by_cell(tables: CellTables, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all customers and its gradient in r, alpha, a, b of each cell."""
    r, alpha, a, b = values.T
    x, n_x, occasions, cell = tables.x, tables.customers_x, tables.occasions, tables.x_cell
    r_x, a_x, b_x, alpha_T = r[cell], a[cell], b[cell], alpha[tables.T_cell]
    weight_T = r[tables.T_cell] * tables.customers_by_time + tables.purchases_by_time
    waited_T = np.log1p(tables.T / alpha_T)  # log of alpha + T, less log of alpha
    before = b_x + occasions - 1 + (occasions == 0)
    gone = _gone(tables, values, log_odds=np.log(a_x) - np.log(before))
    stay = special.betaln(a_x, b_x + occasions) - special.betaln(a_x, b_x)
    height = (
        (n_x * (special.gammaln(r_x + x) - special.gammaln(r_x) + stay - x * np.log(alpha[cell]))).sum()
        - (weight_T * waited_T).sum()
        + gone.height
    )
    digamma_ab = special.digamma(a_x + b_x) - special.digamma(a_x + b_x + occasions)
    digamma_b = special.digamma(b_x + occasions) - special.digamma(b_x)
    gradient = np.column_stack([
        _sums(cell, n_x * (special.digamma(r_x + x) - special.digamma(r_x)) + gone.by_r, tables.cells)
        - _sums(tables.T_cell, tables.customers_by_time * waited_T, tables.cells),
        _sums(cell, gone.by_alpha - n_x * x / alpha[cell], tables.cells)
        + _sums(tables.T_cell, weight_T * tables.T / (alpha_T * (alpha_T + tables.T)), tables.cells),
        _sums(cell, n_x * digamma_ab + gone.by_x / a_x, tables.cells),
        _sums(cell, n_x * (digamma_ab + digamma_b) - gone.by_x / before, tables.cells),
    ])  # fmt: skip
    return float(height), gradient


@dataclass(frozen=True, kw_only=True)
class _Gone:
    """What the chance of having left adds to the log-likelihood and its slopes, and who has left, by cell and x."""

    height: float
    by_r: Floats
    by_alpha: Floats
    by_x: Floats


def _gone(tables: CellTables, values: Floats, *, log_odds: Floats) -> _Gone:
    r, alpha = values[:, 0], values[:, 1]
    at_x, at_time, at_t, n = tables.at_x, tables.at_time, tables.at_t, tables.tempted_customers
    reach_T, reach_t = alpha[tables.T_cell] + tables.T, alpha[tables.t_cell] + tables.t_x
    shape = (r[tables.x_cell] + tables.x)[at_x]
    waited = np.log(reach_T)[at_time] - np.log(reach_t)[at_t]
    odds = log_odds[at_x] + shape * waited
    small = np.exp(-np.abs(odds))
    left = n * np.where(odds > 0, 1.0, small) / (1 + small)
    slope = shape * ((1 / reach_T)[at_time] - (1 / reach_t)[at_t])
    by_x, by_r, by_alpha = (_sums(at_x, part, len(tables.x)) for part in (left, left * waited, left * slope))
    height = (n * (np.maximum(odds, 0) + np.log1p(small))).sum()
    return _Gone(height=float(height), by_r=by_r, by_alpha=by_alpha, by_x=by_x)


def _sums(place: Ints, values: Floats, size: int = 0) -> Floats:
    return np.bincount(place, values, minlength=size).astype(np.float64)

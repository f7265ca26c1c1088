"""Which parameters of a model does a covariate move, and in which direction?

A model that takes covariates declares it: `PurchaseModel.covariate_effects`. A covariate z moves a parameter by the
factor exp(sign x coefficient x z), so that a coefficient has the same meaning in all models.

Ref  Fader & Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models (note)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.stats.maximise import Objective

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HeightByCell = Callable[[Floats], tuple[float, Floats]]
"""From the parameters of each cell, shape (cells, parameters), to the log-likelihood of all customers and its gradient
in these, of the same shape."""

Tabulate = Callable[[tuple[Floats, Floats, Floats], Floats, Ints, int], HeightByCell]
"""From the patterns (x, t_x and T; how many customers; in which cell) and the number of cells to their likelihood."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A covariate z multiplies `parameter` by exp(sign x coefficient x z)."""

    coefficient: str
    parameter: str
    sign: float


@dataclass(frozen=True, kw_only=True)
class CovariateEffects:
    """What covariates move in a model, on the side of the purchases and on that of the dropout.

    `scale` names a parameter that is all there is of time in the model: a factor on it is the same as its inverse on
    all times. So customers who differ in it alone can be scored together.
    """

    purchases: tuple[Effect, ...]
    dropout: tuple[Effect, ...]
    tabulate: Tabulate
    scale: str | None = None


def cell_by_cell(objective: Callable[[Floats, Floats, Floats, Floats], Objective]) -> Tabulate:
    """Return what tabulates patterns for any model: each cell by itself, for models without a table of all cells.

    `objective` takes x, t_x, T and how many customers show each, and returns the log-likelihood of these with its
    gradient in the model's parameters.
    """

    def tabulate(columns: tuple[Floats, Floats, Floats], customers: Floats, cell: Ints, cells: int) -> HeightByCell:
        x, t_x, T = columns
        order = np.argsort(cell, kind="stable")
        rows = np.split(order, np.searchsorted(cell[order], np.arange(1, cells)))
        parts = [objective(x[chosen], t_x[chosen], T[chosen], customers[chosen]) for chosen in rows]

        def height(values: Floats) -> tuple[float, Floats]:
            found = [part(params) for part, params in zip(parts, values, strict=True)]
            return sum(total for total, _ in found), np.array([gradient for _, gradient in found])

        return height

    return tabulate


def of_chances(tabulate: Tabulate) -> CovariateEffects:
    """Return the effects in a model whose rate is Gamma(r, alpha) and whose dropout chance is Beta(a, b)."""
    return CovariateEffects(
        purchases=(Effect(coefficient="gamma1", parameter="alpha", sign=-1.0),),
        dropout=(
            Effect(coefficient="gamma2", parameter="a", sign=1.0),
            Effect(coefficient="gamma3", parameter="b", sign=1.0),
        ),
        tabulate=tabulate,
        scale="alpha",
    )

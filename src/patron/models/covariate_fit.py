"""What are the most likely parameters and coefficients of a model with covariates?

The parameters of a cell are the baseline's times exp(sign x coefficient x covariate). Their logs are linear in the logs
of the baseline and the coefficients, so the gradient follows from that of each cell. The climb begins at the top of the
model without covariates, all coefficients 0: it never ends lower.

Ref  Fader & Hardie (2007), as `covariate_effects.py`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.errors import FitError
from patron.language import failure, listing
from patron.models.covariate_effects import Effect, HeightByCell
from patron.stats.maximise import maximise

Floats = NDArray[np.float64]

NEVER = 1e-300  # stands for a parameter of 0 where its logarithm is taken


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One effect of some covariates: its coefficients' names, and what they are multiplied with in each cell."""

    effect: Effect
    labels: tuple[str, ...]
    design: Floats  # shape (cells, coefficients)
    scales: Floats  # the unit in which each coefficient is searched

    @property
    def names(self) -> tuple[str, ...]:
        """What the coefficients are called."""
        return tuple(f"{self.effect.coefficient}[{label}]" for label in self.labels)


def parameters_by_cell(params: dict[str, float], baseline: Sequence[str], moved: Sequence[Moved]) -> dict[str, Floats]:
    """Return the parameters of each cell."""
    cells = len(moved[0].design)
    values = {name: np.full(cells, params[name]) for name in baseline}
    for one in moved:
        shift = one.design @ np.array([params[name] for name in one.names])
        values[one.effect.parameter] = values[one.effect.parameter] * np.exp(one.effect.sign * shift)
    return values


@dataclass(frozen=True, kw_only=True)
class JointTop:
    """The most likely values by name; the covariance is of the baseline's logs and of the coefficients."""

    params: dict[str, float]
    covariance: Floats
    log_likelihood: float


def fit_jointly(
    height: HeightByCell, baseline: dict[str, float], given: Sequence[str], moved: Sequence[Moved], *, customers: int
) -> JointTop:
    """Climb to the most likely baseline and coefficients.

    Parameters
    ----------
    height : callable
        From the parameters of each cell to the log-likelihood and its gradient.
    baseline : dict
        The most likely parameters without covariates.
    given : sequence of str
        Those of them that are not searched.
    moved : sequence of Moved
        What the covariates move.
    customers : int
        How many customers the log-likelihood sums.

    Raises
    ------
    FitError
        The data do not determine a coefficient, or the climb did not arrive.
    """
    free = [name for name in baseline if name not in given]
    problem = _Problem(height, baseline, free, moved)
    names = [*free, *(name for one in moved for name in one.names)]
    start = [*(baseline[name] for name in free), *np.ones(len(names) - len(free))]
    try:
        top = maximise(problem, starts=[start], names=names, size=float(customers))
    except FitError as error:
        raise _in_terms_of_coefficients(error, free) from error
    scale = np.concatenate([np.ones(len(free)), *(one.scales for one in moved)])
    found = dict(zip(free, top.values[: len(free)].tolist(), strict=True))
    slopes = dict(zip(names[len(free) :], (np.log(top.values) / scale)[len(free) :].tolist(), strict=True))
    params = {name: found.get(name, value) for name, value in baseline.items()} | slopes
    return JointTop(
        params=params,
        covariance=_placed(top.covariance / np.outer(scale, scale), names, list(params)),
        log_likelihood=top.log_likelihood,
    )


class _Problem:
    """The log-likelihood and its gradient in the free parameters and the exponentials of the coefficients."""

    def __init__(
        self, height: HeightByCell, baseline: dict[str, float], free: Sequence[str], moved: Sequence[Moved]
    ) -> None:
        self.height = height
        self.cells = len(moved[0].design)
        self.logs = np.log([max(value, NEVER) for value in baseline.values()])
        self.free = [list(baseline).index(name) for name in free]
        self.moves = [
            (list(baseline).index(one.effect.parameter), one.effect.sign * one.design / one.scales) for one in moved
        ]

    def __call__(self, values: Floats) -> tuple[float, Floats]:
        position = np.log(values)
        base = self.logs.copy()
        base[self.free] = position[: len(self.free)]
        logs = np.tile(base, (self.cells, 1))
        start = len(self.free)
        for column, design in self.moves:
            logs[:, column] += design @ position[start : start + design.shape[1]]
            start += design.shape[1]
        params = np.exp(logs)
        height, gradient = self.height(params)
        slopes = gradient * params
        parts = [slopes[:, self.free].sum(axis=0), *(slopes[:, column] @ design for column, design in self.moves)]
        return height, np.concatenate(parts) / values


def _placed(covariance: Floats, names: Sequence[str], among: Sequence[str]) -> Floats:
    """Return a covariance of some parameters as one of all of them; the others are given, without error."""
    place = [list(among).index(name) for name in names]
    whole = np.zeros((len(among), len(among)))
    whole[np.ix_(place, place)] = covariance
    return whole


def _in_terms_of_coefficients(error: FitError, baseline: Sequence[str]) -> FitError:
    """Return the error with coefficients in place of the factors that were searched."""
    ends = error.data.get("values")
    if not isinstance(ends, dict):
        return error
    values = {name: value if name in baseline else float(np.log(value)) for name, value in ends.items()}
    came = listing(f"{name} = {value:.4g}" for name, value in values.items())
    return failure(FitError, "covariates.flat", parameters=error.data["parameters"], values=values, came=came)

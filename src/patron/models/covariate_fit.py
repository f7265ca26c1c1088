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
from patron.stats.maximise import STEP, maximise

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
        top = maximise(problem, starts=[start], names=names, size=float(customers), curvature=problem.curvature)
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
        self.logs = np.log([max(value, NEVER) for value in baseline.values()])
        place = {name: column for column, name in enumerate(baseline)}
        cells = len(moved[0].design)
        # What is searched moves the log of one parameter each, the baseline by 1 in every cell.
        self.moves = [(place[name], np.ones((cells, 1))) for name in free]
        self.moves += [(place[one.effect.parameter], one.effect.sign * one.design / one.scales) for one in moved]
        self.free = [place[name] for name in free]

    def __call__(self, values: Floats) -> tuple[float, Floats]:
        height, slopes = self._slopes(self._logs(values))
        return height, np.concatenate([slopes[:, column] @ design for column, design in self.moves]) / values

    def curvature(self, values: Floats) -> Floats:
        """Return the second derivatives by the logs of what is searched, from those of each cell.

        These are central differences of the cells' gradients, all cells at once: two evaluations a parameter of the
        model, however many coefficients there are.
        """
        logs = self._logs(values)
        bend = np.zeros((len(logs), logs.shape[1], logs.shape[1]))
        for column in self.free:
            side = STEP * (np.arange(logs.shape[1]) == column)
            bend[:, column] = (self._slopes(logs + side)[1] - self._slopes(logs - side)[1]) / (2 * STEP)
        bend = (bend + bend.transpose(0, 2, 1)) / 2
        return np.block([
            [one.T @ (bend[:, column, other, None] * two) for other, two in self.moves] for column, one in self.moves
        ])  # fmt: skip

    def _logs(self, values: Floats) -> Floats:
        """Return the logs of the parameters of each cell."""
        position, start = np.log(values), 0
        fixed = self.logs.copy()
        fixed[self.free] = 0.0
        logs = np.tile(fixed, (len(self.moves[0][1]), 1))
        for column, design in self.moves:
            logs[:, column] += design @ position[start : start + design.shape[1]]
            start += design.shape[1]
        return logs

    def _slopes(self, logs: Floats) -> tuple[float, Floats]:
        params = np.exp(logs)
        height, gradient = self.height(params)
        return height, gradient * params


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

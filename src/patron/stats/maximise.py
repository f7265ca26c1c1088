"""Where is a likelihood at its highest, how sharp is the peak, and is it a peak at all?

Positive parameters are searched on their log scale, so that no step can leave their range and a change of unit is a
mere shift. Each start is climbed with the analytic gradient (L-BFGS), the best is polished by Newton's method, and the
curvature at the top gives the covariance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from patron.errors import FitError
from patron.language import failure, listing

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]

RANGE = 16.0  # how far a log-parameter may go from the starts: a factor of nine million
STEP = 1e-4  # of the central difference on the log scale: its error is about 1e-8
FLAT = 10.0  # a standard error of a log-parameter beyond this says that the data do not determine it
MOVED = 1e-4  # a move on the log scale that changes the curvature by more than its own error
LEVEL = 1e-13  # slope of the mean log-likelihood at which nothing is left to gain
STEEP = 1e-6  # slope of the mean log-likelihood that a top may still have


@dataclass(frozen=True, kw_only=True)
class Maximum:
    """The top of a log-likelihood: parameters, height, and covariance of the parameters' logarithms."""

    values: Floats
    log_likelihood: float
    covariance: Floats
    evaluations: int


def maximise(
    objective: Objective,
    *,
    starts: Sequence[Sequence[float]],
    names: Sequence[str],
    size: float,
    rough: tuple[Objective, float] | None = None,
    curvature: Callable[[Floats], Floats] | None = None,
) -> Maximum:
    """Climb to the highest point of a log-likelihood of positive parameters.

    Parameters
    ----------
    objective : callable
        From positive parameters to the log-likelihood and its gradient.
    starts : sequence of sequences of float
        Positive points to climb from; all of them are tried.
    names : sequence of str
        The parameters' names, for the diagnosis.
    size : float
        How many observations the log-likelihood sums.
    rough : (callable, float), optional
        The objective on a sample, and its size: the starts climb that, and only the best of them the whole.
    curvature : callable, optional
        From positive parameters to the second derivatives of the log-likelihood by their logarithms, where that takes
        less than two evaluations of the objective a parameter.

    Raises
    ------
    FitError
        The climb did not arrive, or the data do not determine a parameter (it runs away, or the top is flat).

    Examples
    --------
    >>> def poisson(rate):  # seven events in two units of time
    ...     return float(7 * np.log(rate[0]) - 2 * rate[0]), 7 / rate - 2
    >>> top = maximise(poisson, starts=[[1.0], [10.0]], names=["rate"], size=7)
    >>> round(float(top.values[0]), 9), round(float(top.covariance[0, 0]), 6)  # 7 / 2, and 1 / 7 on the log scale
    (3.5, 0.142857)
    """
    slope = _Slope(objective, size, curvature)
    points = np.log(np.asarray(starts, dtype=np.float64))
    bounds = list(zip(points.min(axis=0) - RANGE, points.max(axis=0) + RANGE, strict=True))
    first = slope if rough is None else _Slope(*rough)
    _, best = min((_climb(first, point, bounds) for point in points), key=lambda found: found[0])
    if rough is not None:
        _, best = _climb(slope, best, bounds)
    top, bend = _polish(slope, best)
    _diagnose(slope, top, bend, bounds, names)
    value, _ = slope(top)
    return Maximum(
        values=np.exp(top),
        log_likelihood=-value * size,
        covariance=np.asarray(np.linalg.inv(bend) / size, dtype=np.float64),
        evaluations=slope.evaluations,
    )


class _Slope:
    """The mean negative log-likelihood and its gradient on the log scale, counted."""

    def __init__(self, objective: Objective, size: float, curvature: Callable[[Floats], Floats] | None = None) -> None:
        self.objective = objective
        self.size = size
        self.curvature = curvature
        self.evaluations = 0

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        self.evaluations += 1
        values = np.exp(logs)
        height, gradient = self.objective(values)
        return -height / self.size, -gradient * values / self.size

    def bend(self, logs: Floats) -> Floats:
        """Return the Hessian, where it is not given by central differences of the analytic gradient."""
        if self.curvature is not None:
            return -self.curvature(np.exp(logs)) / self.size
        rows = [(self(logs + side)[1] - self(logs - side)[1]) / (2 * STEP) for side in np.eye(logs.size) * STEP]
        matrix = np.array(rows)
        return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)


def _climb(slope: _Slope, start: Floats, bounds: list[tuple[float, float]]) -> tuple[float, Floats]:
    found = optimize.minimize(
        slope, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-6, "maxiter": 500}
    )
    return float(found.fun), np.asarray(found.x, dtype=np.float64)


def _polish(slope: _Slope, point: Floats, *, steps: int = 12) -> tuple[Floats, Floats]:
    """Take Newton steps while the slope still falls; return the top and its curvature.

    The curvature is computed anew only after a step that is long enough to change it.
    """
    _, gradient = slope(point)
    bend, bent_at = slope.bend(point), point
    for _ in range(steps):
        trial = point + np.clip(-np.linalg.lstsq(bend, gradient, rcond=1e-10)[0], -1, 1)
        _, slant = slope(trial)
        if not np.abs(slant).max() < np.abs(gradient).max():
            break
        point, gradient = trial, slant
        if np.abs(point - bent_at).max() > MOVED:
            bend, bent_at = slope.bend(point), point
        if np.abs(gradient).max() < LEVEL:
            break
    return point, bend


def _diagnose(
    slope: _Slope, top: Floats, bend: Floats, bounds: list[tuple[float, float]], names: Sequence[str]
) -> None:
    """Say what is wrong with a point that is no proper maximum."""
    values = dict(zip(names, np.exp(top).tolist(), strict=True))
    facts = {"came": listing(f"{name} = {value:.4g}" for name, value in values.items())}
    _, gradient = slope(top)
    loose = _undetermined(bend, slope.size)
    low, high = np.array(bounds).T
    loose |= (top - low < 1e-3) | (high - top < 1e-3)
    if loose.any():
        culprits = [name for name, is_loose in zip(names, loose, strict=True) if is_loose]
        raise failure(FitError, "models.fit_flat", parameters=listing(culprits), values=values, **facts)
    if not np.abs(gradient).max() < STEEP:
        raise failure(
            FitError, "models.fit_not_converged", slope=float(np.abs(gradient).max()), allowed=STEEP, **facts
        )  # fmt: skip


def _undetermined(bend: Floats, size: float) -> NDArray[np.bool_]:
    """Tell which parameters have a share in a direction in which the top is flat, or no top."""
    if not np.isfinite(bend).all():
        return np.ones(len(bend), dtype=bool)
    curvature, directions = np.linalg.eigh(bend)
    flat = curvature <= 1 / (size * FLAT**2)
    return np.asarray((np.abs(directions[:, flat]) > 0.3).any(axis=1), dtype=bool)

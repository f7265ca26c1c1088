"""How far was a forecast off, how sure is that, and is it less than another's?

Customers are the sample: each figure is a ratio of means over them, and its interval comes from each customer's
influence on it (delta method). Two forecasts of the same customers are compared in pairs.

Ref  Diebold & Mariano (1995), Comparing predictive accuracy, Journal of Business & Economic Statistics 13, 253-263:
     the mean of paired differences in loss, here over customers instead of days
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure with its interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


NOT_DEFINED = Figure(value=None, low=None, high=None)


def bias(predicted: ArrayLike, actual: ArrayLike, *, level: float = 0.95) -> Figure:
    """Return total predicted / total actual - 1.

    Examples
    --------
    >>> bias([2.0, 4.0], [1.0, 3.0]).value
    0.5
    """
    return ratio(predicted, actual, less=1.0, level=level)


def mean_absolute_error(predicted: ArrayLike, actual: ArrayLike, *, level: float = 0.95) -> Figure:
    """Return the mean of |predicted - actual|.

    Examples
    --------
    >>> mean_absolute_error([2.0, 4.0], [1.0, 7.0]).value
    2.0
    """
    off = np.abs(np.asarray(predicted, dtype=np.float64) - np.asarray(actual, dtype=np.float64))
    return ratio(off, np.ones_like(off), less=0.0, level=level)


def error_against(predicted: ArrayLike, other: ArrayLike, actual: ArrayLike, *, level: float = 0.95) -> Figure:
    """Return the mean absolute error of a forecast / that of another - 1; below 0 where it is the better one.

    Examples
    --------
    >>> error_against([2.0, 4.0], [3.0, 7.0], [1.0, 5.0]).value
    -0.5
    """
    came = np.asarray(actual, dtype=np.float64)
    mine, others = (np.abs(np.asarray(values, dtype=np.float64) - came) for values in (predicted, other))
    return ratio(mine, others, less=1.0, level=level)


def ratio(above: ArrayLike, below: ArrayLike, *, less: float = 0.0, level: float = 0.95) -> Figure:
    """Return sum above / sum below - less, with the interval of a ratio of means over the rows."""
    a, b = (np.asarray(values, dtype=np.float64) for values in (above, below))
    if not a.size or not b.sum():
        return NOT_DEFINED
    value = float(a.mean() / b.mean())
    return interval(value - less, (a - value * b) / b.mean(), level=level)


def interval(value: float, influence: Floats, *, level: float = 0.95) -> Figure:
    """Return a figure with the interval that each row's influence on it gives."""
    rows = len(influence)
    if rows < 2:
        return Figure(value=value, low=None, high=None)
    error = float(np.sqrt(influence @ influence / (rows * (rows - 1))))
    reach = float(special.ndtri((1 + level) / 2)) * error
    return Figure(value=value, low=value - reach, high=value + reach)

"""How many are still without it after so many days, when not everybody was watched that long?

The Kaplan-Meier curve from counts by step of time, of one group or of many at once, with Greenwood's variance and the
interval on the log(-log) scale, which stays between 0 and 1.

Ref  Kaplan & Meier (1958), Nonparametric estimation from incomplete observations, JASA 53, 457-481: equation 2b
     Greenwood (1926), The natural duration of cancer, Reports on Public Health and Medical Subjects 33
     Kalbfleisch & Prentice (1980), The Statistical Analysis of Failure Time Data, section 1.3: log(-log) interval
     Freireich et al. (1963), Blood 21(6), 699-716: the example of the tests
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Survival:
    """Curves by step of time; each array has the shape (..., steps).

    After the last one who was watched a curve stays where it was; ``at_risk`` is 0 there.
    """

    at_risk: Floats  # watched and without it just before the step
    events: Floats
    survival: Floats  # share without it after the step
    log_variance: Floats  # of the survival's logarithm, by Greenwood; infinite where the survival is 0

    @property
    def incidence(self) -> Floats:
        """The share who did it by the end of each step."""
        return 1 - self.survival


def survival(events: ArrayLike, censored: ArrayLike) -> Survival:
    """Return the Kaplan-Meier curve of each group.

    Parameters
    ----------
    events, censored : array of shape (..., steps)
        How many did it in each step, and how many were last watched in it without having done it. Who is censored in a
        step was watched to its end.

    Raises
    ------
    ArgumentError
        The shapes differ, or a count is negative or no number.

    Examples
    --------
    >>> curve = survival([1, 0, 1], [0, 1, 1])  # four people; the second step loses one from sight
    >>> curve.at_risk.tolist(), curve.survival.tolist()
    ([4.0, 3.0, 2.0], [0.75, 0.75, 0.375])
    """
    came, lost = np.asarray(events, dtype=np.float64), np.asarray(censored, dtype=np.float64)
    wrong = int((~(came >= 0) | ~(lost >= 0)).sum()) if came.shape == lost.shape else -1
    if wrong or not came.ndim:
        raise failure(ArgumentError, "survival.counts", came=f"{came.shape} / {lost.shape}", wrong=max(wrong, 0))
    left = np.cumsum((came + lost)[..., ::-1], axis=-1)[..., ::-1]
    share = np.divide(came, left, out=np.zeros_like(came), where=left > 0)
    gone = came >= left
    spread = np.divide(share, left - came, out=np.zeros_like(came), where=~gone)
    spread = np.where(gone & (came > 0), np.inf, spread)
    return Survival(
        at_risk=left, events=came, survival=np.cumprod(1 - share, axis=-1), log_variance=np.cumsum(spread, axis=-1)
    )


def counted(days: ArrayLike, came: ArrayLike) -> tuple[Ints, Ints, Ints]:
    """Count durations by step: the different days in order, and how many events and censorings each has.

    Parameters
    ----------
    days : array of int
        How long each one was watched.
    came : array of 0 and 1
        Whether it ended with the event.

    Examples
    --------
    >>> [column.tolist() for column in counted([6, 6, 9], [1, 0, 1])]
    [[6, 9], [1, 1], [1, 0]]
    """
    steps, place = np.unique(np.asarray(days, dtype=np.int64), return_inverse=True)
    did = np.asarray(came) > 0
    size = len(steps)
    return steps, np.bincount(place[did], minlength=size), np.bincount(place[~did], minlength=size)


def interval(curve: Survival, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the lower and upper ends of the survival's interval, on the log(-log) scale.

    Where nobody, or everybody, has done it yet that scale has no value; there it is the exact interval of a share that
    came out as all, or as none, of those at risk.

    Examples
    --------
    >>> curve = survival([3, 1], [1, 7])
    >>> [end.round(3).tolist() for end in interval(curve)]
    [[0.408, 0.32], [0.912, 0.856]]
    """
    reach = float(ndtri((1 + level) / 2))
    known = (curve.survival > 0) & (curve.survival < 1)
    s = np.where(known, curve.survival, 0.5)
    spread = np.where(known, reach * np.sqrt(np.where(known, curve.log_variance, 0.0)) / -np.log(s), 0.0)
    edge = ((1 - level) / 2) ** (1 / np.maximum(curve.at_risk, 1.0))
    low = np.where(known, s ** np.exp(spread), np.where(curve.survival >= 1, edge, 0.0))
    high = np.where(known, s ** np.exp(-spread), np.where(curve.survival >= 1, 1.0, 1 - edge))
    return low, high

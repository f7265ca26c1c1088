"""What are the true values of units in groups, once it is allowed for how little each estimate is sure of itself?

Two levels of normal distributions: a unit's value lies about its group's, a group's about the mean of all. Both
standard deviations are unknown and integrated out on a grid, so that an interval does not shrink to nothing where
chance happens to explain all differences. Estimates of one group may err together: what one common error does to all
of them does not average out.

Ref  Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., eq. 5.17 to 5.21, taken one level further
     Gelman (2006), Prior distributions for variance parameters, Bayesian Analysis 1(3), 515-534: half-normal priors
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = 24
WIDEST = 3.0  # of the grid, in scales of the prior


@dataclass(frozen=True, kw_only=True)
class NestedNormal:
    """Values drawn to their group, and groups drawn to the mean of all; variances are of what is not known."""

    mean: float
    mean_variance: float
    group: Floats
    group_variance: Floats
    unit: Floats
    unit_variance: Floats
    weight: Floats  # how much of a unit's own estimate is kept
    group_weight: Floats
    within: float  # standard deviation of units about their group
    between: float  # of groups about the mean


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What is believed where the standard deviation within groups is given, the one between them averaged out."""

    likelihood: float
    mean: tuple[float, float]  # and its second moment, as below
    group: tuple[Floats, Floats]
    unit: tuple[Floats, Floats]
    weight: Floats
    group_weight: Floats
    between: float


def nested_normal(
    estimates: ArrayLike, variances: ArrayLike, groups: ArrayLike, *, count: int, common: float = 0.0,
    scale: float = 1.0,
) -> NestedNormal:  # fmt: skip
    """Draw estimates to their group's mean, and the groups' to the mean of all.

    Parameters
    ----------
    estimates, variances : array of float
        One a unit; sampling variances, positive.
    groups : array of int
        Each unit's group, from 0.
    count : int
        How many groups there are; one without a unit lies where the mean of all lets it.
    common : float
        Variance of the error that the estimates of a group share, as a multiple of what is left when the errors of its
        units are averaged: 0 where units err independently.
    scale : float
        Of the half-normal priors of both standard deviations, in the unit of the estimates.

    Raises
    ------
    ArgumentError
        No units, unequal lengths, or values that are not finite and positive.

    Examples
    --------
    >>> drawn = nested_normal([-2.0, -2.4, -1.0], [0.01, 0.01, 0.01], [0, 0, 1], count=3)
    >>> drawn.unit.round(1).tolist(), drawn.group.round(1).tolist()
    ([-2.0, -2.4, -1.0], [-2.0, -1.3, -1.7])
    """
    own, noise = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    where = np.asarray(groups, dtype=np.int64)
    if own.ndim != 1 or own.shape != noise.shape or own.shape != where.shape or not own.size:
        raise failure(ArgumentError, "models.shrink_shapes", came=f"{own.shape} / {noise.shape}")
    if not (np.isfinite(own).all() and np.isfinite(noise).all() and (noise > 0).all()):
        raise failure(ArgumentError, "models.shrink_values", came=int((~(noise > 0) | ~np.isfinite(own)).sum()))
    shared = common / np.bincount(where, 1 / noise, count).clip(1e-300)
    grid = scale * WIDEST * np.linspace(0.0, 1.0, GRID) ** 2
    given = [_given(own, noise, where, shared, within, grid, scale) for within in grid]
    fit = np.array([one.likelihood for one in given]) - (grid / scale) ** 2 / 2 + np.log(np.gradient(grid))
    belief = np.exp(fit - fit.max())
    belief /= belief.sum()
    pairs = list(zip(belief.tolist(), given, strict=True))
    return _together(pairs, within=float(belief @ grid))


def _together(pairs: list[tuple[float, _Given]], *, within: float) -> NestedNormal:
    def moments(name: str) -> tuple[Floats, Floats]:
        first = np.asarray(sum(share * np.asarray(getattr(one, name)[0]) for share, one in pairs))
        second = np.asarray(sum(share * np.asarray(getattr(one, name)[1]) for share, one in pairs))
        return first, second - first**2

    (mean, mean_variance), (group, group_variance), (unit, unit_variance) = map(moments, ("mean", "group", "unit"))
    return NestedNormal(
        mean=float(mean), mean_variance=float(mean_variance), group=group, group_variance=group_variance, unit=unit,
        unit_variance=unit_variance, weight=np.asarray(sum(share * one.weight for share, one in pairs)),
        group_weight=np.asarray(sum(share * one.group_weight for share, one in pairs)), within=within,
        between=float(sum(share * one.between for share, one in pairs)),
    )  # fmt: skip


def _given(
    own: Floats, noise: Floats, where: Ints, shared: Floats, within: float, grid: Floats, scale: float
) -> _Given:
    """Return what is believed for one standard deviation within groups."""
    total = noise + within**2
    precision = np.bincount(where, 1 / total, len(shared))
    seen = precision > 0
    average = np.divide(np.bincount(where, own / total, len(shared)), precision, where=seen, out=np.zeros(len(shared)))
    spread = np.divide(1.0, precision, where=seen, out=np.full(len(shared), np.inf))
    inside = (
        -0.5 * (np.log(total).sum() + ((own - average[where]) ** 2 / total).sum()) + 0.5 * np.log(spread[seen]).sum()
    )
    known = spread + shared * seen
    mean, group, kept_groups, fit = _of_groups(average, known, grid)
    fit += np.log(np.gradient(grid)) - (grid / scale) ** 2 / 2
    belief = np.exp(fit - fit.max())
    likelihood = float(inside + fit.max() + np.log(belief.sum()))
    belief /= belief.sum()
    mean, group = belief @ mean, (belief @ group[0], belief @ group[1])
    # What units of one group err by together is split from what the group is, in the ratio of their variances.
    part = np.divide(shared, known, where=seen, out=np.zeros(len(shared)))
    kept = within**2 / total
    leaning = kept * part[where] + (1 - kept)
    middle, variance = group[0], group[1] - group[0] ** 2
    unit = kept * (own - (part * (average - middle))[where]) + (1 - kept) * middle[where]
    left = np.where(seen, part * np.where(seen, spread, 0.0), 0.0)
    unit_variance = kept * noise + kept**2 * left[where] + leaning**2 * variance[where]
    return _Given(
        likelihood=likelihood, mean=(float(mean[0]), float(mean[1])), group=group, unit=(unit, unit_variance + unit**2),
        weight=kept, group_weight=belief @ kept_groups, between=float(belief @ grid),
    )  # fmt: skip


def _of_groups(average: Floats, known: Floats, between: Floats) -> tuple[Floats, tuple[Floats, Floats], Floats, Floats]:
    """Return what each standard deviation between groups says.

    Parameters
    ----------
    average, known : array
        Of each group, and the variance of what is known of it: infinite where it has no unit.
    between : array

    Returns
    -------
    array of shape (deviations, 2)
        The mean of all and its second moment.
    pair of arrays of shape (deviations, groups)
        The groups' values and their second moments.
    array of shape (deviations, groups)
        How much of a group's own average is kept.
    array
        The log-likelihoods.
    """
    seen = np.isfinite(known)
    total = np.where(seen, known, 0.0) + between[:, None] ** 2
    total = np.where(seen, total, np.inf)
    precision = 1 / total
    variance = 1 / precision.sum(axis=1)
    mean = precision @ average * variance
    apart = (average - mean[:, None])[:, seen]
    fit = -0.5 * (np.log(total[:, seen]) + apart**2 / total[:, seen]).sum(axis=1) + 0.5 * np.log(variance)
    kept = between[:, None] ** 2 * precision
    value = kept * average + (1 - kept) * mean[:, None]
    own = np.where(seen, kept * np.where(seen, known, 0.0), between[:, None] ** 2)
    unknown = own + (1 - kept) ** 2 * variance[:, None]
    return np.column_stack([mean, variance + mean**2]), (value, unknown + value**2), kept, fit

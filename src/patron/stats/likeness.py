"""What is to be expected of a new unit, when units that are alike in some ways have like values?

A value is the sum of normal parts, one a way of being alike (all units, those of a channel, those of a family, the
unit itself): the covariance of two units adds up the variances of the ways in which they are alike. How much each way
counts is learned from the estimates themselves, about a prior that keeps it in bounds where they are few.

Ref  Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, eq. 2.22 to 2.24 (prediction), 5.8
     (variances by the marginal likelihood)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEVIATION = 1.0
"""Of the logarithm of each variance about its prior: a factor of 2.7 either way."""


@dataclass(frozen=True)
class Alike:
    """Estimates of units of one kind (one option), and in which ways they are alike."""

    estimate: Floats
    variance: Floats  # of sampling
    labels: Ints  # (units, ways): equal labels are alike in that way


def like_variances(kinds: Sequence[Alike], *, prior: Floats) -> Floats:
    """Return the variance of each way of being alike: the mode of its belief.

    Parameters
    ----------
    kinds : sequence of Alike
        Kinds are independent of each other and share the variances.
    prior : array of float, one a way
        Where the variances lie when nothing is known.
    """
    spans = [_spans(kind.labels) for kind in kinds]

    def height(logs: Floats) -> float:
        sizes = np.exp(logs)
        found = sum(_misfit(kind, np.tensordot(sizes, span, 1)) for kind, span in zip(kinds, spans, strict=True))
        return float(found + ((logs - np.log(prior)) ** 2).sum() / (2 * DEVIATION**2))

    best = optimize.minimize(height, np.log(prior), method="L-BFGS-B")
    return np.asarray(np.exp(best.x), dtype=np.float64)


def like_value(kind: Alike, labels: Ints, variances: Floats) -> tuple[float, float]:
    """Return mean and variance of a new unit's value.

    Parameters
    ----------
    kind : Alike
        Estimates of the same kind.
    labels : array of int, one a way
        Of the new unit; a label that no other unit has is alike to none.
    variances : array of float
        From `like_variances`.

    Examples
    --------
    >>> past = Alike(np.array([0.3, -0.2]), np.array([0.01, 0.01]), np.array([[0, 0], [0, 1]]))
    >>> like_value(past, np.array([0, 0]), np.array([0.01, 0.08]))  # much as the first, which is alike in both ways
    (0.267..., 0.008...)
    """
    alike = (kind.labels == labels) @ variances
    factor = linalg.cho_factor(np.tensordot(variances, _spans(kind.labels), 1) + np.diag(kind.variance), lower=True)
    mean = alike @ linalg.cho_solve(factor, kind.estimate)
    left = variances.sum() - alike @ linalg.cho_solve(factor, alike)
    return float(mean), float(left)


def _spans(labels: Ints) -> Floats:
    """Return for each way which pairs of units are alike."""
    same: Floats = (labels[:, None, :] == labels[None, :, :]).astype(np.float64)
    return same.transpose(2, 0, 1)


def _misfit(kind: Alike, shared: Floats) -> float:
    """Return the negative logarithm of the estimates' likelihood, but for a constant."""
    factor = linalg.cho_factor(shared + np.diag(kind.variance), lower=True)
    logs = np.log(np.diag(factor[0])).sum()
    return float(logs + kind.estimate @ linalg.cho_solve(factor, kind.estimate) / 2)

"""A mixture of normal groups whose features are independent inside a group, where some values may be missing.

A missing value is simply not in the likelihood of its row, which is exact here, because features are independent within
a group: nothing is filled in. Each group's variances are drawn towards those of all groups by the weight of a few rows,
and held above a floor, so that no group can shrink onto a point.

Ref  Dempster, Laird & Rubin (1977), JRSS B 39(1), 1-38: the EM algorithm
     Celeux & Govaert (1995), Pattern Recognition 28(5), 781-793: the diagonal family, model [lambda_k B_k]
     Fraley & Raftery (2007), Journal of Classification 24, 155-181: section 3, variances held by a conjugate prior
     Fraley & Raftery (1998), Computer Journal 41(8), 578-588: the start from an agglomerative tree
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIOR_ROWS = 10.0  # how many rows the variances of all groups count for in each group's own
LEAST_VARIANCE = 0.04  # of features scaled to about one
TOLERANCE = 1e-4  # gain of the mean log-likelihood at which to stop


@dataclass(frozen=True, kw_only=True)
class DiagonalMixture:
    """Weights, shape (groups,); means and variances, shape (groups, features); mean log-likelihood of a row."""

    weights: Floats
    means: Floats
    variances: Floats
    log_likelihood: float = -np.inf

    def log_densities(self, rows: Floats) -> Floats:
        """Return the log of weight times density of each row in each group, shape (rows, groups).

        Examples
        --------
        >>> one = DiagonalMixture(weights=np.ones(1), means=np.zeros((1, 2)), variances=np.ones((1, 2)))
        >>> one.log_densities(np.array([[0.0, np.nan]])).round(4).tolist()
        [[-0.9189]]
        """
        known = np.isfinite(rows)
        filled = np.where(known, rows, 0.0)
        precision = 1 / self.variances
        square = (filled**2) @ precision.T - 2 * filled @ (self.means * precision).T
        rest = known.astype(np.float64) @ (self.means**2 * precision + np.log(2 * np.pi * self.variances)).T
        return np.asarray(np.log(self.weights) - (square + rest) / 2)

    def assign(self, rows: Floats) -> Ints:
        """Return the likeliest group of each row; the first of equals."""
        return np.asarray(self.log_densities(rows).argmax(axis=1), dtype=np.int64)

    def of(self, features: NDArray[np.bool_] | Ints) -> DiagonalMixture:
        """Return the same mixture on some of its features."""
        return DiagonalMixture(
            weights=self.weights, means=self.means[:, features], variances=self.variances[:, features]
        )


def fit_mixture(rows: Floats, begin: Ints | DiagonalMixture, *, most_rounds: int = 60) -> DiagonalMixture:
    """Fit a mixture by EM, from a first division of the rows or from another mixture.

    Parameters
    ----------
    rows : array, shape (rows, features)
        NaN where a value is missing; each feature is known of somebody.
    begin : array of int, or DiagonalMixture
        Each row's group, from 0 on and none empty; or where to start.
    most_rounds : int
        When to stop if the likelihood still rises.
    """
    known = np.isfinite(rows)
    filled = np.where(known, rows, 0.0)
    data = (filled, filled**2, known.astype(np.float64))
    if isinstance(begin, DiagonalMixture):
        mixture, last = begin, -np.inf
    else:
        mixture, last = _maximised(np.eye(int(begin.max()) + 1)[begin], *data), -np.inf
    for _ in range(most_rounds):
        logs = mixture.log_densities(rows)
        top = logs.max(axis=1, keepdims=True)
        shares = np.exp(logs - top)
        total = shares.sum(axis=1, keepdims=True)
        now = float((np.log(total) + top).mean())
        mixture = _maximised(shares / total, *data, log_likelihood=now)
        if now - last < TOLERANCE:
            break
        last = now
    return mixture


def _maximised(
    shares: Floats, filled: Floats, squares: Floats, known: Floats, *, log_likelihood: float = -np.inf
) -> DiagonalMixture:
    """Return the mixture that is likeliest for given shares of each row in each group."""
    sizes = shares.sum(axis=0)
    counts = shares.T @ known
    overall = filled.sum(axis=0) / known.sum(axis=0)
    means = (shares.T @ filled + overall) / (counts + 1)
    spread = np.maximum(
        shares.T @ squares - 2 * means * (shares.T @ filled) + means**2 * counts, 0.0
    )  # sums of squares about the means
    pooled = spread.sum(axis=0) / np.maximum(counts.sum(axis=0), 1.0)
    variances = (spread + PRIOR_ROWS * pooled) / (counts + PRIOR_ROWS)
    return DiagonalMixture(
        weights=np.maximum(sizes / sizes.sum(), 1e-6), means=means, variances=np.maximum(variances, LEAST_VARIANCE),
        log_likelihood=log_likelihood,
    )  # fmt: skip

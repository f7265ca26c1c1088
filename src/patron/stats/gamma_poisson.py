"""Of many counts that are more than expected, how much more are they really?

Each count is Poisson with its expectation times a ratio of its own; the ratios come from a mixture of two gamma
distributions, one for the many that are nearly 1 and one for the few that are not. Fitted by maximum likelihood to the
counts that are large enough to be looked at at all, it draws the ratios of small counts to what is usual.

Ref  DuMouchel (1999), Bayesian data mining in large frequency tables, The American Statistician 53(3), 177-190:
     equations 3 to 9 (the model, its likelihood and the geometric mean)
     DuMouchel & Pregibon (2001), Empirical Bayes screening for multi-item associations, KDD, 67-76: section 3.2, the
     likelihood of counts that are at least as large as some number
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]

LARGEST, OTHERS = 500, 500
"""Counts that the mixture is fitted to: those that stand out most, and some of the others, which count as many times
as there are more of them (data squashing, DuMouchel and others, 1999, KDD, 6-15). The second distribution is learned
from the few that stand out."""

BISECTIONS = 60
START = (4.0, 0.0, 1.0, 0.7, 3.0)
BOUNDS = ((-4.0, 8.0), (-0.7, 0.7), (-4.0, 8.0), (0.0, 4.0), (-8.0, 8.0))
"""Logs of shape and mean of both, and the logit of the weight. The second is of ratios above 1: without that it would
be taken for the counts that are too small to be looked at, of which there are many and of which nothing is known."""


@dataclass(frozen=True, kw_only=True)
class RatioMixture:
    """Two gamma distributions, by shape and rate, and the weight of the first."""

    shapes: tuple[float, float]
    rates: tuple[float, float]
    weight: float

    def posterior_weight(self, counts: ArrayLike, expected: ArrayLike) -> Floats:
        """Return the weight of the first distribution for each count, having seen it (equation 6)."""
        n, e = (np.asarray(one, dtype=np.float64) for one in (counts, expected))
        log_odds = (
            np.log(self.weight) - np.log1p(-self.weight)
            + _log_count(n, e, self.shapes[0], self.rates[0]) - _log_count(n, e, self.shapes[1], self.rates[1])
        )  # fmt: skip
        return np.asarray(special.expit(log_odds))

    def geometric_mean(self, counts: ArrayLike, expected: ArrayLike) -> Floats:
        """Return the geometric mean of each ratio, having seen its count (equation 9)."""
        n, e = (np.asarray(one, dtype=np.float64) for one in (counts, expected))
        first = self.posterior_weight(n, e)
        logs = [special.psi(a + n) - np.log(b + e) for a, b in zip(self.shapes, self.rates, strict=True)]
        return np.asarray(np.exp(first * logs[0] + (1 - first) * logs[1]))

    def quantile(self, counts: ArrayLike, expected: ArrayLike, *, level: float) -> Floats:
        """Return the ratio below which each true one lies with the chance `level`, having seen its count."""
        n, e = (np.asarray(one, dtype=np.float64) for one in (counts, expected))
        first = self.posterior_weight(n, e)
        ends = np.stack(
            [special.gammaincinv(a + n, level) / (b + e) for a, b in zip(self.shapes, self.rates, strict=True)]
        )
        low, high = ends.min(axis=0), ends.max(axis=0)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            parts = [special.gammainc(a + n, middle * (b + e)) for a, b in zip(self.shapes, self.rates, strict=True)]
            below = first * parts[0] + (1 - first) * parts[1] < level
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)


def ratio_mixture(counts: ArrayLike, expected: ArrayLike, *, least: int = 1) -> RatioMixture:
    """Fit the mixture to all counts of at least `least`.

    Parameters
    ----------
    counts, expected : array of float
        Each count and what was expected of it, positive.
    least : int
        Smaller counts were not looked at.

    Raises
    ------
    ArgumentError
        No counts, counts below `least`, or an expectation that is not positive.
    """
    n, e = (np.asarray(one, dtype=np.float64) for one in (counts, expected))
    if not n.size or n.shape != e.shape or (n < least).any() or not (e > 0).all():
        raise failure(ArgumentError, "bundles.counts", came=int(n.size), least=least)
    n, e, many = _squashed(n, e)

    def loss(terms: Floats) -> float:
        mixture = _mixture(terms)
        parts, tails = [], []
        for a, b in zip(mixture.shapes, mixture.rates, strict=True):
            parts.append(_log_count(n, e, a, b))
            tails.append(special.betainc(least, a, e / (b + e)))
        w = mixture.weight
        log_mix = np.logaddexp(np.log(w) + parts[0], np.log1p(-w) + parts[1])
        tail = np.maximum(w * tails[0] + (1 - w) * tails[1], 1e-300)
        return float(-(many @ (log_mix - np.log(tail))) / many.sum())

    found = optimize.minimize(loss, np.array(START), method="L-BFGS-B", bounds=BOUNDS, options={"maxiter": 60})
    return _mixture(found.x)


def _squashed(n: Floats, e: Floats) -> tuple[Floats, Floats, Floats]:
    """Return counts, expectations and how many counts each stands for."""
    if n.size <= LARGEST + OTHERS:
        return n, e, np.ones(n.size)
    order = np.argsort((e - n) / np.sqrt(e), kind="stable")
    rest = np.linspace(LARGEST, n.size - 1, OTHERS).astype(np.int64)
    some = order[np.r_[np.arange(LARGEST), rest]]
    return n[some], e[some], np.r_[np.ones(LARGEST), np.full(OTHERS, (n.size - LARGEST) / OTHERS)]


def _mixture(terms: Floats) -> RatioMixture:
    a1, m1, a2, m2 = (float(one) for one in np.exp(terms[:4]))
    return RatioMixture(shapes=(a1, a2), rates=(a1 / m1, a2 / m2), weight=float(special.expit(terms[4])))


def _log_count(n: Floats, e: Floats, shape: float, rate: float) -> Floats:
    """Return the log chance of a count under one of the distributions: negative binomial (equation 4)."""
    return np.asarray(
        special.gammaln(shape + n) - special.gammaln(shape) - special.gammaln(n + 1)
        + shape * np.log(rate / (rate + e)) + n * np.log(e / (rate + e))
    )  # fmt: skip

"""What are the mean and the variance of a ratio of two sums, from sums that add up, in thousands of cells at once?

A mean is the ratio of the units' total to their number; a metric of members who were drawn by household, a rate such as
margin / orders and a weighted mean are ratios of two totals. A ratio varies like the mean of its linearised units
``(top - ratio x bottom) / mean bottom``, so that all of them, and their covariates, take one path.

Ref  Cochran (1977), Sampling Techniques, 3rd ed., eq. 2.45: variance of a ratio
     Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics, KDD, section 3.1
     Deng, Xu, Kohavi & Walker (2013), Improving the sensitivity of online controlled experiments (CUPED), WSDM,
     section 3.2 (one covariate) and appendix A (metrics that are ratios); several covariates by least squares
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-12
"""A variance below this share of the mean square is what rounding leaves of equal figures."""


@dataclass(frozen=True)
class Ratio:
    """Which of the summed columns are the top and the bottom of a ratio; without a bottom it is a mean over units.

    `shift` was taken off before summing, ``top - shift`` or ``top - shift x bottom``, so that a small spread about a
    large mean is not lost to rounding.
    """

    top: int
    bottom: int | None = None
    shift: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RatioMoments:
    """Sums over independent units of K columns, for cells of any shape.

    Examples
    --------
    >>> first = RatioMoments(n=np.array(3.0), sums=np.array([6.0]), products=np.array([[14.0]]))
    >>> mean, covariance = (first + first).ratios([Ratio(0)])
    >>> mean.tolist(), covariance.tolist()
    ([2.0], [[0.8]])
    """

    n: Floats  # (...), units
    sums: Floats  # (..., K)
    products: Floats  # (..., K, K)

    def __add__(self, other: RatioMoments) -> RatioMoments:
        return RatioMoments(n=self.n + other.n, sums=self.sums + other.sums, products=self.products + other.products)

    def of(self, places: Sequence[int]) -> RatioMoments:
        """Return some rows of the first axis."""
        chosen = list(places)
        return RatioMoments(n=self.n[chosen], sums=self.sums[chosen], products=self.products[chosen])

    def ratios(self, ratios: Sequence[Ratio]) -> tuple[Floats, Floats]:
        """Return the value of each ratio and the covariances of their linearised units.

        Returns
        -------
        mean : array of float, (..., T)
            NaN where there are no units, or the bottom's total is not above 0.
        covariance : array of float, (..., T, T)
            Divided by `n` it is that of the means; NaN with fewer than two units.
        """
        n = np.where(self.n > 0, self.n, np.nan)
        top = self.sums[..., [ratio.top for ratio in ratios]]
        below = np.stack([n if r.bottom is None else self.sums[..., r.bottom] for r in ratios], axis=-1)
        below = np.where(below > 0, below, np.nan)
        off = top / below
        lines = np.zeros((*self.sums.shape[:-1], len(ratios), self.sums.shape[-1]))
        for place, ratio in enumerate(ratios):
            lines[..., place, ratio.top] += n / below[..., place]
            if ratio.bottom is not None:
                lines[..., place, ratio.bottom] -= off[..., place] * n / below[..., place]
        centred = self.products - self.sums[..., :, None] * self.sums[..., None, :] / n[..., None, None]
        freedom = np.where(self.n > 1, self.n - 1, np.nan)[..., None, None]
        covariance = lines @ centred @ np.swapaxes(lines, -1, -2) / freedom
        size = np.abs(lines) @ np.abs(self.products) @ np.swapaxes(np.abs(lines), -1, -2) / n[..., None, None]
        shifts = np.array([ratio.shift for ratio in ratios])
        least = ROUNDING * np.einsum("...tt->...t", size) + (ROUNDING * shifts) ** 2
        spread = np.einsum("...tt->...t", covariance) > least
        return off + shifts, np.where(spread[..., :, None] & spread[..., None, :], covariance, covariance * 0.0)


@dataclass(frozen=True, kw_only=True)
class ArmMeans:
    """What is known of one arm's mean in each cell."""

    n: Floats  # independent units
    plain: Floats  # the mean as it is
    mean: Floats  # adjusted for the covariates; the same as `plain` without any
    variance: Floats  # divided by n it is that of `mean`
    plain_variance: Floats

    def of(self, places: Sequence[int]) -> ArmMeans:
        """Return some rows of the first axis."""
        return ArmMeans(**{name: values[list(places)] for name, values in vars(self).items()})


def spread_alike(treated: ArmMeans, control: ArmMeans) -> tuple[ArmMeans, ArmMeans]:
    """Return both arms with the variance of both together, as if an action moved the mean and not the spread.

    Of a small control group with a heavy tail the own variance is mostly too small, when the few who spend very much
    are not in it; the large arm knows it better. Where the action does change the spread this errs, the more the less
    equal the arms are.

    Ref  Student (1908), Biometrika 6, 1-25: the pooled variance
    """
    known = [np.where(np.isfinite(arm.variance), arm.n - 1, 0.0) for arm in (treated, control)]
    total = known[0] + known[1]
    total = np.where(total > 0, total, np.nan)

    def pooled(name: str) -> Floats:
        parts = [np.nan_to_num(getattr(arm, name)) * free for arm, free in zip((treated, control), known, strict=True)]
        return np.asarray((parts[0] + parts[1]) / total)

    both = pooled("variance"), pooled("plain_variance")
    one, other = (
        ArmMeans(n=arm.n, plain=arm.plain, mean=arm.mean, variance=both[0], plain_variance=both[1])
        for arm in (treated, control)
    )
    return one, other


def adjusted_means(treated: RatioMoments, control: RatioMoments, ratios: Sequence[Ratio]) -> tuple[ArmMeans, ArmMeans]:
    """Return both arms' means of the first ratio, with what the other ratios foretell of it taken off (CUPED).

    The weights of the covariates are those of least squares over both arms together. A covariate without spread, or
    that others already tell, gets no weight. Covariates must be known before the assignment: nothing here can see it.

    Parameters
    ----------
    treated, control : RatioMoments
        Of cells of one shape.
    ratios : sequence of Ratio
        The metric, then its covariates.

    Examples
    --------
    >>> before, after = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.1, 2.3, 2.9, 4.1])
    >>> rows = np.stack([after, before], axis=-1)
    >>> arm = RatioMoments(n=np.array(4.0), sums=rows.sum(axis=0), products=rows.T @ rows)
    >>> one, _ = adjusted_means(arm, arm, [Ratio(0), Ratio(1)])
    >>> bool(one.variance < 0.02 * one.plain_variance)
    True
    """
    arms = [side.ratios(ratios) for side in (treated, control)]
    weights = _weights((treated + control).ratios(ratios)[1])
    made = [_adjusted(side.n, mean, both, weights) for side, (mean, both) in zip((treated, control), arms, strict=True)]
    return made[0], made[1]


def _weights(covariance: Floats) -> Floats:
    """Return the least squares weights of the covariates, (..., T - 1)."""
    if covariance.shape[-1] == 1:
        return np.zeros((*covariance.shape[:-2], 0))
    inner, outer = covariance[..., 1:, 1:], covariance[..., 1:, 0]
    scale = np.sqrt(np.einsum("...tt->...t", inner))
    known = np.asarray(np.isfinite(covariance).all(axis=(-1, -2), keepdims=True))[..., 0]
    usable = (scale > 0) & known
    unit = np.where(usable, scale, 1.0)
    alike = np.where(usable[..., :, None] & usable[..., None, :], inner / unit[..., :, None] / unit[..., None, :], 0.0)
    target = np.where(usable, outer / unit, 0.0)
    if alike.shape[-1] == 1:
        return np.asarray(target / unit)
    found = np.linalg.pinv(alike, rcond=1e-9, hermitian=True) @ target[..., None]
    return np.asarray(found[..., 0] / unit)


def _adjusted(n: Floats, mean: Floats, covariance: Floats, weights: Floats) -> ArmMeans:
    plain = covariance[..., 0, 0]
    shared = np.einsum("...t,...t->...", weights, covariance[..., 1:, 0])
    inner = np.einsum("...s,...st,...t->...", weights, covariance[..., 1:, 1:], weights)
    variance = plain - 2 * shared + inner
    return ArmMeans(
        n=n, plain=mean[..., 0], mean=mean[..., 0] - np.einsum("...t,...t->...", weights, mean[..., 1:]),
        variance=np.where(variance > ROUNDING * plain, variance, plain * 0.0), plain_variance=plain,
    )  # fmt: skip

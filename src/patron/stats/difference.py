"""By how much does one arm differ from another?

In   n, sum and sum of squares of each arm, which add up over any parts of it
Out  the difference or the relative difference, with its interval and p-value
Ref  Welch (1947), Biometrika 34, 28-35: unequal variances
     Satterthwaite (1946), Biometrics Bulletin 2, 110-114, eq. 17: degrees of freedom
     Casella & Berger (2002), Statistical Inference, section 5.5.4: delta method
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scipy.special import stdtr, stdtrit

Reason = Literal["too_few", "no_spread", "no_base"]

SMALLEST_ARM = 30
"""Customers in an arm below which its figures are not put before a person: with fewer, intervals hold too seldom."""


@dataclass(frozen=True)
class Moments:
    """What is left of a sample: how many values, their sum and the sum of their squares.

    Examples
    --------
    >>> Moments.of([1.0, 2.0]) + Moments.of([3.0])
    Moments(n=3, total=6.0, squares=14.0)
    """

    n: int
    total: float
    squares: float

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @classmethod
    def of(cls, values: Iterable[float]) -> Moments:
        """Return the moments of `values`."""
        known = list(values)
        return cls(len(known), math.fsum(known), math.fsum(value * value for value in known))

    @property
    def mean(self) -> float:
        """The mean; asks for n of 1 or more."""
        return self.total / self.n

    @property
    def variance(self) -> float:
        """The unbiased variance; asks for n of 2 or more."""
        spread = self.squares - self.total * self.total / self.n
        # What rounding leaves of two equal figures is not a spread.
        return spread / (self.n - 1) if spread > 1e-12 * self.squares else 0.0


@dataclass(frozen=True)
class ClusterMoments:
    """What is left of a sample of clusters, such as households, when the mean of their members is wanted.

    The mean is a ratio of two sums over clusters, so that clusters of different sizes and members who act alike are
    allowed for: its variance is that of the residuals ``total - mean x size``. With one member a cluster it equals
    `Moments`.

    Ref  Cochran (1977), Sampling Techniques, 3rd ed., eq. 2.45 and 6.4
         Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics, KDD, section 3.1

    Examples
    --------
    >>> homes = ClusterMoments.of([(1, 2.0), (2, 6.0), (1, 1.0)])
    >>> homes.n, homes.size, homes.mean
    (3, 4, 2.25)
    """

    n: int  # clusters
    size: int  # members of all of them
    total: float
    squares: float  # of the clusters' totals
    cross: float  # sum of size x total
    size_squares: float

    @classmethod
    def of(cls, clusters: Iterable[tuple[int, float]]) -> ClusterMoments:
        """Return the moments of pairs of size and total."""
        known = list(clusters)
        return cls(
            len(known), sum(size for size, _ in known), math.fsum(total for _, total in known),
            math.fsum(total * total for _, total in known), math.fsum(size * total for size, total in known),
            math.fsum(size * size for size, _ in known),
        )  # fmt: skip

    @property
    def mean(self) -> float:
        """The mean over members; asks for one of them or more."""
        return self.total / self.size

    @property
    def variance(self) -> float:
        """The variance that, divided by `n`, is that of the mean; asks for two clusters or more."""
        spread = self.squares - 2 * self.mean * self.cross + self.mean * self.mean * self.size_squares
        if spread <= 1e-12 * self.squares:  # what rounding leaves of equal figures is not a spread
            return 0.0
        return spread / (self.n - 1) / (self.size / self.n) ** 2


Sample = Moments | ClusterMoments
"""An arm, drawn by the customer or by the cluster."""


@dataclass(frozen=True)
class Difference:
    """A difference with its interval and two-sided p-value."""

    estimate: float
    low: float
    high: float
    p_value: float
    standard_error: float
    degrees_of_freedom: float


@dataclass(frozen=True)
class NotEnough:
    """No difference can be given.

    ``too_few``    an arm has fewer than 2 values
    ``no_spread``  within each arm all values are the same, so that luck cannot be told from effect
    ``no_base``    the control's mean is not above 0, so that nothing can be said in per cent of it
    """

    reason: Reason


def difference(treated: Sample, control: Sample, *, level: float = 0.95) -> Difference | NotEnough:
    """Return the difference of two means, treated - control.

    Parameters
    ----------
    treated, control : Moments or ClusterMoments
        The two independent samples.
    level : float
        How often intervals made this way hold the truth.

    Examples
    --------
    >>> found = difference(Moments(10_100, 124_230, 2_560_000), Moments(10_000, 120_000, 2_440_000))
    >>> round(found.estimate, 3), round(found.low, 6), round(found.high, 6), round(found.p_value, 6)
    (0.3, 0.021983, 0.578017, 0.034436)
    >>> difference(Moments(1, 5.0, 25.0), Moments(3, 6.0, 14.0))
    NotEnough(reason='too_few')
    """
    if min(treated.n, control.n) < 2:
        return NotEnough("too_few")
    parts = (treated.variance / treated.n, control.variance / control.n)
    return _interval(treated.mean - control.mean, parts, _freedom(treated, control), level)


def relative_difference(treated: Sample, control: Sample, *, level: float = 0.95) -> Difference | NotEnough:
    """Return the difference of two means as a share of the control's mean.

    The control's mean is itself uncertain; its variance is carried through by the delta method. Parameters as in
    `difference`.

    Examples
    --------
    >>> found = relative_difference(Moments(10_100, 124_230, 2_560_000), Moments(10_000, 120_000, 2_440_000))
    >>> round(found.estimate, 6), round(found.low, 6), round(found.high, 6)
    (0.025, 0.001542, 0.048458)
    """
    if min(treated.n, control.n) < 2:
        return NotEnough("too_few")
    if control.mean <= 0:
        return NotEnough("no_base")
    ratio = treated.mean / control.mean
    base = control.mean * control.mean
    parts = (treated.variance / treated.n / base, ratio * ratio * control.variance / control.n / base)
    return _interval(ratio - 1, parts, _freedom(treated, control), level)


def _freedom(treated: Sample, control: Sample) -> float:
    """Return Satterthwaite's degrees of freedom."""
    parts = [(arm.variance / arm.n, arm.n - 1) for arm in (treated, control)]
    weight = sum(part * part / freedom for part, freedom in parts)
    return sum(part for part, _ in parts) ** 2 / weight if weight > 0 else math.inf


def _interval(estimate: float, parts: tuple[float, float], freedom: float, level: float) -> Difference | NotEnough:
    error = math.sqrt(sum(parts))
    if error == 0:
        return NotEnough("no_spread")
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * error
    p_value = 2 * float(stdtr(freedom, -abs(estimate) / error))
    return Difference(estimate, estimate - reach, estimate + reach, p_value, error, freedom)

"""How much more, or less, does each month of the year bring than a month without a season would?

The months' takings a day, on the log scale, are a smooth trend, a factor of the month of the year, and noise. The
factors are drawn towards 1 as far as the noise could explain them: their spread is that of the highest restricted
likelihood. A season is what two years show alike, so fewer than two years give none.

Ref  Harville (1977), Maximum likelihood approaches to variance component estimation, JASA 72, 320-338: mixed model,
     best linear unbiased prediction of the effects, restricted likelihood
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR = 12  # months
LEAST = 2 * YEAR
RATIOS = np.array(
    [0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6]
)  # variance of the factors over that of the noise


UNKNOWN = 0.2**2  # variance of a month's logarithm where no season could be learned: that of most shops' months


@dataclass(frozen=True, kw_only=True)
class Season:
    """The factor of each month of the year, January first; their mean is 1.

    `variance` is that of a factor's logarithm, `noise` that of a single month around trend and season.
    """

    factors: Floats
    variance: float
    noise: float
    months: int  # how many it was learned from; 0 for no season

    def of(self, months: Ints) -> Floats:
        """Return the factors of months that are counted from January of the year 0."""
        return np.asarray(self.factors[months % YEAR])


NO_SEASON = Season(factors=np.ones(YEAR), variance=UNKNOWN, noise=0.0, months=0)


def season(months: Ints, takings: Floats) -> Season:
    """Estimate the season from whole months.

    Parameters
    ----------
    months : array of int
        Which months, counted from January of the year 0.
    takings : array of float
        What each of them brought a day.

    Returns
    -------
    Season
        `NO_SEASON` of fewer than 24 months, or where a month brought nothing.

    Examples
    --------
    >>> months = np.arange(36)
    >>> found = season(months, np.where(months % 12 == 11, 20.0, 10.0))
    >>> bool(found.factors[11] / found.factors[0] > 1.9)
    True
    >>> season(months[:23], np.ones(23)) is NO_SEASON
    True
    """
    if len(months) < LEAST or not (takings > 0).all():
        return NO_SEASON
    y = np.log(takings)
    place = np.linspace(-1, 1, len(y))
    trend = np.vander(place, 3)
    effects = (months[:, None] % YEAR == np.arange(YEAR)).astype(np.float64)
    fits = [_fit(y, trend, effects, ratio) for ratio in RATIOS.tolist()]
    _, effect, variance, noise = max(fits, key=lambda fit: fit[0])
    factors = np.exp(effect - effect.mean())
    return Season(factors=factors / factors.mean(), variance=variance, noise=noise, months=len(y))


def _fit(y: Floats, trend: Floats, effects: Floats, ratio: float) -> tuple[float, Floats, float, float]:
    """Return the restricted log-likelihood of a ratio of variances, the effects, their mean variance, and the noise."""
    spread = np.eye(len(y)) + ratio * effects @ effects.T
    inverse = np.linalg.inv(spread)
    information = trend.T @ inverse @ trend
    line = np.linalg.solve(information, trend.T @ inverse @ y)
    rest = y - trend @ line
    free = len(y) - trend.shape[1]
    noise = max(float(rest @ inverse @ rest) / free, 1e-8)
    height = -(free * np.log(noise) + np.linalg.slogdet(spread)[1] + np.linalg.slogdet(information)[1]) / 2
    effect = ratio * effects.T @ inverse @ rest
    projected = inverse - inverse @ trend @ np.linalg.solve(information, trend.T @ inverse)
    left = ratio * np.eye(YEAR) - ratio**2 * effects.T @ projected @ effects
    centred = np.eye(YEAR) - 1 / YEAR  # a season says nothing of the level
    return float(height), effect, float(noise * np.diag(centred @ left @ centred).mean()), noise

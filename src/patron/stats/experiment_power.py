"""How many units does an experiment need, and which effect can so many show?

In   one unit's spread, the arms' shares, how it is to be read
Out  units, smallest effects, chances
Ref  Bloom (1995), Evaluation Review 19(5), 547-556: the smallest effect as a multiple of its standard error
     Deng, Xu, Kohavi & Walker (2013), WSDM '13, 123-132: covariates take their share of the variance off (equation 5)
     Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Annals of Statistics 52(6), 2613-2640: asymptotic confidence
     sequences (proposition 2.2), here tuned to be narrowest at the planned number of units

With several treatments each is compared with the control at the level divided by their number (Bonferroni), so that the
chance of any false finding keeps the level; what is said holds for the smallest of the treatments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from patron.errors import ArgumentError
from patron.language import failure, listing

Reading = Literal["frequentist", "sequential"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How an experiment is drawn and read.

    Parameters
    ----------
    shares : sequence of float
        Of the arms, the control first; each above 0, together 1.
    power : float
        The chance to see an effect that is there.
    level : float
        The chance to see one that is not, over all treatments (two-sided).
    method : {"frequentist", "sequential"}
        Read once at the end, or at any time by an interval that always holds. Of the latter the planned number is what
        it needs at the latest; larger effects are seen before.

    Raises
    ------
    ArgumentError
        Shares, power, level or method cannot be.

    Examples
    --------
    >>> half = Plan(shares=(0.5, 0.5))
    >>> float(half.units_for(0.1, 1.0).item()), round(float(half.smallest_effect(3140, 1.0).item()), 3)
    (3140.0, 0.1)
    """

    shares: Sequence[float] = (0.5, 0.5)
    power: float = 0.8
    level: float = 0.05
    method: Reading = "frequentist"

    def __post_init__(self) -> None:
        if len(self.shares) < 2 or min(self.shares) <= 0 or abs(sum(self.shares) - 1) > 1e-9:
            raise failure(ArgumentError, "experiments.shares", came=listing(self.shares))
        for name in ("power", "level"):
            if not 0 < getattr(self, name) < 1:
                raise failure(ArgumentError, "survival.open_share", argument=name, came=getattr(self, name))
        if self.method not in ("frequentist", "sequential"):
            raise failure(ArgumentError, "experiments.power_method", came=self.method)

    @property
    def half_width(self) -> float:
        """Half the interval of one comparison, in standard errors."""
        level = self.level / (len(self.shares) - 1)
        if self.method == "frequentist":
            return float(ndtri(1 - level / 2))
        tuned = -2 * math.log(level) + math.log(1 - 2 * math.log(level))
        return math.sqrt(2 * (tuned + 1) / tuned * math.log(math.sqrt(tuned + 1) / level))

    @property
    def inflation(self) -> float:
        """How many times as many units it takes as to read one comparison once at the end."""
        once = float(ndtri(1 - self.level / 2) + ndtri(self.power))
        return ((self.half_width + float(ndtri(self.power))) / once) ** 2

    def smallest_effect(self, units: ArrayLike, spread: ArrayLike, explained: ArrayLike = 0.0) -> Floats:
        """Return the smallest difference to the control that so many units of all arms show.

        Parameters
        ----------
        units : array of float
            Units of all arms together; of none the effect is infinite.
        spread : array of float
            Standard deviation of one unit's value, in its unit; of a share p it is sqrt(p (1 - p)).
        explained : array of float
            Share of the variance that covariates known before take off.
        """
        return (self.half_width + float(ndtri(self.power))) * self._error(units, spread, explained)

    def units_for(self, effect: ArrayLike, spread: ArrayLike, explained: ArrayLike = 0.0) -> Floats:
        """Return how many units of all arms it takes to see `effect`, as whole numbers; infinite of no effect."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.smallest_effect(1.0, spread, explained) / np.abs(np.asarray(effect, dtype=np.float64))
        # What rounding added is no unit more.
        return np.asarray(np.ceil(np.round(ratio**2, 6)))

    def chance(self, effect: ArrayLike, units: ArrayLike, spread: ArrayLike, explained: ArrayLike = 0.0) -> Floats:
        """Return the chance that so many units show `effect`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.abs(np.asarray(effect, dtype=np.float64)) / self._error(units, spread, explained)
        return np.asarray(ndtr(size - self.half_width))

    def _error(self, units: ArrayLike, spread: ArrayLike, explained: ArrayLike) -> Floats:
        """Return the standard error of the least certain comparison."""
        control, *treated = self.shares
        left = np.clip(1 - np.asarray(explained, dtype=np.float64), 0, 1)
        with np.errstate(divide="ignore"):
            weight = (1 / control + 1 / min(treated)) / np.asarray(units, dtype=np.float64)
        return np.asarray(np.asarray(spread, dtype=np.float64) * np.sqrt(weight * left))


def days_until(wanted: ArrayLike, present: ArrayLike, per_day: ArrayLike) -> Floats:
    """Return after how many whole days enough units have come; infinite where nobody comes.

    Parameters
    ----------
    wanted : array of float
        Units that are needed.
    present : array of float
        Units that are there on the first day.
    per_day : array of float
        Units that come every day.

    Examples
    --------
    >>> days_until([500, 500, 500], [600, 100, 100], [10, 10, 0]).tolist()
    [0.0, 40.0, inf]
    """
    lacking = np.maximum(np.asarray(wanted, dtype=np.float64) - np.asarray(present, dtype=np.float64), 0.0)
    coming = np.broadcast_to(np.asarray(per_day, dtype=np.float64), lacking.shape)
    rate = np.where(coming > 0, coming, 1.0)
    days = np.where(np.isfinite(lacking), np.ceil(np.where(np.isfinite(lacking), lacking, 0) / rate), np.inf)
    return np.asarray(np.where(lacking == 0, 0.0, np.where(coming > 0, days, np.inf)))

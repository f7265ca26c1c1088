"""How much of what attribution gave a channel was really brought by it, as experiments tell?

The ratio of the measured lift to the attributed one is drawn to 1 as far as chance may have moved it. It is drawn on
its own scale, not on the logarithm's: a channel that only harvests brings nothing, which has no logarithm, and a lift
that is measured may well come out below nothing. So the ratio is taken as normal around the truth, the truth before any
test as normal around 1 with the standard deviation 1, and as never below 0: credit stays non-negative, and a channel
that attribution over-rates five times is as little a surprise as one that it under-rates by half.

What is told is the likeliest truth, and the shortest interval that holds 95 % of what it may be. The mean would not do:
of what cannot lie below 0 it lies well above 0, however little was measured, and would keep credit for a channel that
brings none.

Ref  Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sections 2.3 (shortest interval) and 2.5 (normal data with a
     normal prior)
     Gordon, Moakler & Zettelmeyer (2023), Close Enough?, Marketing Science 42(4), 768-793 (how far models that see no
     experiment are off)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri, ndtri_exp

PRIOR_SD = 1.0
LEAST_SURE = 2.0
"""Standard errors that the attributed lift must be away from nothing: nobody can divide by what may be nothing."""


@dataclass(frozen=True, kw_only=True)
class Lift:
    """What a test measured per customer and what attribution gave there, each with its standard error."""

    measured: float
    measured_error: float
    attributed: float
    attributed_error: float

    @property
    def told(self) -> bool:
        """Whether attribution saw enough in the test to be compared with it."""
        return abs(self.attributed) > LEAST_SURE * self.attributed_error and self.measured_error > 0

    @property
    def ratio(self) -> float:
        """Measured / attributed."""
        return self.measured / self.attributed

    @property
    def variance(self) -> float:
        """Of the ratio (delta method). Both lifts are of the same customers; that they move together is left out."""
        noise = self.measured_error**2 + (self.ratio * self.attributed_error) ** 2
        return float(noise / self.attributed**2)


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The tests' own ratio, and what it is drawn to, with its 95 % interval."""

    raw: float
    raw_error: float
    shrunk: float
    low: float
    high: float


def lift_ratio(lifts: Sequence[Lift], *, prior_sd: float = PRIOR_SD) -> Ratio | None:
    """Return the ratio of one channel over its tests, weighted by how sure each is; none where none can tell.

    Examples
    --------
    >>> sure = Lift(measured=0.02, measured_error=0.001, attributed=0.10, attributed_error=0.001)
    >>> round(lift_ratio([sure]).shrunk, 2)  # a fifth of the credit was earned, and the test is sure of it
    0.2
    >>> vague = Lift(measured=0.02, measured_error=0.2, attributed=0.10, attributed_error=0.001)
    >>> round(lift_ratio([vague]).raw, 2), lift_ratio([vague]).shrunk > 0.8
    (0.2, True)
    """
    told = [lift for lift in lifts if lift.told]
    if not told:
        return None
    weight = np.array([1.0 / max(lift.variance, 1e-300) for lift in told])
    raw = float(weight @ np.array([lift.ratio for lift in told]) / weight.sum())
    precision = float(weight.sum()) + prior_sd**-2
    mean, spread = (raw * float(weight.sum()) + prior_sd**-2) / precision, precision**-0.5
    low, high = _shortest(mean, spread)
    return Ratio(raw=raw, raw_error=float(weight.sum() ** -0.5), shrunk=max(mean, 0.0), low=low, high=high)


def _shortest(mean: float, spread: float) -> tuple[float, float]:
    """Return the shortest interval that holds 95 % of a normal that is cut off below 0."""
    left = float(log_ndtr(mean / spread))  # by logarithms: where tests are sure of less than nothing, little is left
    half = spread * float(ndtri(0.5 + 0.475 * np.exp(left)))
    if mean >= half:
        return mean - half, mean + half
    return 0.0, mean - spread * float(ndtri_exp(np.log(0.05) + left))

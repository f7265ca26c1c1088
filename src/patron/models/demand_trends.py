"""Which series sold more, or less, than their level, the season and chance explain?

What came in the last weeks is held against what had been told before them, if the level stays as it was: more than
chance is then a level that moved. Purchases are counted, not units, so that one large order is no trend. The shop's own
movement is taken out first: a product that rises with everything is none that rises; and it is told by the products
that move with the others, or many that left the shelf would make the rest seem to rise. Counts are whole, so half of
the chance of what came lies on either side of it (mid-p).

Ref  Lancaster (1961), Significance tests in discrete distributions, JASA 56(294), 223-234: mid-p
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from patron.models.demand_ahead import QUANTILES, Calibration, Told
from patron.models.demand_fit import FittedSeries
from patron.stats.false_discovery import q_values

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FALSE = 0.10  # of what is found
ENOUGH, ENOUGH_SERIES = 5.0, 20  # expected purchases, and series that have them, that tell how the shop went
MOVED, TURNS = 0.05, 3  # p-value of series that go their own way, and how often they are left out anew


@dataclass(frozen=True, kw_only=True)
class Trends:
    """What came beside what was told; arrays of shape (series,)."""

    purchases: Floats
    expected: Floats
    low: Floats
    high: Floats
    p_value: Floats
    q_value: Floats

    @property
    def found(self) -> Bools:
        """Those of which a tenth at most are found by chance."""
        return self.q_value <= FALSE

    @property
    def rising(self) -> Bools:
        """Sold more than was expected."""
        return self.purchases > self.expected


def find_trends(fitted: FittedSeries, came: Floats) -> Trends:
    """Compare what came in the weeks of the horizon with what was told of them.

    Parameters
    ----------
    fitted : FittedSeries
        Of the purchases that were known before these weeks.
    came : array of shape (series,)
        Purchases of all these weeks together.
    """
    _, told = fitted.ahead(len(fitted.season))
    shares = fitted.season / np.maximum(fitted.season.sum(axis=0), 1e-9)
    spread = fitted.dynamics.spread * (shares**2).sum(axis=0)  # weeks that are good or bad for no lasting reason
    told = replace(told, noise=told.noise + told.mean**2 * spread, chance=np.clip(fitted.state.there, 1e-9, 1.0))
    told = _scaled(told, shop_factor(told, came))
    steady = Calibration(spread=0.0, levels=QUANTILES, forecasts=0)
    low, _, high = steady.quantiles(told)
    p_value = p_values(told, came)
    return Trends(
        purchases=came, expected=told.mean * told.chance, low=low, high=high, p_value=p_value,
        q_value=q_values(p_value, dependence="positive"),
    )  # fmt: skip


def p_values(told: Told, came: Floats) -> Floats:
    """Return how unlikely what came is, or what is farther from the middle: half of its own chance on either side."""
    middle = (told.at_most(came - 1, 0.0) + told.at_most(came, 0.0)) / 2
    return np.asarray(np.clip(2 * np.minimum(middle, 1 - middle), 0, 1))


def shop_factor(told: Told, came: Floats) -> float:
    """Return how much more than expected the shop sold, by its series that go with the others."""
    factor, usual = 1.0, np.ones(len(came), dtype=bool)
    for _ in range(TURNS):
        factor = _middle_factor(told, came, usual)
        usual = p_values(_scaled(told, factor), came) > MOVED
    return factor


def _middle_factor(told: Told, came: Floats, usual: Bools) -> float:
    """Return how much more than expected the middle one of some series sold; of few series, how much more all did."""
    expected = told.mean * told.chance
    among = (expected >= ENOUGH) & usual
    if among.sum() < ENOUGH_SERIES:
        total = float(expected.sum())
        return max(float(came.sum()) / total, 1e-3) if total else 1.0
    middle = np.maximum(told.quantile(QUANTILES[1], 0.0)[among], 1.0)
    return max(float(np.median(came[among] / middle)), 1e-3)


def _scaled(told: Told, factor: float) -> Told:
    return replace(told, mean=told.mean * factor, noise=told.noise * factor**2)

"""How many units will each series sell in the weeks ahead, and how sure is that?

A week ahead, and the sum of all of them, is negative binomial around level x season while the product is on the shelf,
and nothing when it has left. Its variance is that of a week, that of the level's estimate, and how much farther levels
wander: that, and the levels at which quantiles are told so that they hold, come from forecasts of earlier weeks.

Ref  West & Harrison (1997), Bayesian Forecasting and Dynamic Models, chapter 4.4: step-ahead forecasts
     Czado, Gneiting & Held (2009), Predictive model assessment for count data, Biometrics 65, 1254-1261: PIT
     Kuleshov, Fenner & Ermon (2018), Accurate uncertainties for deep learning using calibrated regression, ICML,
         section 3.1: quantiles told at the level at which they held
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from patron.models.demand_filter import Dynamics, State, log_chance, moved
from patron.stats.pit import randomised_pit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

QUANTILES = (0.1, 0.5, 0.9)
SPREADS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2)
LEAST_PAST = 50  # forecasts of earlier weeks: fewer calibrate nothing
UNTOLD_SPREAD = 0.3
SEED = 1


@dataclass(frozen=True, kw_only=True)
class Told:
    """Forecasts as distributions; arrays of one shape."""

    mean: Floats  # while on the shelf
    chance: Floats  # of being there
    noise: Floats  # variance of it, without the spread

    def more(self, spread: float) -> Floats:
        """Return variance / mean - 1 while on the shelf."""
        return np.asarray(np.maximum(self.noise / self.mean - 1 + spread * self.mean, 1e-6))

    def log_chance(self, units: Floats, spread: float) -> Floats:
        """Return the log chance of what came."""
        with np.errstate(divide="ignore"):
            there = np.log(self.chance) + log_chance(units, self.mean, self.more(spread))
        return np.asarray(np.where(units > 0, there, np.log(np.exp(there) + 1 - self.chance)))

    def at_most(self, units: Floats, spread: float) -> Floats:
        """Return the chance of at most so many units."""
        more = self.more(spread)
        there = special.betainc(self.mean / more, np.maximum(units, 0) + 1, 1 / (1 + more))
        return np.asarray(np.where(units < 0, 0.0, 1 - self.chance + self.chance * there))

    def pit(self, units: Floats, spread: float) -> Floats:
        """Return one number for each count, uniform between 0 and 1 if the forecasts are right."""
        below, at = self.at_most(units - 1, spread), self.at_most(units, spread)
        return randomised_pit(below, at, rng=np.random.default_rng(SEED))

    def quantile(self, level: float, spread: float) -> Floats:
        """Return the number of units that is not exceeded with this chance."""
        more = self.more(spread)
        inside = np.clip((level - (1 - self.chance)) / self.chance, 0, 1)
        found = stats.nbinom.ppf(inside, self.mean / more, 1 / (1 + more))
        return np.asarray(np.where(inside > 0, np.maximum(found, 0), 0))


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What forecasts of earlier weeks say of those ahead."""

    spread: float
    levels: tuple[float, ...]  # at which the quantiles are told
    forecasts: int  # how many were judged

    def quantiles(self, told: Told) -> list[Floats]:
        """Return the quantiles, lowest first."""
        return [told.quantile(level, self.spread) for level in self.levels]


UNCALIBRATED = Calibration(spread=UNTOLD_SPREAD, levels=QUANTILES, forecasts=0)


def weeks_ahead(state: State, season: Floats, unevenness: Floats, dynamics: Dynamics) -> tuple[Told, Told]:
    """Return the forecasts of each week, shape (weeks, series), and of their sum, shape (series,).

    Parameters
    ----------
    state : State
        After the last week that is known.
    season : array of shape (weeks, series)
        Of the weeks ahead.
    unevenness : array of shape (series,)
        As `find_unevenness` gave it.
    dynamics : Dynamics
        How levels move.
    """
    chances, there, away = [], state.there, state.away
    for _ in season:
        there, away = moved(there, away, dynamics)
        chances.append(there)
    chance = np.array(chances)
    factors = np.maximum(season, 1e-6)
    error = unevenness / (state.level * (dynamics.pull + state.weeks))  # of the level, relative variance
    return _told(state.level * factors, chance, unevenness, error), _told(
        state.level * factors.sum(axis=0), (factors * chance).sum(axis=0) / factors.sum(axis=0), unevenness, error
    )  # fmt: skip


def calibrate(past: Sequence[tuple[Told, Floats, Bools]]) -> Calibration:
    """Choose the spread and the levels of quantiles by forecasts of earlier weeks.

    Parameters
    ----------
    past : sequence of (Told, array, array)
        Forecasts, what came, and which of them count; `UNCALIBRATED` where fewer than 50 do.
    """
    count = sum(int(live.sum()) for _, _, live in past)
    if count < LEAST_PAST:
        return UNCALIBRATED
    heights = [sum(float(told.log_chance(came, one)[live].sum()) for told, came, live in past) for one in SPREADS]
    spread = SPREADS[int(np.argmax(heights))]
    places = np.concatenate([told.pit(came, spread)[live] for told, came, live in past])
    levels = np.clip(np.quantile(places, QUANTILES), 1e-4, 1 - 1e-4)
    return Calibration(spread=spread, levels=tuple(levels.tolist()), forecasts=count)


def _told(mean: Floats, chance: Floats, unevenness: Floats, error: Floats) -> Told:
    mean = np.maximum(mean, 1e-9)
    return Told(mean=mean, chance=np.clip(chance, 1e-9, 1.0), noise=mean * unevenness + mean**2 * error)

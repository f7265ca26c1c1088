"""What would simpler forecasts have said, and how good are all of them?

Ref  Croston (1972), Forecasting and stock control for intermittent demands, Operational Research Quarterly 23, 289-303
     Syntetos & Boylan (2005), The accuracy of intermittent demand estimates, International Journal of Forecasting
         21(2), 303-314: the correction of Croston's bias
     Teunter, Syntetos & Babai (2011), European Journal of Operational Research 214(3), 606-615
     Gneiting & Raftery (2007), Strictly proper scoring rules, JASA 102, 359-378, section 6: the pinball loss
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.demand_ahead import QUANTILES
from patron.models.demand_fit import FittedSeries

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SMOOTHING = 0.1  # of sizes and intervals; the usual value
CHANCE_SMOOTHING = 0.05
YEAR = 52
VOLUMES = 4


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One figure of one forecast: of all series (volume 0), or of a quarter by expected units, 1 the smallest."""

    model: str
    volume: int
    metric: str
    value: float
    series: int


def point_forecasts(units: Floats, horizon: int) -> dict[str, Floats]:
    """Return what simple rules tell of the sum of the weeks ahead.

    Parameters
    ----------
    units : array of shape (weeks, series)
        What was sold.
    horizon : int
        Weeks ahead.

    Examples
    --------
    >>> told = point_forecasts(np.full((60, 1), 5.0), 8)
    >>> {name: round(float(value[0])) for name, value in told.items()}
    {'last_weeks': 40, 'croston': 38, 'tsb': 40, 'year_before': 40}
    """
    size, interval, chance = (np.zeros(units.shape[1]) for _ in range(3))
    seen, gap = np.zeros(units.shape[1], dtype=np.bool_), np.ones(units.shape[1])
    for count in units:
        some = count > 0
        new, again = some & ~seen, some & seen
        size = np.where(new, count, np.where(again, size + SMOOTHING * (count - size), size))
        interval = np.where(new, 1.0, np.where(again, interval + SMOOTHING * (gap - interval), interval))
        chance = np.where(new, 1.0, np.where(seen, chance + CHANCE_SMOOTHING * (some - chance), chance))
        seen, gap = seen | some, np.where(some, 1.0, gap + 1)
    found = {
        "last_weeks": units[-horizon:].mean(axis=0) * horizon,
        "croston": (1 - SMOOTHING / 2) * size / np.maximum(interval, 1.0) * horizon,
        "tsb": chance * size * horizon,
    }
    if len(units) >= YEAR:
        found["year_before"] = units[len(units) - YEAR : len(units) - YEAR + horizon].sum(axis=0)
    return found


def past_quantiles(units: Floats, horizon: int) -> list[Floats]:
    """Return the quantiles of the sums of as many weeks within the last year: an interval without a model."""
    last = np.vstack([np.zeros(units.shape[1]), np.cumsum(units[-YEAR:], axis=0)])
    sums = last[horizon:] - last[:-horizon] if len(last) > horizon else last[-1:]
    return [np.quantile(sums, level, axis=0) for level in QUANTILES]


def pinball(came: Floats, told: Sequence[Floats]) -> Floats:
    """Return the mean pinball loss of the three quantiles, for each series."""
    losses = [
        np.maximum(level * (came - one), (level - 1) * (came - one)) for level, one in zip(QUANTILES, told, strict=True)
    ]
    return np.asarray(np.mean(losses, axis=0))


def judge(fitted: FittedSeries, units: Floats, came: Floats) -> list[Judged]:
    """Hold the forecast of the whole horizon, and simpler ones, against what came.

    Parameters
    ----------
    fitted : FittedSeries
        Of `units`.
    units : array of shape (weeks, series)
        What was known.
    came : array of shape (series,)
        Units of the horizon's weeks together.

    Returns
    -------
    list of Judged
        ``pinball`` and ``mae`` are sums over units that came; ``coverage`` is the share of counts in the 80 % interval,
        ``coverage_pit`` the same where a count at the interval's end counts for the part of its chance that is inside;
        ``bias`` is told / came - 1.
    """
    horizon = len(fitted.season)
    _, told = fitted.ahead(horizon)
    ours, theirs = fitted.of_total.quantiles(told), past_quantiles(units, horizon)
    expected = told.mean * told.chance
    place = told.pit(came, fitted.of_total.spread)
    inside = (place > fitted.of_total.levels[0]) & (place <= fitted.of_total.levels[-1])
    points = {"demand": (expected, ours[1]), **{n: (one, one) for n, one in point_forecasts(units, horizon).items()}}
    rows = []
    for volume, among in _volumes(expected).items():
        total = max(float(came[among].sum()), 1.0)
        count = int(among.sum())
        figures: Mapping[tuple[str, str], float] = {
            ("demand", "coverage_pit"): float(inside[among].mean()),
            **{
                (name, metric): value
                for name, quantiles in (("demand", ours), ("past_year", theirs))
                for metric, value in (
                    ("pinball", float(pinball(came, quantiles)[among].sum()) / total),
                    ("coverage", float(((came >= quantiles[0]) & (came <= quantiles[-1]))[among].mean())),
                )
            },
            **{
                (name, metric): value
                for name, (mean, middle) in points.items()
                for metric, value in (
                    ("mae", float(np.abs(came - middle)[among].sum()) / total),
                    ("bias", float(mean[among].sum()) / total - 1),
                )
            },
        }
        rows += [
            Judged(model=model, volume=volume, metric=metric, value=value, series=count)
            for (model, metric), value in figures.items()
        ]
    return rows


def _volumes(expected: Floats) -> dict[int, Bools]:
    """Return all series, and quarters of them by expected units where there are enough."""
    found = {0: np.ones(len(expected), dtype=np.bool_)}
    if len(expected) < 10 * VOLUMES:
        return found
    quarter = np.searchsorted(np.quantile(expected, np.arange(1, VOLUMES) / VOLUMES), expected, side="right")
    return found | {part + 1: quarter == part for part in range(VOLUMES) if (quarter == part).any()}

"""Does similarity find ideal people among people whom it has not seen, better than chance does?

Ref  as `stats/auc.py`: whether the area under the ROC curve is above one half, with DeLong's interval
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.stats.auc import auc
from patron.stats.ranking import group_means, quantile_groups

Floats = NDArray[np.float64]

RANKS, CHANCE = "ranks", "chance"


@dataclass(frozen=True, kw_only=True)
class Decile:
    """A tenth of the held-out half, the most alike first; `lift` is its share of ideal people over that of all."""

    place: int
    people: int
    ideal: int
    expected: float  # ideal people, by the probabilities
    lift: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The verdict on the held-out half, and what it rests on."""

    people: int
    ideal: int
    auc: float
    low: float
    high: float
    deciles: tuple[Decile, ...]

    @property
    def verdict(self) -> str:
        """``ranks`` where the whole 95 % interval of the area lies above one half, else ``chance``."""
        return RANKS if self.low > 0.5 else CHANCE


def judged(chances: Floats, ideal: Floats) -> Judged:
    """Judge probabilities of people who had no part in them.

    Parameters
    ----------
    chances : array of shape (people,)
        To be ideal.
    ideal : array of shape (people,)
        1 or 0, both of them there.
    """
    area = auc(chances, ideal)
    value, low, high = (float(end or 0.0) for end in (area.value, area.low, area.high))
    mean = float(ideal.mean())
    groups = group_means(quantile_groups(chances), chances, ideal)
    deciles = tuple(
        Decile(
            place=int(groups.group[i]), people=int(groups.customers[i]),
            ideal=round(float(groups.outcome[i] * groups.customers[i])),
            expected=float(groups.score[i] * groups.customers[i]), lift=float(groups.outcome[i]) / mean,
            low=_over(float(groups.low[i]), mean), high=_over(float(groups.high[i]), mean),
        )
        for i in range(len(groups.group))
    )  # fmt: skip
    return Judged(people=len(ideal), ideal=int(ideal.sum()), auc=value, low=low, high=high, deciles=deciles)


def _over(end: float, mean: float) -> float | None:
    return None if np.isnan(end) else max(end, 0.0) / mean

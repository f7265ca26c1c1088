"""How sure is a weighted score? From so many answers, each with a weight.

Three kinds of score, one way: the variance of a weighted mean is that of what the weighting columns do not explain
(Deville & Sarndal), which says how many plain answers would be as sure, and from that number an interval is made that
holds for few answers, too.

Ref  Deville & Sarndal (1992), Calibration estimators in survey sampling, JASA 87(418), 376-382: equation 3.4
     Rocks (2016), Interval estimation for the "Net Promoter Score", The American Statistician 70(4), 365-372: the
     adjusted Wald interval (3, T), three further answers, half of them passive
     Korn & Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
     estimated from survey data, Survey Methodology 24(2), 193-201: the effective number in an interval for counts
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from patron.stats.wilson import wilson

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL = 0.95
MORE = 3.0  # answers that an interval of nps adds
SPARE = 2  # answers that must be left over for a residual to be trusted, per band


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score of one segment and the ends of its interval."""

    score: float
    low: float
    high: float
    unweighted: float
    effective: float
    promoters: float | None = None
    detractors: float | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """Answers counted by cell and value.

    ``cell`` shape (rows,), ``value`` shape (rows,): the number that was answered, or whether a choice was made;
    ``count`` shape (rows,): how many; ``weight`` shape (rows,): of each of them; ``margins`` shape (columns, rows): the
    bands by which they were weighted.
    """

    value: Floats
    count: Floats
    weight: Floats
    margins: Ints

    @property
    def answers(self) -> float:
        """How many answers."""
        return float(self.count.sum())


def net_promoter_score(said: Said, *, promoter: float, passive: float) -> Score:
    """Return promoters less detractors in points, from -100 to 100.

    Examples
    --------
    Ten promoters and nobody else: what is known is not that everybody is one.

    >>> import numpy as np
    >>> ten = Said(value=np.array([10.0]), count=np.array([10.0]), weight=np.ones(1), margins=np.zeros((0, 1), int))
    >>> found = net_promoter_score(ten, promoter=9, passive=7)
    >>> found.score, round(found.low), found.high
    (100.0, 48, 100.0)
    """
    up, down = (said.value >= promoter).astype(float), (said.value < passive).astype(float)
    points = up - down
    share = said.count * said.weight / (said.count * said.weight).sum()
    plus, minus = float((share * up).sum()), float((share * down).sum())
    effective = effective_answers(said, points)
    wide = effective + MORE
    more_plus, more_minus = ((effective * one + MORE / 4) / wide for one in (plus, minus))
    centre = more_plus - more_minus
    reach = float(ndtri((1 + LEVEL) / 2)) * np.sqrt(max(more_plus + more_minus - centre**2, 0.0) / wide)
    score = plus - minus
    return Score(
        score=100 * score, low=100 * max(min(centre - reach, score), -1.0),
        high=100 * min(max(centre + reach, score), 1.0),
        unweighted=100 * float((said.count * points).sum() / said.answers), effective=effective,
        promoters=plus, detractors=minus,
    )  # fmt: skip


def mean_score(said: Said, *, least: float, most: float) -> Score:
    """Return the mean of answers from `least` to `most`, with one further answer spread evenly over the whole scale."""
    share = said.count * said.weight / (said.count * said.weight).sum()
    mean = float((share * said.value).sum())
    variance = float((share * (said.value - mean) ** 2).sum())
    effective = effective_answers(said, said.value)
    middle, spread = (least + most) / 2, (most - least) ** 2 / 12
    wide = effective + 1
    centre = (effective * mean + middle) / wide
    around = (effective * (variance + (mean - centre) ** 2) + spread + (middle - centre) ** 2) / wide
    reach = float(stdtrit(max(effective, 1.0), (1 + LEVEL) / 2)) * np.sqrt(around / wide)
    return Score(
        score=mean, low=max(min(centre - reach, mean), least), high=min(max(centre + reach, mean), most),
        unweighted=float((said.count * said.value).sum() / said.answers), effective=effective,
    )  # fmt: skip


def share_of(said: Said) -> Score:
    """Return the share of the answers whose value is 1, the others being 0."""
    share = said.count * said.weight / (said.count * said.weight).sum()
    part = float((share * said.value).sum())
    effective = effective_answers(said, said.value)
    low, high = wilson(part * effective, effective, level=LEVEL)
    return Score(
        score=part, low=float(max(min(low, part), 0.0)), high=float(min(max(high, part), 1.0)),
        unweighted=float((said.count * said.value).sum() / said.answers), effective=effective,
    )  # fmt: skip


def effective_answers(said: Said, value: Floats) -> float:
    """Return how many answers of equal weight would be as sure of the mean of `value`; never more than there are.

    All alike, they tell nothing of their spread: then it is the number of answers over the design effect of Kish.
    """
    heavy = said.count * said.weight
    total, count = float(heavy.sum()), said.answers
    kish = total**2 / float((said.count * said.weight**2).sum())
    mean = float((heavy * value).sum()) / total
    spread = float((heavy * (value - mean) ** 2).sum()) / total
    if spread <= 0 or count < 2:
        return min(kish, count)
    left, used = _residuals(value - mean, heavy, said.margins, count)
    variance = float((said.count * (said.weight * left) ** 2).sum()) / total**2 * count / (count - used)
    return float(min(spread / variance, count)) if variance > 0 else min(kish, count)


def _residuals(value: Floats, heavy: Floats, margins: Ints, count: float) -> tuple[Floats, int]:
    """Return what the bands do not explain, and how many numbers that took; the plain deviations where few answered."""
    parts = [np.ones((1, len(value)))]
    parts += [(bands[None, :] == np.arange(1, bands.max() + 1)[:, None]).astype(float) for bands in margins]
    design = np.concatenate(parts).T
    if count < SPARE * design.shape[1] + SPARE:
        return value, 1
    root = np.sqrt(heavy)
    fitted = design @ np.linalg.lstsq(design * root[:, None], value * root, rcond=None)[0]
    return value - fitted, design.shape[1]

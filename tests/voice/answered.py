"""Customers who answer the more readily the more recently and often they bought, and are the more content for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from patron.voice.bands import BANDS, CELLS, codes
from patron.voice.estimates import Said
from patron.voice.weighting import Weights, response_weights

COLUMNS = dict(zip(BANDS, codes(), strict=True))
SPREAD = 2.0


@dataclass(frozen=True)
class Answered:
    """One survey: what all who were asked would say on the whole, and what came back."""

    nps: float
    mean: float
    promoters: float
    said: Said
    plain: Said
    weights: Weights


def answered(rng: np.random.Generator, customers: int) -> Answered:
    """Draw a survey whose answers depend on the cell, and so does who gives one."""
    cell = rng.integers(0, CELLS, customers)
    recency, frequency, _ = codes()[:, cell]
    chance = 1 / (1 + np.exp(1.8 - 0.35 * recency - 0.2 * frequency))
    content = 5.5 + 0.6 * recency + 0.2 * frequency
    score = np.clip(np.rint(content + rng.normal(0, SPREAD, customers)), 0, 10)
    came = rng.random(customers) < chance
    ends = np.arange(11)[:, None] + 0.5
    shares = np.diff(norm.cdf((ends - content) / SPREAD), axis=0, prepend=0.0)
    shares[-1] += 1 - shares.sum(axis=0)
    up, down = shares[9:].sum(axis=0), shares[:7].sum(axis=0)
    return Answered(
        nps=100 * float((up - down).mean()), mean=float((np.arange(11)[:, None] * shares).sum(axis=0).mean()),
        promoters=float(up.mean()), **counted(cell, score, came),
    )  # fmt: skip


def counted(cell: NDArray[np.int64], score: NDArray[np.float64], came: NDArray[np.bool_]) -> dict[str, Any]:
    """Weight the answers, and count them by cell and score."""
    asked, back = (np.bincount(some, minlength=CELLS).astype(float) for some in (cell, cell[came]))
    weights = response_weights(asked, back, COLUMNS)
    pairs, often = np.unique(cell[came] * 11 + score[came].astype(np.int64), return_counts=True)
    place, value, count = pairs // 11, (pairs % 11).astype(float), often.astype(float)
    bands = [margin[place] for margin in weights.margins.values()]
    margins = np.array(bands, dtype=np.int64).reshape(len(bands), len(place))
    none = np.zeros((0, len(place)), dtype=np.int64)
    return {
        "said": Said(value=value, count=count, weight=weights.weight[place], margins=margins),
        "plain": Said(value=value, count=count, weight=np.ones(len(place)), margins=none),
        "weights": weights,
    }

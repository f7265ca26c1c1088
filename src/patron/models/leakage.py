"""Does a feature know the answer?

Three ways in which it may, each with an error that names it: it ranks the outcome all but perfectly by itself; it holds
days after the row's own (`feature_table.read_features`); or it changes when rows after the day are taken away.

Ref  Kaufman, Rosset & Perlich (2012), Leakage in data mining: formulation, detection, and avoidance,
     ACM Transactions on Knowledge Discovery from Data 6(4): sections 3 (no time machine) and 4.3 (one feature alone)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import LeakError
from patron.language import failure, number
from patron.models.feature_table import Feature, FeatureTable, read_features
from patron.stats.mid_ranks import mid_ranks

KNOWS = 0.99
"""An area under the curve of one feature alone from which on it cannot have been known before."""

LOOKED_AT = 20_000
"""Rows that are looked at: with them an area near 1 is known to a thousandth or two."""

NEVER = 1e-6
"""Two numbers farther apart than this share of their size are different."""

Floats = NDArray[np.float64]


def check_leaks(matrix: NDArray[np.float32], outcome: Floats, features: Sequence[Feature]) -> None:
    """Refuse features that rank the outcome all but perfectly by themselves.

    Raises
    ------
    LeakError
        With `feature` and `auc` in its data: the worst of them.
    """
    stride = -(-len(outcome) // LOOKED_AT)
    came = outcome[::stride]
    if came.min() == came.max():
        return
    alone = [
        rank_alone(matrix[::stride, place].astype(np.float64), came, feature) for place, feature in enumerate(features)
    ]
    worst = int(np.argmax(alone))
    if alone[worst] >= KNOWS:
        raise failure(
            LeakError, "propensity.leak", feature=features[worst].name, auc=alone[worst],
            share=number(alone[worst], digits=3), allowed=KNOWS,
        )  # fmt: skip


def rank_alone(values: Floats, outcome: Floats, feature: Feature) -> float:
    """Return how well one feature ranks the outcome: the area under its curve, upwards or downwards.

    Words are ranked by how often each did it. What is missing is a value of its own, below or above all others.

    Examples
    --------
    >>> rank_alone(np.array([1.0, 2.0, np.nan, np.nan]), np.array([0.0, 0.0, 1.0, 1.0]), Feature(name="paid"))
    1.0
    """
    if feature.kind == "word":
        values = _mean_outcome(values, outcome)
    known = values[~np.isnan(values)]
    ends = (known.min() - 1, known.max() + 1) if 0 < len(known) < len(values) else (0.0,)
    return max(_area(np.where(np.isnan(values), end, values), outcome) for end in ends)


def _area(values: Floats, outcome: Floats) -> float:
    came = outcome > 0
    many, few = int(came.sum()), int((~came).sum())
    area = (mid_ranks(values)[came].sum() - many * (many + 1) / 2) / (many * few)
    return float(max(area, 1 - area))


def _mean_outcome(values: Floats, outcome: Floats) -> Floats:
    place = np.where(np.isnan(values), -1, values).astype(np.int64) + 1
    counts = np.bincount(place)
    means = np.bincount(place, outcome) / np.maximum(counts, 1)
    return np.asarray(means[place], dtype=np.float64)


def check_point_in_time(features: Any, again: Any) -> None:
    """Refuse features that were computed from what came after their day.

    Parameters
    ----------
    features : Table
        As they are used, made from all rows that there are.
    again : Table
        The same features for the same customers and days, made from rows up to the day alone.

    Raises
    ------
    LeakError
        With `feature` and `came` (rows in which it differs) in its data: the one that differs most often.
    """
    whole, cut = read_features(features), read_features(again)
    if whole.rows != cut.rows or not whole.customers.take(pa.array(whole.order)).equals(
        cut.customers.take(pa.array(cut.order))
    ):
        raise failure(LeakError, "propensity.leak_rows", feature="customer_id", came=whole.rows, allowed=cut.rows)
    changed = {feature.name: _changed(whole, cut, feature) for feature in whole.features}
    name = max(changed, key=lambda one: changed[one])
    if changed[name]:
        raise failure(LeakError, "propensity.leak_changes", feature=name, came=changed[name], rows=whole.rows)


def _changed(whole: FeatureTable, cut: FeatureTable, feature: Feature) -> int:
    """Count the rows in which a feature differs; a feature that is not there differs in all."""
    names = [one.name for one in cut.features]
    if feature.name not in names:
        return whole.rows
    mine = whole.matrix[whole.order, [one.name for one in whole.features].index(feature.name)].astype(np.float64)
    other = cut.features[names.index(feature.name)]
    theirs = cut.matrix[cut.order, names.index(feature.name)].astype(np.float64)
    if feature.kind == "word":
        mine, theirs = _coded(mine, feature.words, other.words), theirs
    same = np.isclose(mine, theirs, rtol=NEVER, atol=NEVER, equal_nan=True)
    return int((~same).sum())


def _coded(values: Floats, words: Sequence[str], others: Sequence[str]) -> Floats:
    """Return places among `words` as places among `others`; -1 for a word that is not there."""
    places = np.array([others.index(word) if word in others else -1 for word in words] + [np.nan])
    return np.asarray(places[np.where(np.isnan(values), len(words), values).astype(np.int64)], dtype=np.float64)

"""Have the customers, or what is said of them, changed since the last run?

Each run writes down how every feature and every score is distributed, in bins of its own; the next run counts its
customers in those bins and compares. Only the inner edges of bins are kept, for the outer ones are single customers.

In   features or scores of today; contracts.propensity.MODEL_CARDS of the last run
Out  rows of MODEL_CARDS: `distribution` of today, `drift` since then
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.stats.stability import Distribution, distribution, stability_index

Floats = NDArray[np.float64]
Row = dict[str, Any]

SCORE = "score"


def distributed(name: str, values: Floats) -> list[Row]:
    """Return how the values of one feature are distributed today."""
    found = distribution(values)
    inner = [None, *found.edges[1:-1].tolist(), None]
    people = len(values)
    rows = [_bin(name, 0, found.shares[0], people, None, None)]
    for place, share in enumerate(found.shares[1:], start=1):
        rows.append(_bin(name, place, share, people, inner[place - 1], inner[place]))
    return rows


def drifted(name: str, values: Floats, then: Sequence[Row]) -> list[Row]:
    """Return the stability index of one feature against the bins of the last run; nothing where it has none.

    Parameters
    ----------
    name : str
        The feature.
    values : array of float
        Today's.
    then : sequence of dict
        Its `distribution` rows of the last run.
    """
    bins = sorted((row for row in then if row["place"] > 0), key=lambda row: row["place"])
    if not bins:
        return []
    missing = next((row["value"] for row in then if row["place"] == 0), 0.0)
    edges = np.array([-np.inf, *(row["high"] for row in bins[:-1]), np.inf], dtype=np.float64)
    old = Distribution(edges=edges, shares=np.array([missing, *(row["value"] for row in bins)], dtype=np.float64))
    index = stability_index(old, distribution(values, edges=edges), people=len(values))
    return [{"part": "drift", "name": name, "place": 0, "customers": len(values), "value": index}]


def numbers_of(features: pa.Table) -> Mapping[str, Floats]:
    """Return a table's columns of numbers as arrays; words drift with the scores that they make.

    With the seven digits that trees see: the last digits of a sum depend on the order of its rows, and nobody must
    change the bin by them.
    """
    return {
        name: np.asarray(features[name].cast(pa.float64()).to_numpy(), dtype=np.float32).astype(np.float64)
        for name in features.column_names
        if not pa.types.is_string(features[name].type) and not pa.types.is_date(features[name].type)
    }  # fmt: skip


def _bin(name: str, place: int, share: float, people: int, low: float | None, high: float | None) -> Row:
    return {
        "part": "distribution", "name": name, "place": place, "customers": round(float(share) * people),
        "value": float(share), "low": low, "high": high,
    }  # fmt: skip

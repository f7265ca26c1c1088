"""Have the people changed since a model was last looked at?

The population stability index compares the shares of people in bins: the sum of (now - then) log(now / then). It is
the symmetric Kullback-Leibler divergence; below .1 is usual between two months, above .25 is another population.

Ref  Siddiqi (2006), Credit Risk Scorecards, chapter 8: the index and its bands
     Kullback & Leibler (1951), Annals of Mathematical Statistics 22(1), 79-86: J, equation 2.6
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Shares of people: `shares[0]` have no value, the others lie above `edges[i - 1]` and up to `edges[i]`.

    The first edge stands for minus infinity and the last for infinity, so that any value has a bin.
    """

    edges: Floats
    shares: Floats


def distribution(values: Floats, *, edges: Floats | None = None, bins: int = BINS) -> Distribution:
    """Count shares in bins: in those of equal size now, or between the `edges` of an earlier distribution.

    Examples
    --------
    >>> now = distribution(np.array([1.0, 2.0, 3.0, 4.0, np.nan]), bins=2)
    >>> now.edges.tolist(), now.shares.tolist()
    ([1.0, 2.5, 4.0], [0.2, 0.4, 0.4])
    """
    known = values[~np.isnan(values)]
    if edges is None:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1))) if len(known) else np.zeros(2)
        edges = edges if len(edges) > 1 else np.repeat(edges, 2)
    place = np.clip(np.searchsorted(edges[1:-1], known, side="left"), 0, len(edges) - 2)
    counts = np.bincount(place, minlength=len(edges) - 1)
    return Distribution(edges=edges, shares=np.append(len(values) - len(known), counts) / max(len(values), 1))


def stability_index(then: Distribution, now: Distribution, *, people: int) -> float:
    """Return the population stability index of two distributions over the same bins.

    Parameters
    ----------
    then, now : Distribution
        `now` counted between the edges of `then`.
    people : int
        How many there are; an empty bin counts as half a person.

    Examples
    --------
    >>> a = Distribution(edges=np.array([0.0, 1.0, 2.0]), shares=np.array([0.0, 0.5, 0.5]))
    >>> b = Distribution(edges=np.array([0.0, 1.0, 2.0]), shares=np.array([0.0, 0.75, 0.25]))
    >>> stability_index(a, a, people=100), round(stability_index(a, b, people=100), 3)
    (0.0, 0.275)
    """
    least = 0.5 / max(people, 1)
    there = (then.shares > 0) | (now.shares > 0)
    old, new = np.maximum(then.shares[there], least), np.maximum(now.shares[there], least)
    return float(np.sum((new - old) * np.log(new / old)))

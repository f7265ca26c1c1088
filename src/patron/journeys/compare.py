"""Where do two groups go different ways?

In   two maps of different people, as `journey_map` draws them
Out  one row per edge of either: both shares, their difference with its interval, and how sure it is

The difference has Newcombe's interval, of the two shares' own. The test is that of two shares with as many trials each
as would have the variance between people, exact where counts are small. All edges are tested, so the q-values
count all of them.

Ref  Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine
     17(8), 873-890: method 10
     Korn & Graubard (1998), Survey Methodology 24, 193-201: the effective number of trials
     Benjamini & Yekutieli (2001), Annals of Statistics 29(4), 1165-1188: theorem 1.3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.journeys.edges import Edges
from patron.journeys.map import JourneyMap
from patron.language import failure
from patron.stats.clustered_rate import clustered_rate
from patron.stats.false_discovery import q_values
from patron.stats.two_shares import same_shares

Floats = NDArray[np.float64]

LEVEL = 0.10
LEAST = 10
"""Times that both groups together have to have been at the beginning of an edge for it to be tested."""


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One group's share of each edge."""

    times: Floats
    trials: Floats
    rate: Floats
    low: Floats
    high: Floats
    effective: Floats  # trials of different people that would tell as much


def compare(map_a: JourneyMap, map_b: JourneyMap, *, level: float = LEVEL) -> pa.Table:
    """Compare two groups edge by edge.

    Parameters
    ----------
    map_a, map_b : JourneyMap
        Each of one segment, such as ``drawn.of("platform", "mobile")``; of several that of everybody counts. The two
        are of different people, and were drawn the same way.
    level : float
        The false discovery rate of what is found.

    Returns
    -------
    Table, one row per edge that could differ, the surest first
        ``from_step``, ``to_step``; ``times_a``, ``trials_a`` (how often people were at from_step), ``share_a``, the
        same of b; ``difference`` (a - b) with ``low`` and ``high``; ``p_value``, ``q_value`` and ``found``.
        ``more_times``: how often more a went this way than it would have with b's share.

    Raises
    ------
    ArgumentError
        The level is not between 0 and 1, or the maps were drawn with different `within_days`.
    """
    if not 0 < level < 1:
        raise failure(ArgumentError, "journeys.level", came=level)
    if map_a.within_days != map_b.within_days:
        raise failure(ArgumentError, "journeys.apart", came=f"{map_a.within_days}, {map_b.within_days}")
    both = map_a.only(), map_b.only()
    keys = sorted({label for edges in both for label in edges.labels()})
    a, b = (_side(edges, keys) for edges in both)
    tested = (a.trials > 0) & (b.trials > 0) & (a.trials + b.trials >= LEAST) & ~((a.rate == 1) & (b.rate == 1))
    p, q = np.full(len(keys), np.nan), np.full(len(keys), np.nan)
    if tested.any():
        counts = (values[tested] for side in (a, b) for values in (side.rate * side.effective, side.effective))
        p[tested] = same_shares(*counts)
        q[tested] = q_values(p[tested])
    difference = a.rate - b.rate
    rows: list[dict[str, Any]] = [
        {
            "from_step": keys[place][0], "to_step": keys[place][1],
            "times_a": int(a.times[place]), "trials_a": int(a.trials[place]), "share_a": float(a.rate[place]),
            "times_b": int(b.times[place]), "trials_b": int(b.trials[place]), "share_b": float(b.rate[place]),
            "difference": float(difference[place]),
            "low": float(difference[place] - np.hypot(a.rate[place] - a.low[place], b.high[place] - b.rate[place])),
            "high": float(difference[place] + np.hypot(a.high[place] - a.rate[place], b.rate[place] - b.low[place])),
            "p_value": float(p[place]), "q_value": float(q[place]), "found": bool(q[place] <= level),
            "more_times": float(a.trials[place] * difference[place]),
        }
        for place in sorted(np.flatnonzero(tested), key=lambda place: (p[place], keys[place]))
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


SCHEMA = pa.schema(
    [
        ("from_step", pa.string()), ("to_step", pa.string()),
        *((f"{name}_{side}", kind) for side in "ab"
          for name, kind in (("times", pa.int64()), ("trials", pa.int64()), ("share", pa.float64()))),
        *((name, pa.float64()) for name in ("difference", "low", "high", "p_value", "q_value")),
        ("found", pa.bool_()), ("more_times", pa.float64()),
    ]
)  # fmt: skip


def _side(edges: Edges, keys: list[tuple[str, str]]) -> _Side:
    """Return one group's counts of the edges of both."""
    own = {label: place for place, label in enumerate(edges.labels())}
    at = {label[0]: edges.trials[place] for place, label in enumerate(edges.labels())}
    there = {label[0]: edges.at_people[place] for place, label in enumerate(edges.labels())}
    nothing = np.zeros(edges.times.shape[1])
    times = np.stack([edges.times[own[key]] if key in own else nothing for key in keys])
    trials = np.stack([at.get(key[0], nothing) for key in keys])
    people = np.array([there.get(key[0], 0.0) for key in keys])
    parts = (trials > 0).sum(axis=1)
    squares = ((times**2).sum(axis=1), (times * trials).sum(axis=1), (trials**2).sum(axis=1))
    done, whole = times.sum(axis=1), trials.sum(axis=1)
    found = clustered_rate(done, whole, people=np.maximum(parts, people), squares=squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = done / whole
        spread = np.maximum(squares[0] - 2 * rate * squares[1] + rate**2 * squares[2], 0) / whole**2
        alike = rate * (1 - rate) / (spread * parts / (parts - 1))
    told = np.isfinite(alike) & (rate > 0) & (rate < 1)
    # Where nobody or everybody went nothing is known of how alike one person's steps are: people count, not steps.
    return _Side(
        times=done, trials=whole, rate=rate, low=found.low, high=found.high,
        effective=np.where(told, np.minimum(alike, whole), np.minimum(np.maximum(parts, people), whole)),
    )  # fmt: skip

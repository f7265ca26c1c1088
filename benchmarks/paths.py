"""Simulated paths of touches: a chain of twelve channels, of which some stay, some lead on and some convert."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CHANNELS = (
    "affiliates", "direct", "display", "email", "organic_search", "organic_social", "paid_search", "paid_shopping",
    "paid_social", "push", "referral", "video",
)  # fmt: skip
ENDS, CONVERTS, STAYS, LONGEST = 0.22, 0.22, 0.45, 90
"""The chances that a touch is the last one, that a path converts, that a touch is by the channel of the one before."""


def write_touches(file: Path, paths: int, *, seed: int) -> None:
    """Write the touches of so many paths, path by path: ``path_id, at, channel, converted, value``.

    Beside it lie the same touches in order of time (``..._by_time``) and the paths as text (``..._text``).
    """
    rng = np.random.default_rng(seed)
    lengths = np.minimum(rng.geometric(ENDS, paths), LONGEST)
    starts = np.append(0, np.cumsum(lengths))
    place = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
    often = rng.dirichlet(np.full(len(CHANNELS), 0.7))
    drawn = rng.choice(len(CHANNELS), starts[-1], p=often)
    fresh = (place == 0) | (rng.random(starts[-1]) >= STAYS)
    channel = drawn[np.maximum.accumulate(np.where(fresh, np.arange(starts[-1]), 0))]
    pull = rng.uniform(0.3, 1.7, len(CHANNELS))
    converted = rng.random(paths) < CONVERTS * pull[channel[starts[1:] - 1]]
    value = np.where(converted, rng.integers(100, 10_000, paths) / 100, 0.0)
    second = np.repeat(rng.integers(0, 90 * 86_400, paths), lengths) + np.cumsum(rng.integers(1, 86_400, starts[-1]))
    second -= np.repeat(second[starts[:-1]] - rng.integers(0, 90 * 86_400, paths), lengths)
    touches = pa.table({
        "path_id": np.repeat(np.arange(paths), lengths), "at": pa.array(second, pa.timestamp("s")),
        "channel": pa.array(CHANNELS).take(pa.array(channel)), "converted": np.repeat(converted, lengths),
        "value": np.repeat(value, lengths),
    })  # fmt: skip
    by_time = touches.take(pa.array(np.argsort(second, kind="stable")))
    pq.write_table(by_time, file.with_name(f"touches_{paths}_by_time.parquet"))
    names = np.array(CHANNELS)[channel]
    text = [" > ".join(names[first:last]) for first, last in pairwise(starts)]
    told = {"path": text, "conversions": converted.astype(int), "value": value, "nulls": 1 - converted.astype(int)}
    pq.write_table(pa.table(told), file.with_name(f"touches_{paths}_text.parquet"))
    pq.write_table(touches, file)

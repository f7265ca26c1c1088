"""Simulated units of an experiment: their arm, segment, past and metrics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

AT_ONCE = 1_000_000
SEGMENTS = 50


def write_units(file: Path, rows: int, metrics: int, *, seed: int) -> None:
    """Write `rows` units with ``arm, segment, past`` and metrics ``m0, m1, ...``, which the past tells half of."""
    rng, writer = np.random.default_rng(seed), None
    for start in range(0, rows, AT_ONCE):
        size = min(AT_ONCE, rows - start)
        mailed, past = rng.random(size) < 0.5, rng.gamma(2.0, 10.0, size)
        table = pa.table({
            "arm": pa.array(np.where(mailed, "mail", "control")),
            "segment": pa.array([f"segment {number}" for number in range(SEGMENTS)]).take(
                pa.array(rng.integers(0, SEGMENTS, size))
            ),
            "past": past,
            **{f"m{number}": past + rng.exponential(14.0, size) + 0.2 * mailed for number in range(metrics)},
        })  # fmt: skip
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()

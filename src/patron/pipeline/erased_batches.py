"""A table file's rows, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

BATCH = 65_536  # rows in memory at once


def batches(file: Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield a file's rows; a file that cannot be read as Parquet raises what Arrow raises."""
    with pq.ParquetFile(file) as opened:
        yield from opened.iter_batches(batch_size=BATCH, columns=columns)

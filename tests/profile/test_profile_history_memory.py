"""With a small limit of memory the history spills to the disk, and is the same."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.engines import connect
from patron.profile import purchase_history

LIMIT = "32MB"


@pytest.fixture
def orders(tmp_path):
    rng = np.random.default_rng(5)
    table = pa.table(
        {
            "customer_id": pa.array([f"customer number {number}" for number in rng.integers(0, 60_000, 300_000)]),
            "ordered_at": pa.array(np.datetime64("2023-01-01") + rng.integers(0, 700, 300_000)),
            "amount": pa.array(rng.integers(1, 99_999, 300_000)).cast(pa.decimal128(21, 2)).cast(pa.decimal128(18, 2)),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    return tmp_path / "orders.parquet"


def written(connection, orders):
    history = purchase_history(connection.read_parquet(orders), as_of=date(2024, 12, 31))
    to = orders.with_name("history.parquet")
    connection.to_parquet(history, str(to))
    return pq.read_table(to).sort_by("customer_id")


def test_a_limit_of_memory_changes_nothing(orders):
    plain = written(connect(threads=2), orders)
    limited = written(connect(memory=LIMIT, spill=orders.parent / "spill", threads=2), orders)
    assert plain.num_rows > 50_000
    assert limited.equals(plain)


def test_the_limit_is_too_small_without_the_disk(orders):
    connection = connect(memory=LIMIT, spill=orders.parent / "spill", threads=2)
    connection.raw_sql("SET max_temp_directory_size = '0MB'")
    with pytest.raises(Exception, match="Out of Memory"):
        written(connection, orders)

"""Touches pulled from Spark in batches give what the same touches give in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.contracts.touch import MODELS
from patron.kpis import attribution, path_credits

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def touches() -> pa.Table:
    rng = np.random.default_rng(2)
    path = rng.integers(0, 60, 300)
    led = rng.random(60) < 0.4
    return pa.table({
        "path_id": [f"p{one}" for one in path],
        "at": [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=int(one)) for one in rng.integers(0, 10**6, 300)],
        "channel": rng.choice(["mail", "search", "social"], 300), "converted": led[path], "value": 10.0 * led[path],
    })  # fmt: skip


def test_every_model_is_the_same(touches: pa.Table, spark: Any, tmp_path: Path, monkeypatch: Any) -> None:
    pq.write_table(touches, tmp_path / "touches.parquet", coerce_timestamps="us")
    table = spark.read_parquet(str(tmp_path / "touches.parquet"))
    expected, owed = attribution(touches, model=MODELS), path_credits(touches, model="markov").table
    for at_once in (10_000, 100):
        monkeypatch.setattr("patron.kpis.read_paths.AT_ONCE", at_once)
        found = attribution(table, model=MODELS)
        for name in ("conversions", "value"):
            by_row = [
                {(row["model"], row["channel"]): row[name] for row in one.to_pylist()} for one in (found, expected)
            ]
            assert by_row[0] == pytest.approx(by_row[1], rel=1e-9)
    keys = [("path_id", "ascending"), ("channel", "ascending")]
    pulled = path_credits(table, model="markov").table.sort_by(keys)
    assert pulled.select(["path_id", "channel"]) == owed.sort_by(keys).select(["path_id", "channel"])
    assert pulled["credit"].to_pylist() == pytest.approx(owed.sort_by(keys)["credit"].to_pylist(), abs=1e-9)

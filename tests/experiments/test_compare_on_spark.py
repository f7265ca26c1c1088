"""A comparison says the same on DuckDB and on Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from patron.experiments import Metric, compare

pytestmark = pytest.mark.slow

METRICS = ["spent", "won", "spent / orders", "far", Metric("spent", winsorise=0.95)]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng, n = np.random.default_rng(3), 1_200
    home = np.arange(n) // 2
    units = pa.table({
        "id": np.arange(n), "home": home, "arm": np.array(["control", "letter", "mail"])[home % 3],
        "spent": pa.array(np.exp(rng.normal(0, 1, n)), mask=rng.random(n) < 0.1),
        "past": pa.array(rng.normal(0, 1, n), mask=rng.random(n) < 0.1),
        "orders": 1 + rng.poisson(2, n), "won": rng.random(n) < 0.3, "far": 1e8 + rng.random(n),
        "weight": rng.random(n), "tier": pa.array(rng.choice(["low", "top"], n), mask=rng.random(n) < 0.05),
    })  # fmt: skip
    path = tmp_path_factory.mktemp("units") / "units.parquet"
    pq.write_table(units, path)
    return path


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({"metric": [*METRICS, Metric("spent", quantile=0.8)], "unit": "id", "by": ["all", "tier"]}, 48),
        ({"metric": METRICS, "cluster": "home", "weight": "weight"}, 10),
    ],
    ids=["units", "clusters"],
)
def test_both_engines_say_the_same(asked: dict[str, Any], rows: int, spark: Any, file: Path) -> None:
    found = [
        compare(engine.read_parquet(file), covariates="past", **asked).to_pandas()
        for engine in (spark, ibis.duckdb.connect())
    ]
    assert len(found[0]) == rows
    assert_frame_equal(*found, check_exact=False, rtol=1e-8)
    assert (found[0].status == "read").sum() >= 10

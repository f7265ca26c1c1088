"""Channels are followed alike on DuckDB and on Spark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pytest
from channel_shop import rows
from kpis_shop import takings_table
from test_channels_acquisition import SHOP

from patron.kpis.acquisition import acquisition
from patron.kpis.channels import channels
from patron.kpis.payback import payback
from patron.kpis.won import won

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if shutil.which("java") is None:
        pytest.skip("needs Java 17")
    pyspark = pytest.importorskip("pyspark.sql")
    session = (
        pyspark.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse"))).getOrCreate()
    )  # fmt: skip
    session.sparkContext.setLogLevel("ERROR")
    yield ibis.pyspark.connect(session)
    session.stop()


def told(engine: Any, folder: Path) -> list[list[dict[str, Any]]]:
    read = {path.stem: engine.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    book = won(
        read["profiles"], read["orders"], read["forecasts"], read["spend"], as_of=SHOP.as_of,
        credited=read["credited"], memberships=read["memberships"],
    )  # fmt: skip
    curves = payback(book, read["takings"])
    return [
        rows("acquisition", acquisition(book, payback=curves)), rows("payback", curves),
        rows("channels", channels(book)),
    ]  # fmt: skip


def test_both_engines_say_the_same(spark: Any, tmp_path: Path) -> None:
    for name, table in SHOP.tables().items():
        ibis.duckdb.connect().to_parquet(table, tmp_path / f"{name}.parquet")
    ibis.duckdb.connect().to_parquet(takings_table(SHOP.orders), tmp_path / "takings.parquet")
    mine, theirs = told(ibis.duckdb.connect(), tmp_path), told(spark, tmp_path)
    for one, other in zip(mine, theirs, strict=True):
        assert one
        for row, same in zip(one, other, strict=True):
            assert row == pytest.approx(same, nan_ok=True)

"""Channels are followed alike on DuckDB and on Spark."""

from __future__ import annotations

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

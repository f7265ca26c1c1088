"""Weeks of prices and totals of sales are the same on DuckDB and on Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow.parquet as pq
import pytest
from test_price_weeks import AS_OF, line, lines_of

from patron.profile.price_totals import price_totals
from patron.profile.price_weeks import at_one_price, last_price_day, price_weeks, sold_lines

pytestmark = pytest.mark.slow
TIERS = ("tier",)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    rng = np.random.default_rng(2)
    rows = [
        line(
            int(rng.integers(0, 200)), float(rng.choice([8.0, 9.5, 11.0])), quantity=float(rng.integers(1, 60)),
            discount=float(rng.choice([0.0, 0.0, 1.0])), product_id=str(rng.choice(["tea", "mug", "pen"])),
            customer_id=str(rng.choice(["ann", "bob", "cid"])), order_id=f"o{rng.integers(0, 90)}",
            category=str(rng.choice(["drinks", "desk"])),
        )
        for _ in range(300)
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("prices")
    members = ibis.memtable({"customer_id": ["ann", "bob"], "segmentation": ["tier"] * 2, "segment": ["top", "low"]})
    for name, table in (("lines", lines_of(*rows)), ("members", members)):
        pq.write_table(table.to_pyarrow(), folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in ("lines", "members")}


def read(engine: Any, files: dict[str, Path]) -> dict[str, Any]:
    sold = sold_lines(engine.read_parquet(str(files["lines"])), as_of=AS_OF)
    members = engine.read_parquet(str(files["members"]))
    offered = at_one_price(sold)
    until = last_price_day(offered, as_of=AS_OF)
    weeks = price_weeks(offered, members, until=until, segmentations=TIERS)
    totals = price_totals(sold, members, as_of=AS_OF, segmentations=TIERS)
    found = {}
    for name, table in (("weeks", weeks), ("totals", totals)):
        rows = table.to_pyarrow().to_pylist()
        found[name] = sorted(({key: row[key] for key in sorted(row)} for row in rows), key=lambda row: str(_cell(row)))
    return {"until": until, "small": offered is not sold, **found}


def _cell(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("part", "level", "category", "product_id", "segmentation", "segment", "week", "depth")
    return tuple(row.get(name) for name in names)


def test_both_engines_say_the_same(files: dict[str, Path], spark: Any) -> None:
    here, there = read(ibis.duckdb.connect(), files), read(spark, files)
    assert here["small"]
    assert (here["until"], here["small"]) == (there["until"], there["small"])
    for name in ("weeks", "totals"):
        assert len(here[name]) == len(there[name]) > 20
        for one, other in zip(here[name], there[name], strict=True):
            for key, value in one.items():
                if isinstance(value, float):
                    assert other[key] == pytest.approx(value, rel=1e-12), key
                else:
                    assert other[key] == value, key

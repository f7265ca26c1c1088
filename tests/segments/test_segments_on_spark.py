"""Behaviour features, segments, stages and micro-segments' counts say the same on DuckDB and on Spark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.contracts.raw import RAW_CUSTOMERS
from patron.profile import Parts, behaviour, contribution, orders, profiles, rhythm, takings
from patron.segments import BehaviourSegments, Tables, stages
from patron.segments.micro_counts import counted_now, counted_since
from patron.segments.micro_members import micro_members
from patron.simulate import planted_cells, planted_segments
from patron.simulate.planted_cells import PlantedCells

pytestmark = pytest.mark.slow

AXES = ("behaviour", "stage")
Read = Callable[[str], ir.Table]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def shop(folder: Path) -> date:
    """Write a shop's lines, orders, rhythm and profiles."""
    planted = planted_segments(customers=250, seed=3, days=500)
    day = planted.as_of
    lines = _written(folder, "lines", planted.lines)
    bought = _written(folder, "orders", orders(lines, as_of=day).to_pyarrow())
    taken = ibis.memtable(takings(lines, as_of=day).to_pyarrow())
    pace = _written(folder, "rhythm", rhythm(bought, as_of=day).to_pyarrow())
    money = ibis.memtable(contribution(lines, taken, as_of=day).to_pyarrow())
    parts = Parts(lines=lines, orders=bought, contribution=money, rhythm=pace, customers=RAW_CUSTOMERS.empty())
    _written(folder, "profiles", profiles(parts, as_of=day).to_pyarrow())
    return day


@pytest.fixture(scope="module")
def cells(folder: Path) -> PlantedCells:
    drawn = planted_cells(1_500, seed=1, behaviours=4, stages=3)
    for name in ("memberships", "before", "profiles", "forecasts", "orders", "takings", "rhythm"):
        _written(folder, f"cells_{name}", getattr(drawn, name))
    return drawn


def _written(folder: Path, name: str, table: pa.Table) -> ir.Table:
    micro = pa.schema([
        pa.field(field.name, pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ])  # fmt: skip
    pq.write_table(table.cast(micro), folder / f"{name}.parquet")
    return ibis.memtable(table)


def _both(folder: Path, spark: Any, made: Callable[[Read], ir.Table | pa.Table]) -> tuple[list[Any], list[Any]]:
    """Return the rows on DuckDB and on Spark, in one order."""
    found = []
    for connection in (ibis.duckdb.connect(), spark):
        table = made(lambda name, at=connection: at.read_parquet(str(folder / f"{name}.parquet")))
        arrow = table if isinstance(table, pa.Table) else table.to_pyarrow()
        rows = [{name: _plain(value) for name, value in row.items()} for row in arrow.to_pylist()]
        found.append(sorted(rows, key=lambda row: [repr(value) for value in row.values() if type(value) is not float]))
    return found[0], found[1]


def _plain(value: Any) -> Any:
    return round(value, 9) if isinstance(value, float) else value


def _equal(ours: list[Any], theirs: list[Any]) -> None:
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert one.keys() == other.keys()
        for name, value in one.items():
            assert other[name] == (pytest.approx(value, abs=1e-7) if isinstance(value, float) else value), name


def test_features_and_segments_of_behaviour(folder: Path, spark: Any, shop: date) -> None:
    def made(read: Read) -> ir.Table:
        return behaviour(read("profiles"), read("orders"), read("lines"), as_of=shop)

    ours, theirs = _both(folder, spark, made)
    _equal(ours, theirs)
    model = BehaviourSegments(segments=3).fit(pa.Table.from_pylist(ours))
    _equal(*_both(folder, spark, lambda read: model.assign(made(read))))


def test_stages(folder: Path, spark: Any, shop: date) -> None:
    def made(read: Read) -> ir.Table:
        known = read("profiles").select("customer_id", known_since="first_order_on")
        return stages(read("orders"), read("rhythm"), known, as_of=shop)

    _equal(*_both(folder, spark, made))


def test_counts_of_micro_segments(folder: Path, spark: Any, cells: PlantedCells) -> None:
    def tables(read: Read) -> Tables:
        named = ("before", "forecasts", "orders", "takings", "rhythm", "profiles")
        known = {name: read(f"cells_{name}") for name in named}
        members = read("cells_memberships")
        placed = micro_members(members, known["profiles"], axes=AXES, holdout=0.2, detectable=0.25).memberships
        return Tables(memberships=members.union(ibis.memtable(placed.to_pyarrow())), **known)

    _equal(*_both(folder, spark, lambda read: counted_now(tables(read), as_of=cells.as_of, horizon_days=365)))

    def since(read: Read) -> pa.Table:
        asked = tables(read)
        counted = counted_now(asked, as_of=cells.as_of, horizon_days=365)
        names = sorted({(row["own"], row["cell"]) for row in counted.select(["own", "cell"]).to_pylist()})
        origin = cells.before["as_of"][0].as_py()
        return counted_since(asked, names, AXES, origin=origin, as_of=cells.as_of)

    _equal(*_both(folder, spark, since))

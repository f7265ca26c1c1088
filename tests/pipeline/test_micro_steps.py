"""Micro-segments in a run: settings, where customers were before, and what other tables are spared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts import Contract
from patron.contracts.customer import MEMBERSHIPS
from patron.contracts.micro import MEMBERSHIPS_BEFORE, MICRO, MICRO_SEGMENTS
from patron.errors import SettingsError
from patron.pipeline import Project
from patron.pipeline.making import Making
from patron.pipeline.micro_settings import MicroSettings
from patron.pipeline.micro_steps import LEAST_DAYS, MICRO_STEPS, placed_in_cells, without_cells
from patron.pipeline.settings import Settings
from patron.pipeline.settings_file import read_settings
from patron.pipeline.step import Context

SHOP = {"name": "Shop", "currency": "EUR", "sources": {"order_lines": {"path": "lines.csv"}}}


def test_a_run_says_which_axes_are_missing_and_keeps_where_customers_were(ran_project: Project) -> None:
    axes = {row["axis"]: row for row in ran_project.table("micro_axes").to_pyarrow().to_pylist()}
    assert list(axes) == Settings.model_validate(SHOP).micro_segments.axes
    used = [row for row in axes.values() if row["used"]]
    cells = ran_project.table("micro_segments").to_pyarrow().to_pylist()
    members = ran_project.table("memberships")
    placed = members.filter(members.segmentation == "micro").count().to_pyarrow().as_py()
    people = ran_project.table("profiles").count().to_pyarrow().as_py()
    assert placed == (people if used else 0)
    assert sum(row["customers"] for row in cells if row["merged_into"] is None) == placed
    before = ran_project.table("memberships_before")
    as_of = ran_project.last().manifest.as_of
    days = set(before.as_of.to_pyarrow().to_pylist())
    assert all(as_of - day >= timedelta(days=LEAST_DAYS) for day in days)
    assert len(days) == 1
    assert "rfm" in set(before.segmentation.to_pyarrow().to_pylist())
    for name in ("segments", "kpis", "movements"):
        table = ran_project.table(name)
        assert "micro" not in set(table.segmentation.to_pyarrow().to_pylist()), name


def test_a_run_with_axes_that_have_members_describes_their_cells(ran_project: Project) -> None:
    wanted = {"axes": ["rfm", "country"], "detectable": 0.6}
    settings = ran_project.settings.model_copy(update={"micro_segments": MicroSettings.model_validate(wanted)})
    needs = {name for step in MICRO_STEPS for name in step.needs}
    given = Context(
        settings=settings, as_of=ran_project.last().manifest.as_of, earlier=None, kept=None,  # type: ignore[arg-type]
        tables={name: ran_project.table(name) for name in needs}, keep=lambda _name, table: table,
    )  # fmt: skip
    others = without_cells(given["memberships"])
    placed = placed_in_cells(given, others, given["profiles"])
    tables = {**given.tables, "memberships": others.union(placed.memberships), "micro_axes": placed.axes}
    [step] = MICRO_STEPS
    made = dict(step.function(replace(given, tables=tables)))["micro_segments"]  # type: ignore[arg-type]
    rows = MICRO_SEGMENTS.check(made).to_pyarrow().to_pylist()
    alone = [row for row in rows if row["merged_into"] is None]
    profiles = given["profiles"].to_pyarrow()
    assert sum(row["customers"] for row in alone) == profiles.num_rows
    assert sum(row["margin"] for row in alone) == sum(profiles["margin"].to_pylist())
    assert {row["watched_days"] for row in rows} == {30}
    assert any(row["rank"] for row in alone)
    assert any(row["title"].startswith("Champions") for row in rows)


class _Run:
    """A published run about a day: who was in which segment, and where that run itself began."""

    def __init__(self, day: date, began: date | None = None) -> None:
        self.manifest, self._began = SimpleNamespace(as_of=day, run_id=f"{day:%Y%m%d}"), began

    def holds(self, tables: tuple[str, ...]) -> bool:
        return tables == ("memberships",) or self._began is not None

    def table(self, name: str, _connection: object) -> ir.Table:
        row = {"customer_id": "ann", "segmentation": "rfm", "segment": "loyal"}
        if name == "memberships":
            return rows(MEMBERSHIPS, [row | {"detail": None}, row | {"segmentation": MICRO, "detail": None}])
        return rows(MEMBERSHIPS_BEFORE, [row | {"as_of": self._began}])


def rows(contract: Contract, found: list[dict[str, object]]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(found, schema=contract.schema.to_pyarrow()))


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([_Run(date(2024, 12, 30))], None),  # too young, and it began nowhere
        ([_Run(date(2024, 12, 30), began=date(2024, 11, 30))], date(2024, 11, 30)),
        ([_Run(date(2024, 12, 30), began=date(2024, 12, 20))], None),
        ([_Run(date(2024, 12, 3)), _Run(date(2024, 12, 30), began=date(2024, 11, 30))], date(2024, 12, 3)),
        ([_Run(date(2024, 12, 4)), _Run(date(2024, 12, 30), began=date(2024, 11, 30))], date(2024, 11, 30)),
        ([_Run(date(2024, 10, 1)), _Run(date(2024, 11, 1))], date(2024, 11, 1)),
    ],
)
def test_what_came_is_counted_from_the_latest_day_that_is_long_enough_ago(
    runs: list[_Run], expected: date | None
) -> None:
    def earlier_of(day: date) -> _Run | None:
        known = [run for run in runs if run.manifest.as_of < day]
        return max(known, key=lambda run: run.manifest.as_of, default=None)

    making: Any = SimpleNamespace(earlier_of=earlier_of, connection=None)
    before, _ = Making._before(making, earlier_of(date(2024, 12, 31)), date(2024, 12, 31))  # type: ignore[arg-type]
    found = [] if before is None else before.to_pyarrow().to_pylist()
    assert [row["as_of"] for row in found] == ([] if expected is None else [expected])
    assert {row["segmentation"] for row in found} <= {"rfm"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("axes: [rfm, behavior]", "behaviour"),
        ("axes: [rfm, rfm]", "rfm"),
        ("axes: [micro]", "micro"),
        ("holdout: 1.0", "holdout"),
        ("detectable: 0", "detectable"),
        ("axis: [rfm]", "axes"),
    ],
)
def test_a_setting_that_cannot_be_names_its_line(tmp_path: Path, given: str, told: str) -> None:
    text = (
        "name: Shop\ncurrency: EUR\nsources:\n  order_lines:\n    path: lines.csv\nmicro_segments:\n  " + given + "\n"
    )
    (tmp_path / "patron.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told) as error:
        read_settings(tmp_path)
    assert error.value.data["line"] in (6, 7)


def test_own_segments_are_axes_and_no_axes_are_no_micro_segments() -> None:
    own = {"segments": {"abroad": {"where": "country <> 'DE'"}}, "micro_segments": {"axes": ["abroad", "country"]}}
    assert Settings.model_validate({**SHOP, **own}).micro_segments.axes == ["abroad", "country"]
    assert Settings.model_validate({**SHOP, "micro_segments": {"axes": []}}).micro_segments.axes == []

"""The worked example on the untouched public files: Online Retail II, more than a million invoice lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from patron.contracts import TABLES
from patron.pipeline import Project, open_project

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "online_retail" / "patron.yaml"

pytestmark = [pytest.mark.slow, pytest.mark.real_data]


@pytest.fixture(scope="module")
def retail(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("retail")
    settings = EXAMPLE.read_text(encoding="utf-8")
    files = shared_data("online_retail_ii")
    (folder / "patron.yaml").write_text(settings.replace("../../../shared/data/online_retail_ii", str(files)))
    project = open_project(folder)
    project.run(today=date(2026, 1, 1))
    return project


def test_nothing_is_lost(retail: Project) -> None:
    manifest = retail.last().manifest
    assert manifest.rows_in == 525_461 + 541_909
    assert manifest.rows_in == (
        manifest.rows_kept + manifest.rows_rejected + manifest.rows_later + manifest.rows_removed
    )
    quality = {row["check"]: row["rows"] for row in retail.table("quality").to_pyarrow().to_pylist()}
    assert quality["repeated_across_files"] == 22_523, "the overlap of the two files, as their description counts it"
    assert quality["return_matched"] + quality["return_unmatched"] == _returns(retail)


def _returns(project: Project) -> int:
    lines = project.table("raw_order_lines")
    return int(lines.filter(lines.kind == "return").count().to_pyarrow().as_py())


def test_the_day_is_the_last_one_in_the_data(retail: Project) -> None:
    assert retail.last().manifest.as_of == date(2011, 12, 9)


def test_every_table_keeps_its_contract(retail: Project) -> None:
    for name, contract in TABLES.items():
        contract.check(retail.table(name))


def test_the_cents_add_up_from_lines_to_customers_and_months(retail: Project) -> None:
    orders = retail.table("orders").amount.sum().to_pyarrow().as_py()
    money = retail.table("contribution")
    net, unmatched = (money[name].sum().to_pyarrow().as_py() for name in ("net_revenue", "unmatched_returns"))
    months = retail.table("kpis")
    revenue = (
        months.filter((months.segmentation == "all") & (months.metric == "revenue")).value.sum().to_pyarrow().as_py()
    )
    # Orders that were taken back whole are no orders; what they brought and gave back is nothing.
    assert net == orders - unmatched
    assert round(revenue, 2) == float(net)


def test_the_backtest_looks_a_year_ahead_and_beside_the_naive_rule(retail: Project) -> None:
    every = retail.table("backtest").to_pyarrow().to_pylist()
    rows = [row for row in every if row["target"] in ("orders", "value")]
    assert {(row["origin"], row["horizon_days"]) for row in rows} == {
        (date(2010, 12, 9), 365), *((day, 91) for day in (date(2011, 9, 9), date(2011, 6, 10), date(2011, 3, 11),
                                                          date(2010, 12, 10)))
    }  # fmt: skip
    assert len({row["model"] for row in rows}) == 2
    year = {
        row["model"]: row["value"]
        for row in rows
        if (row["horizon_days"], row["metric"], row["target"]) == (365, "gini", "orders")
    }
    assert all(value > 0.7 for value in year.values())
    gains = [row for row in rows if (row["horizon_days"], row["metric"], row["target"]) == (91, "gini_gain", "value")]
    assert len(gains) == 4
    assert all(row["low"] > 0 for row in gains)  # each quarter ranked better than the quarter before

"""The examples, from the public files as they come: nothing is lost, and the published figures come out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from patron.cli.report import report_project
from patron.contracts import TABLES
from patron.pipeline import Project, open_project

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

pytestmark = [pytest.mark.slow, pytest.mark.real_data]


@pytest.fixture(scope="module")
def example(
    shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Project, Path]]:
    """Run an example once, from a copy of its settings in a folder of its own."""
    made: dict[str, tuple[Project, Path]] = {}

    def run(name: str) -> tuple[Project, Path]:
        if name not in made:
            folder, data = tmp_path_factory.mktemp(name), shared_data(name)
            settings = (EXAMPLES / name / "patron.yaml").read_text(encoding="utf-8")
            (folder / "patron.yaml").write_text(settings.replace("../../../shared/data", str(data.parent)))
            project = open_project(folder)
            project.run(today=date(2026, 1, 1))
            made[name] = project, data
        return made[name]

    return run


def counted(project: Project) -> dict[str, int]:
    rows = project.table("quality").to_pyarrow().to_pylist()
    return {f"{row['source']}.{row['check']}": row["rows"] for row in rows}


def rows(project: Project, table: str) -> int:
    return int(project.table(table).count().to_pyarrow().as_py())


def sql(query: str) -> tuple[int, ...]:
    """Ask the files themselves."""
    [found] = duckdb.sql(query).fetchall()
    return tuple(int(value) for value in found)


@pytest.mark.parametrize("name", ["cdnow", "olist", "complete_journey", "marketing_campaign"])
def test_nothing_is_lost_every_table_keeps_its_contract_and_the_report_is_written(
    example: Callable[[str], tuple[Project, Path]], name: str
) -> None:
    project, _ = example(name)
    manifest = project.last().manifest
    assert manifest.rows_in > 0
    assert manifest.rows_in == (
        manifest.rows_kept + manifest.rows_rejected + manifest.rows_later + manifest.rows_removed
    )
    assert rows(project, "rejected") == manifest.rows_rejected
    for table, contract in TABLES.items():
        contract.check(project.table(table))
    assert report_project(project).stat().st_size > 10_000


def test_cdnow_keeps_every_purchase(example: Callable[[str], tuple[Project, Path]]) -> None:
    project, _ = example("cdnow")
    found = counted(project)
    assert (found["order_lines.read"], found["order_lines.kept"]) == (69_659, 69_659)
    assert found["order_lines.repeated_in_file"] == 255
    assert rows(project, "profiles") == rows(project, "history") == 23_570
    lines = project.table("raw_order_lines")
    assert lines.filter(lines.amount == 0).count().to_pyarrow().as_py() == 80
    assert project.last().manifest.as_of == date(1998, 6, 30)
    # Same-day rows are one order, as the papers count them: one for each customer and day.
    days = lines.select("customer_id", day=lines.ordered_at.date()).distinct().count().to_pyarrow().as_py()
    assert rows(project, "orders") == days


def test_olist_knows_persons_behind_the_numbers(example: Callable[[str], tuple[Project, Path]]) -> None:
    project, data = example("olist")
    found = counted(project)
    assert (found["orders.read"], found["customers.read"], found["order_lines.read"]) == (23_627, 23_640, 26_866)
    links = project.last().folder / "links.parquet"
    ordered = f"read_csv('{data}/olist_orders_union.csv.gz')"
    persons, twice = sql(
        f"""SELECT count(*), count(*) FILTER (orders > 1) FROM (
              SELECT links.customer_id, count(*) AS orders FROM {ordered} AS came
              JOIN '{links}' AS links ON links.source = 'customers' AND links.record_id = came.customer_id
              WHERE links.rule = 'customers.person_id' GROUP BY ALL)"""
    )
    assert (persons, twice) == (22_689, 179), "as the data's description counts them"


def test_olist_orders_and_lines_meet(example: Callable[[str], tuple[Project, Path]]) -> None:
    project, data = example("olist")
    found = counted(project)
    ordered, items = (f"read_csv('{data}/olist_{name}_union.csv.gz')" for name in ("orders", "order_items"))
    known = f"SELECT * FROM {ordered} WHERE order_purchase_timestamp < '2018-08-30'"
    meant = f"SELECT * FROM ({known}) WHERE order_status NOT IN ('canceled', 'unavailable')"
    assert (found["order_lines.order_missing"],) == sql(
        f"SELECT count(*) FROM {items} ANTI JOIN {ordered} USING (order_id)"
    )
    assert (found["orders.later"], found["orders.kept"]) == sql(
        f"SELECT (SELECT count(*) FROM {ordered}) - count(*), (SELECT count(*) FROM ({meant})) FROM ({known})"
    )
    assert (found["order_lines.kept"],) == sql(f"SELECT count(*) FROM {items} SEMI JOIN ({meant}) USING (order_id)")
    assert (found["orders.orders_without_lines"],) == sql(
        f"SELECT count(*) FROM ({meant}) ANTI JOIN {items} USING (order_id)"
    )
    cents = project.table("raw_order_lines").amount.sum().to_pyarrow().as_py() * 100
    assert (int(cents),) == sql(f"SELECT sum(round(price * 100)) FROM {items} SEMI JOIN ({meant}) USING (order_id)")


def test_complete_journey_is_one_year_of_households(example: Callable[[str], tuple[Project, Path]]) -> None:
    project, data = example("complete_journey")
    found, came = counted(project), f"'{data}/transactions_sample.parquet'"
    assert found["order_lines.read"] == 100_000
    assert project.last().manifest.as_of == date(2017, 12, 31)
    kept = "transaction_timestamp < '2018-01-01' AND quantity > 0 AND sales_value > 0"
    assert (found["order_lines.kept"], rows(project, "profiles"), rows(project, "orders")) == sql(
        f"SELECT count(*), count(DISTINCT household_id), count(DISTINCT basket_id) FROM {came} WHERE {kept}"
    )
    assert (found["order_lines.later"],) == sql(
        f"SELECT count(*) FROM {came} WHERE transaction_timestamp >= '2018-01-01'"
    )


def test_customers_without_orders_are_listed_and_nothing_is_made_up(
    example: Callable[[str], tuple[Project, Path]],
) -> None:
    project, _ = example("marketing_campaign")
    found = counted(project)
    assert (found["customers.read"], found["customers.kept"], found["customers.no_orders"]) == (2_240,) * 3
    assert project.last().manifest.as_of == date(2014, 6, 29), "the last day on which a customer was acquired"
    assert rows(project, "raw_customers") == rows(project, "links") == rows(project, "profiles") == 2_240
    profiles = project.table("profiles")
    assert profiles.orders.sum().to_pyarrow().as_py() == 0
    assert profiles.average_order_value.count().to_pyarrow().as_py() == 0
    told = {"raw_customers", "links", "households", "profiles", "quality", "signal_states"}
    told |= {"experience", "stages", "memberships", "segments"}  # everybody is a prospect of whom nothing is said
    assert {name for name in TABLES if rows(project, name)} == told

"""Projects that know little: what needs more is empty and says so, and nothing fails."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from patron.cli.report import report_project
from patron.contracts import TABLES
from patron.errors import SettingsError
from patron.pipeline import Project, open_project
from patron.pipeline.check import check
from tests_support import TODAY

pytestmark = pytest.mark.slow  # whole runs of a shop


def project(folder: Path, sources: str, **files: str) -> Project:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "patron.yaml").write_text(f"name: A\ncurrency: EUR\nsources: {{{sources}}}\n")
    return open_project(folder)


def rows(made: Project, table: str) -> int:
    return int(made.table(table).count().to_pyarrow().as_py())


CUSTOMERS = "customer_id,acquired_on,country\nann,2024-01-02,France\nbob,2024-03-01,\ncid,,Spain\ndan,2024-06-01,\n"


def test_customers_alone_are_listed_and_nothing_else_is_claimed(tmp_path: Path) -> None:
    made = project(tmp_path, "customers: {path: c.csv}", c=CUSTOMERS)
    assert check(made, today=TODAY).as_of == date(2024, 6, 1)
    made.run(today=TODAY)
    assert {name for name in TABLES if rows(made, name)} == {
        "raw_customers", "identifiers", "links", "golden_records", "households", "profiles", "experience",
        "stages", "memberships", "segments", "quality", "signal_states",
    }  # fmt: skip
    for name, contract in TABLES.items():
        contract.check(made.table(name))
    [finding] = [row for row in made.table("quality").to_pyarrow().to_pylist() if row["check"] == "no_orders"]
    assert finding["severity"] == "warning"
    page = report_project(made).read_text(encoding="utf-8")
    assert "There is no customer with an order yet" in page
    assert "€0" not in page


def test_customers_alone_as_of_an_earlier_day(tmp_path: Path) -> None:
    made = project(tmp_path, "customers: {path: c.csv}", c=CUSTOMERS)
    made.run(date(2024, 2, 1), today=TODAY)
    known = made.table("profiles").customer_id.to_pyarrow().to_pylist()
    assert sorted(known) == ["ann", "cid"], "bob and dan were acquired later"


def test_customers_alone_may_have_segments_of_their_own(tmp_path: Path) -> None:
    made = project(tmp_path, "customers: {path: c.csv}", c=CUSTOMERS)
    with (tmp_path / "patron.yaml").open("a") as settings:
        settings.write("segments: {french: {where: country = 'France'}}\n")
    made.run(today=TODAY)
    placed = made.table("memberships").to_pyarrow().to_pylist()
    assert [row["customer_id"] for row in placed if row["segmentation"] == "french"] == ["ann"]
    stages = {row["customer_id"]: row["segment"] for row in placed if row["segmentation"] == "stage"}
    assert stages == dict.fromkeys(("ann", "bob", "cid", "dan"), "prospect")


@pytest.mark.slow
def test_a_project_without_orders_gets_them_one_day(tmp_path: Path) -> None:
    made = project(tmp_path, "customers: {path: c.csv}", c=CUSTOMERS)
    made.run(today=TODAY)
    made = project(
        tmp_path, "customers: {path: c.csv}, orders: {path: o.csv}",
        o="order_id,customer_id,ordered_at,amount\n1,ann,2024-06-01,5\n",
    )  # fmt: skip
    made.run(today=TODAY)
    assert rows(made, "profiles") == rows(made, "orders") == 1


@pytest.mark.parametrize(
    "orders",
    [
        "1,ann,2024-01-01,5\n",
        "".join(f"{n},ann,2024-{1 + n % 12:02}-{1 + n % 28:02},7.5\n" for n in range(100)),
        "".join(f"{n},c{n},2024-0{1 + n % 9}-11,{n + 1}\n" for n in range(100)),
        pytest.param("".join(f"{n},c{n},2024-01-11,5\n" for n in range(100)), marks=pytest.mark.slow),
        "1,ann,2024-01-01,5\n1,ann,2024-01-02,-5\n",
    ],
    ids=["one order", "one customer", "one order each", "one order each on one day", "all taken back"],
)
def test_orders_that_say_too_little_are_graded_not_scored(tmp_path: Path, orders: str) -> None:
    made = project(tmp_path, "orders: {path: o.csv}", o="order_id,customer_id,ordered_at,amount\n" + orders)
    made.run(today=TODAY)
    assert set(made.table("forecasts").grade.to_pyarrow().to_pylist()) <= {"D"}
    for name, contract in TABLES.items():
        contract.check(made.table(name))
    assert report_project(made).exists()


@pytest.mark.slow
def test_currencies_without_rates_name_the_setting_and_its_line(tmp_path: Path) -> None:
    sales = "order_id,customer_id,ordered_at,amount,currency\n1,ann,2024-01-01,5,EUR\n2,ann,2024-01-02,5,USD\n"
    made = project(tmp_path, "orders: {path: o.csv}", o=sales)
    for act in (lambda: made.run(today=TODAY), lambda: check(made, today=TODAY)):
        with pytest.raises(SettingsError, match="1 order line is in USD") as caught:
            act()
        assert caught.value.data["key"] == "rates"
    with (tmp_path / "patron.yaml").open("a") as settings:
        settings.write("rates: {USD: 0.5}\n")
    made.run(today=TODAY)
    assert float(made.table("orders").amount.sum().to_pyarrow().as_py()) == 7.5
    text = (tmp_path / "patron.yaml").read_text().replace("USD: 0.5", "USD: 0.6")
    (tmp_path / "patron.yaml").write_text(text)
    made.run(today=TODAY)
    assert float(made.table("orders").amount.sum().to_pyarrow().as_py()) == 8.0, "another rate is another result"

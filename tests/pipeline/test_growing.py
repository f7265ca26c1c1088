"""THE law of growing: a new day's file costs a day's work, and gives what reading all files anew gives."""

from __future__ import annotations

import csv
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import patron
from patron.contracts import TABLES
from patron.engines import Run
from patron.pipeline.loading import LOAD
from patron.pipeline.replay import replay
from tests_support import rounded

TODAY = date(2024, 12, 1)
FIRST = date(2024, 3, 1)
FIELDS = ("order_id", "customer_id", "ordered_at", "product_id", "quantity", "unit_price", "discount")
HISTORY_DAYS = 12

APART = {"line_marks", "movements", "assignments", "effects", "growth", "gaps", "backtest", "equity"}
"""Not compared: how the files were batched, what is told of the run before, and what only repeats the rest."""

SETTINGS = """\
name: Shop
currency: EUR
horizon: 28d
{costs}
sources:
  order_lines: {{path: "data/*.csv"}}
"""

Row = dict[str, Any]


def sale(day: int, customer: str, product: str, **facts: Any) -> Row:
    when = f"{FIRST + timedelta(days=day)} {facts.pop('hour', 9):02}:00:00"
    blank = {"quantity": 1, "unit_price": "10.00", "discount": "", "order_id": f"{customer}{day}"}
    return {"customer_id": customer, "ordered_at": when, "product_id": product, **blank, **facts}


def write(folder: Path, name: str, rows: list[Row]) -> None:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    with (folder / "data" / name).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, FIELDS)
        writer.writeheader()
        writer.writerows(rows)


def shop(folder: Path, *, costs: str = "") -> None:
    """Two files of the past, in which a few customers buy every few days."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "patron.yaml").write_text(SETTINGS.format(costs=costs), encoding="utf-8")
    past = [
        sale(day, customer, "mug", quantity=1 + day % 3, hour=9 + day % 5)
        for place, customer in enumerate("abcdef")
        for day in range(place, HISTORY_DAYS, 2 + place % 3)
    ]
    for half in (0, 1):
        write(folder, f"2024-{half}.csv", past[half::2])


def run(folder: Path, as_of: date | None = None, *, only: str | None = "profiles") -> Run:
    """A run as far as the profiles: nothing behind them knows of files."""
    return patron.open(folder).run(as_of, only=only, today=TODAY)


def latest(folder: Path) -> Run:
    store = patron.open(folder).store
    return store.run(store.ids()[-1])


def tables(folder: Path) -> dict[str, list[Row]]:
    made = latest(folder)
    return {name: _rows(folder, name) for name in TABLES if name in made.manifest.tables and name not in APART}


def _rows(folder: Path, name: str) -> list[Row]:
    found = [rounded(row) for row in table(folder, name).to_pyarrow().to_pylist()]
    # What came late is told against the run before, which the first run of a project has not.
    return sorted((row for row in found if row.get("check") != "late_rows"), key=repr)


def table(folder: Path, name: str) -> ir.Table:
    return latest(folder).table(name, patron.open(folder).connection)


def batches(folder: Path) -> list[list[str]]:
    """The files of each batch in the newest run."""
    facts = latest(folder).manifest.steps[LOAD]
    return [[Path(name).name for name in batch["files"]] for batch in facts.batches]


def grown_and_anew(
    folder: Path, new: list[Row], *, costs: str = "", only: str | None = "profiles"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables of a shop that has run before its last file came, and of one that reads all files at once."""
    for name in ("grown", "anew"):
        shop(folder / name, costs=costs)
    run(folder / "grown", only=only)
    for name in ("grown", "anew"):
        write(folder / name, "2024-2.csv", new)
        run(folder / name, only=only)
    return tables(folder / "grown"), tables(folder / "anew")


def assert_same(grown: dict[str, Any], anew: dict[str, Any]) -> None:
    assert grown.keys() == anew.keys()
    for name in grown:
        assert grown[name] == anew[name], name


DAY = HISTORY_DAYS + 1

CASES: dict[str, list[Row]] = {
    "an ordinary day": [sale(DAY, "a", "mug"), sale(DAY, "new", "cup")],
    "a line of an old file again": [sale(0, "a", "mug", hour=9), sale(DAY, "b", "mug")],
    "the same line twice": [sale(DAY, "a", "mug"), sale(DAY, "a", "mug")],
    "a return of an old sale": [sale(DAY, "a", "mug", quantity=-1, order_id="back")],
    "two returns of one sale": [
        sale(DAY, "a", "mug", quantity=-1, order_id="r1"),
        sale(DAY, "a", "mug", quantity=-1, order_id="r2", hour=10),
    ],
    "nobody's line, and one that cannot be read": [
        sale(DAY, "", "mug"), sale(DAY, "a", "mug", quantity="many"), sale(DAY, "c", "mug"),
    ],
    "a day of the past": [sale(3, "late", "mug"), sale(DAY, "a", "mug")],
    "a day that has not come": [sale(400, "a", "mug"), sale(DAY, "b", "mug")],
}  # fmt: skip


EVERY_STEP = "the same line twice"
EVERY_TIME = "an ordinary day"


@pytest.mark.parametrize(
    "name", [name if name == EVERY_TIME else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
)
def test_a_new_file_alone_is_cleaned_and_gives_the_same(name: str, tmp_path: Path) -> None:
    assert_same(*grown_and_anew(tmp_path, CASES[name], only=None if name == EVERY_STEP else "profiles"))
    assert batches(tmp_path / "grown") == [["2024-0.csv", "2024-1.csv"], ["2024-2.csv"]]
    assert batches(tmp_path / "anew") == [["2024-0.csv", "2024-1.csv", "2024-2.csv"]]


@pytest.mark.slow
def test_a_line_before_an_older_return_has_everything_cleaned_anew(tmp_path: Path) -> None:
    """It may be the sale that the return takes back."""
    shop(tmp_path)
    write(tmp_path, "2024-1.csv", [sale(9, "z", "cup", quantity=-1, order_id="back"), sale(9, "a", "mug")])
    run(tmp_path)
    write(tmp_path, "2024-2.csv", [sale(8, "z", "cup"), sale(DAY, "a", "mug")])
    run(tmp_path)
    assert batches(tmp_path) == [["2024-0.csv", "2024-1.csv", "2024-2.csv"]]
    lines = table(tmp_path, "raw_order_lines")
    assert lines.filter(lines.order_id == "back").reverses.notnull().to_pyarrow().to_pylist() == [True]


@pytest.mark.slow
def test_another_file_in_the_past_has_everything_cleaned_anew(tmp_path: Path) -> None:
    shop(tmp_path)
    run(tmp_path)
    write(tmp_path, "2023-9.csv", [sale(1, "y", "mug")])
    run(tmp_path)
    assert batches(tmp_path) == [["2023-9.csv", "2024-0.csv", "2024-1.csv"]]


@pytest.mark.slow
def test_another_day_of_the_same_files_is_read_anew(tmp_path: Path) -> None:
    shop(tmp_path)
    run(tmp_path)
    made = run(tmp_path, FIRST + timedelta(days=DAY + 5))
    assert made.manifest.as_of == FIRST + timedelta(days=DAY + 5)
    assert len(batches(tmp_path)) == 1


@pytest.mark.slow
def test_a_new_file_with_another_column_has_everything_cleaned_anew(tmp_path: Path) -> None:
    """Which columns count is said by the first file: it has no channel, so the new file's is not read."""
    shop(tmp_path)
    run(tmp_path)
    write(tmp_path, "2024-2.csv", [sale(DAY, "a", "mug")])
    file = tmp_path / "data" / "2024-2.csv"
    header, line = file.read_text(encoding="utf-8").splitlines()
    file.write_text(f"{header},channel\n{line},web\n", encoding="utf-8")
    run(tmp_path)
    assert len(batches(tmp_path)) == 1
    assert table(tmp_path, "raw_order_lines").channel.nunique().to_pyarrow().as_py() == 0


@pytest.mark.slow
def test_a_run_that_grew_is_replayed_from_all_files_with_an_equal_result(tmp_path: Path) -> None:
    shop(tmp_path)
    run(tmp_path)
    write(tmp_path, "2024-2.csv", CASES["a return of an old sale"])
    grew = run(tmp_path)
    replayed = replay(patron.open(tmp_path), grew.manifest.run_id)
    assert replayed.read_again
    assert [table.name for table in replayed.tables if not table.equal] == []


@pytest.mark.slow
def test_other_settings_have_everything_cleaned_anew(tmp_path: Path) -> None:
    shop(tmp_path)
    run(tmp_path)
    write(tmp_path, "2024-2.csv", [sale(DAY, "a", "mug")])
    with (tmp_path / "patron.yaml").open("a") as stream:
        stream.write("timezone: Europe/Paris\n")
    run(tmp_path)
    assert len(batches(tmp_path)) == 1


@pytest.mark.slow
def test_day_after_day(tmp_path: Path) -> None:
    for name in ("grown", "anew"):
        shop(tmp_path / name, costs="costs: {per_order: 1.5, per_return: 2}")
    run(tmp_path / "grown")
    for day in range(DAY, DAY + 3):
        new = [sale(day, customer, "mug", quantity=-1 if day == DAY + 1 else 2) for customer in "ab"]
        for name in ("grown", "anew"):
            write(tmp_path / name, f"2024-{day}.csv", new)
        run(tmp_path / "grown")
    run(tmp_path / "anew")
    assert [len(batch) for batch in batches(tmp_path / "grown")] == [2, 1, 1, 1]
    assert_same(tables(tmp_path / "grown"), tables(tmp_path / "anew"))


_drawn = st.builds(
    sale,
    st.integers(0, DAY + 2),
    st.sampled_from(["a", "b", "c", "new", ""]),
    st.sampled_from(["mug", "cup", ""]),
    quantity=st.sampled_from([1, 1, 2, -1, -2, 0, "x"]),
    unit_price=st.sampled_from(["10.00", "9.99", "0"]),
    discount=st.sampled_from(["", "0.50"]),
    order_id=st.sampled_from(["", "o1", "o2"]),
    hour=st.integers(0, 23),
)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.lists(_drawn, min_size=1, max_size=8), st.booleans())
def test_any_new_file_gives_what_reading_all_files_gives(tmp_path_factory: Any, new: list[Row], priced: bool) -> None:
    folder = tmp_path_factory.mktemp("growing")
    try:
        assert_same(*grown_and_anew(folder, new, costs="costs: {per_line: 0.25}" if priced else ""))
    finally:
        shutil.rmtree(folder)

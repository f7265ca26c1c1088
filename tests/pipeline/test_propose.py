"""`patron init` writes a patron.yaml that explains itself, loads, and maps exactly what it says."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from patron.cli.main import app
from patron.engines.connect import connect
from patron.errors import ArgumentError, PatronError, SourceError
from patron.pipeline import open_project
from patron.pipeline.propose import propose
from patron.pipeline.proposed_settings import proposed_settings, quoted
from patron.pipeline.settings_file import read_settings
from patron.sources import Loader
from patron.sources.recognition import Answer, ColumnFacts, Hint, LeftOut, Looked, Mapped, Recognised, SourceProposal

EXPORTS = Path(__file__).parents[1] / "sources" / "exports"
TODAY = date(2025, 1, 15)


def project(tmp_path: Path, *exports: str) -> Path:
    """Return a project folder with exports in its folder data."""
    folder = tmp_path / "shop"
    (folder / "data").mkdir(parents=True)
    for name in exports:
        (folder / "data" / f"{name}.csv").write_bytes((EXPORTS / f"{name}.csv").read_bytes())
    return folder


def loaded(folder: Path) -> list[dict[str, Any]]:
    """Load a project's sources as its patron.yaml says, and return the order lines."""
    settings, connection = read_settings(folder), connect(threads=1)

    def keep(name: str, table: ir.Table) -> ir.Table:
        path = folder / f".{name}.parquet"
        connection.to_parquet(table, str(path))
        return connection.read_parquet(str(path))

    loader = Loader(connection, keep, folder, TODAY, exchange=settings.exchange(), zone=settings.timezone)
    rows: list[dict[str, Any]] = loader.load(dict(settings.sources)).tables["raw_order_lines"].to_pyarrow().to_pylist()
    return rows


@given(st.text())
@hypothesis_settings(max_examples=300)
def test_yaml_reads_exactly_what_was_quoted(text: str) -> None:
    assert yaml.safe_load(f"key: {quoted(text)}  # and a comment") == {"key": text}


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@given(
    columns=st.lists(NAMES, min_size=3, max_size=6, unique_by=lambda name: name.lower()),
    name=NAMES,
    path=NAMES,
    said=NAMES,
)
@hypothesis_settings(max_examples=100)
def test_whatever_the_names_the_settings_load_and_map_exactly(
    tmp_path_factory: pytest.TempPathFactory, columns: list[str], name: str, path: str, said: str
) -> None:
    facts = {column: ColumnFacts(column, place, 1, 1, 1, 0, 0, 1, 1) for place, column in enumerate(columns)}
    table = Looked((), facts, 1, True, "t")
    fields = ("customer_id", "ordered_at", "amount")
    mapped = {field: Mapped(column, (said,), (said,)) for field, column in zip(fields, columns, strict=False)}
    hints = (Hint("exclude", "amount < 0", said, sure=True), Hint("exclude", "amount > 9", said))
    source = SourceProposal("order_lines", table, mapped, hints=hints, notes=(said,))
    found = Recognised((source,), (LeftOut(path, said),), (Answer("currency", "EUR", said, known=False),))
    folder = tmp_path_factory.mktemp("yaml")
    text = proposed_settings(found, name=name, paths={"order_lines": [path]}, unread=[(path, said)])
    (folder / "patron.yaml").write_text(text, encoding="utf-8")
    settings = read_settings(folder)
    assert settings.name == name
    spec = settings.sources["order_lines"]
    assert spec.path == path
    assert spec.columns == {field: one.column for field, one in mapped.items()}
    assert spec.exclude == "amount < 0"


@given(st.lists(NAMES, min_size=1, max_size=8, unique_by=lambda name: name.lower()))
@hypothesis_settings(max_examples=4)
def test_whatever_a_files_header_init_writes_settings_that_load(
    tmp_path_factory: pytest.TempPathFactory, columns: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("header")
    with (folder / "export.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([columns, ["2024-01-01"] * len(columns)])
    pq.write_table(pa.table({column: ["x", "y"] for column in columns}), folder / "export.parquet")
    try:
        proposed = propose(folder, files=None)
    except PatronError:
        assert not (folder / "patron.yaml").exists()
        return
    held = {column for one in proposed.recognised.sources for column in one.table.header}
    for spec in read_settings(folder).sources.values():
        assert set(spec.columns.values()) <= held


def test_it_never_overwrites(tmp_path: Path) -> None:
    folder = project(tmp_path, "shopify_orders")
    (folder / "patron.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(ArgumentError, match="is there already"):
        propose(folder, files=None)
    assert (folder / "patron.yaml").read_text(encoding="utf-8") == "mine"


def test_a_folder_without_data_is_said_in_words_that_fit(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no data files") as failed:
        propose(tmp_path, files=None)
    assert "--from" in str(failed.value)


def test_of_a_wide_table_the_first_columns_are_looked_at(tmp_path: Path) -> None:
    header = [f"column {n}" for n in range(400)]
    (tmp_path / "wide.csv").write_text(",".join(header) + "\n" + ",".join(["1"] * 400) + "\n", encoding="utf-8")
    (one,) = propose(tmp_path, files=None).recognised.sources
    assert len(one.table.header) == 200
    assert read_settings(tmp_path).sources["order_lines"].columns == {}


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    with pytest.raises(SourceError):
        propose(tmp_path, files=None)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.parquet"]


def test_a_file_that_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    folder = project(tmp_path, "shopify_orders")
    (folder / "data" / "bad.parquet").write_bytes(b"no parquet")
    assert propose(folder, files=None).unread
    assert "bad.parquet" in (folder / "patron.yaml").read_text(encoding="utf-8")


def many(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("customer_id,date,amount\na,2024-01-01,5\n", encoding="utf-8")


def path_of(folder: Path, files: str | None = None) -> object:
    propose(folder, files=files)
    return read_settings(folder).sources["order_lines"].path


def test_paths_name_all_files_of_a_table_and_nothing_else(tmp_path: Path) -> None:
    many(tmp_path / "one" / "data", "y_2023.csv", "y_2024.csv")
    assert path_of(tmp_path / "one") == "data", "a folder that holds one table: the next file is read too"
    many(tmp_path / "two" / "data", "y_2023.csv", "y_2024.csv")
    (tmp_path / "two" / "data" / "notes.csv").write_text("word,meaning\na,b\n", encoding="utf-8")
    assert path_of(tmp_path / "two") == "data/y_202*.csv"
    many(tmp_path / "beside", "y_2023.csv", "y_2024.csv")
    assert path_of(tmp_path / "beside") == ["y_2023.csv", "y_2024.csv"], "beside patron.yaml lists may come later"
    many(tmp_path / "odd" / "data", "a[1].csv", "a[2].csv")
    (tmp_path / "odd" / "data" / "notes.csv").write_text("word,meaning\na,b\n", encoding="utf-8")
    assert path_of(tmp_path / "odd") == ["data/a[1].csv", "data/a[2].csv"]
    many(tmp_path / "elsewhere", "export.csv")
    assert path_of(tmp_path / "new", str(tmp_path / "elsewhere" / "export.csv")) == "../elsewhere/export.csv"


@pytest.mark.parametrize("export", ["shopify_orders", "shopify_orders_repeating"])
def test_an_orders_export_of_shopify_runs_as_it_is(tmp_path: Path, export: str) -> None:
    """Traps: lines without customer and day, a void and a refunded order, a till, a note with a line break."""
    folder = project(tmp_path, export, "shopify_customers")
    proposed = propose(folder, files=None)
    assert proposed.recognised.missing == ()
    assert proposed.recognised.asked == ("timezone",)
    settings = folder / "patron.yaml"
    settings.write_text(
        settings.read_text("utf-8").replace("timezone: UTC", "timezone: Europe/Berlin"), encoding="utf-8"
    )
    lines = loaded(folder)
    assert {line["order_id"] for line in lines} == {"#1001", "#1002", "#1003", "#1004", "#1007", "#1009", "#1010"}
    assert len(lines) == 14
    assert sum(line["amount"] for line in lines) == Decimal("234.70")
    assert sum(line["discount"] for line in lines if line["discount"]) == Decimal("8.25")
    assert {line["customer_id"] for line in lines if line["order_id"] == "#1001"} == {"ann@example.test"}
    assert {line["ordered_at"] for line in lines if line["order_id"] == "#1007"} == {datetime(2024, 4, 2, 23, 59, 59)}  # noqa: DTZ001
    assert {line["brand"] for line in lines} == {"Acme", "Potter's"}
    assert any("capitals" in note for one in proposed.recognised.sources for note in one.notes)


BOTH = {"ann@example.test", "bob@example.test"}


@pytest.mark.parametrize(
    ("exports", "orders", "customers", "takings"),
    [
        (["woocommerce_orders"], {"501", "502"}, {"Ann Example", "Bob O'Hara"}, "94.90"),
        (["woocommerce_suite_orders", "woocommerce_customers"], {"501", "502"}, BOTH, "94.90"),
        (["woocommerce_advanced_orders"], {"501", "502"}, BOTH, "64.90"),
        (["hubspot_deals", "hubspot_contacts"], {"7001", "7004"}, {"8001"}, "13500.50"),
        (["klaviyo_placed_orders", "klaviyo_profiles"], {"501", "502", "503"}, BOTH, "127.30"),
    ],
    ids=["woocommerce", "suite", "advanced", "hubspot", "klaviyo"],
)  # fmt: skip
def test_exports_of_other_systems_run_as_they_are(
    tmp_path: Path, exports: list[str], orders: set[str], customers: set[str], takings: str
) -> None:
    folder = project(tmp_path, *exports)
    proposed = propose(folder, files=None)
    assert proposed.recognised.missing == ()
    assert proposed.recognised.left_out == ()
    lines = loaded(folder)
    assert {line["order_id"] for line in lines} == orders
    assert {line["customer_id"] for line in lines} == customers
    assert sum(line["amount"] for line in lines) == Decimal(takings)


@pytest.mark.slow
def test_a_proposed_project_makes_a_run(tmp_path: Path) -> None:
    folder = project(tmp_path, "shopify_orders", "shopify_customers")
    propose(folder, files=None)
    run = open_project(folder)
    run.run(today=TODAY)
    assert run.table("profiles").count().to_pyarrow().as_py() == 5, "an address in two spellings is one"


GERMAN = "Kunde;Customer ID;Order Date;Invoice;Amount\n" + "".join(
    f"Jörg {n};K{n % 7};{n % 28 + 1:02}.{n % 12 + 1:02}.2024;R{n};1.{n % 900 + 100},50\n" for n in range(400)
)


def test_how_files_are_written_is_found_told_and_used(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes(GERMAN.encode("cp1252"))
    propose(tmp_path, files=None)
    spec = read_settings(tmp_path).sources["orders"]
    told = {name: value for name, value in spec.format if value is not None}
    assert told == {"separator": ";", "encoding": "cp1252", "decimal": ",", "thousands": ".", "dates": ["day first"]}
    lines = loaded(tmp_path)
    assert len(lines) == 400
    assert sum(line["amount"] for line in lines) == sum(1000 + n % 900 + 100 + Decimal("0.5") for n in range(400))


def test_days_that_could_be_months_are_asked_about(tmp_path: Path) -> None:
    rows = "".join(f"c{n},{n % 12 + 1:02}/{n % 9 + 1:02}/2024,5\n" for n in range(50))
    (tmp_path / "export.csv").write_text("customer_id,date,amount\n" + rows, encoding="utf-8")
    assert "sources.order_lines.format.dates" in propose(tmp_path, files=None).recognised.asked
    written = (tmp_path / "patron.yaml").read_text(encoding="utf-8")
    assert "day first or month first" in written
    assert read_settings(tmp_path).sources["order_lines"].format.dates is None, "asked, not guessed"


def test_a_zip_file_of_one_table_is_a_source_and_one_of_several_is_not(tmp_path: Path) -> None:
    rows = "customer_id,date,amount\na,2024-01-01,5\n"
    for name, members in {"one": ("2023.csv", "2024.csv"), "mixed": ("orders.csv", "words.csv")}.items():
        (tmp_path / name).mkdir()
        with zipfile.ZipFile(tmp_path / name / "export.zip", "w") as archive:
            for member in members:
                archive.writestr(member, "word,meaning\na,b\n" if member == "words.csv" else rows)
    propose(tmp_path / "one", files=None)
    assert read_settings(tmp_path / "one").sources["order_lines"].path == "export.zip"
    assert len(loaded(tmp_path / "one")) == 1, "the same line stands in both years"
    with pytest.raises(SourceError, match="several tables"):
        propose(tmp_path / "mixed", files=None)


def test_json_tells_the_same_facts(tmp_path: Path) -> None:
    folder = project(tmp_path, "shopify_orders", "shopify_customers")
    result = CliRunner().invoke(app, ["init", str(folder), "--json"])
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    settings = read_settings(folder)
    assert set(facts["sources"]) == set(settings.sources) == {"order_lines", "orders", "customers", "consents"}
    for name, spec in settings.sources.items():
        told = facts["sources"][name]
        assert {field: one["column"] for field, one in told["columns"].items()} == spec.columns
        assert tuple(told["path"]) == spec.paths
        assert all(one["why"] for one in told["columns"].values())
    assert facts["sources"]["orders"]["system"] == "Shopify: orders"
    assert facts["answers"]["currency"] == {
        "value": "EUR",
        "why": "10 orders say so, and none says otherwise",
        "known": True,
    }
    assert facts["asked"] == ["name", "timezone"]


# --- Real data -------------------------------------------------------------------------------------------------------

SLOW = ("online_retail_ii",)
RUNS = {
    "cdnow": ("profiles", 23_502),
    "olist": ("profiles", 22_520),
    "complete_journey": ("profiles", 2_404),
    "marketing_campaign": ("raw_customers", 2_240),
}
REAL = {
    "cdnow": {"order_lines"},
    "online_retail_ii": {"order_lines"},
    "olist": {"order_lines", "orders", "customers", "products", "reviews"},
    "complete_journey": {"order_lines", "customers", "products"},
    "marketing_campaign": {"customers"},
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in REAL])
def test_public_data_sets_are_recognised(name: str, tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    proposed = propose(tmp_path / name, files=str(shared_data(name)))
    assert {one.source for one in proposed.recognised.sources} == REAL[name]
    assert proposed.recognised.missing == ()
    assert set(read_settings(tmp_path / name).sources) == REAL[name]
    hints = {hint.setting: hint.reason for one in proposed.recognised.sources for hint in one.hints}
    assert all(SEEN[name][setting] in hints[setting] for setting in SEEN.get(name, {}))


SEEN = {
    "online_retail_ii": {"cancelled": "19,494 lines have an order id that begins with C", "adjustments": "POST"},
    "olist": {"cancelled": "unavailable (84)"},
}
"""Evidence that must be found."""


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize("name", list(RUNS))
def test_public_data_sets_run_as_init_proposes(name: str, tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    propose(tmp_path / name, files=str(shared_data(name)))
    project = open_project(tmp_path / name)
    project.run()
    table, rows = RUNS[name]
    assert project.table(table).count().to_pyarrow().as_py() == rows


@pytest.mark.real_data
@pytest.mark.slow
def test_no_public_data_set_makes_init_stumble(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    for folder in sorted(shared_data("").iterdir()):
        if folder.is_dir() and folder.name not in SLOW:
            try:
                propose(tmp_path / folder.name, files=str(folder))
            except PatronError:
                assert not (tmp_path / folder.name / "patron.yaml").exists()
            else:
                read_settings(tmp_path / folder.name)

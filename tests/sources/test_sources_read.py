"""What a file's name, header and types may hold, and what one read must not leave to the next."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shop_files import TODAY, load

from patron.contracts import TABLES
from patron.engines.connect import connect
from patron.errors import SettingsError
from patron.sources.files import find_files
from patron.sources.load import Loader
from patron.sources.spec import SourceSpec

HEADER = "customer_id,ordered_at,unit_price\n"


def one_row(customer: str) -> bytes:
    return f"{HEADER}{customer},2024-01-02,4\n".encode()


@pytest.mark.parametrize("folder", ["shop", "shop[1]", "sh?p"])
@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
def test_a_name_with_brackets_is_no_pattern_for_the_engine_either(tmp_path, folder, ending):
    place = tmp_path / folder
    place.mkdir()
    for name, customer in (("o[1]", "bracket"), ("o1", "plain")):
        path = place / f"{name}{ending}"
        if ending == ".parquet":
            row = {"customer_id": [customer], "ordered_at": [datetime(2024, 1, 2)], "unit_price": [4]}
            pq.write_table(pa.table(row), path)
        else:
            path.write_bytes(gzip.compress(one_row(customer)) if ending.endswith(".gz") else one_row(customer))
    shop = load(place, {"order_lines": {"path": f"o[[]1]{ending}"}})
    assert [line["customer_id"] for line in shop.lines] == ["bracket"]
    both = load(place, {"order_lines": {"path": f"o*{ending}"}})
    assert sorted(line["customer_id"] for line in both.lines) == ["bracket", "plain"]


def test_files_beside_a_folder_that_is_yet_to_be_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_bytes(one_row("ann"))
    for base in (Path("mine"), tmp_path / "mine"):
        for pattern in ("../orders.csv", "../*.csv", "sub/../../orders.csv"):
            [found] = find_files([pattern], base=base, source="order_lines")
            assert (found.name, found.path.read_bytes()) == ("../orders.csv", one_row("ann"))


def test_a_folder_called_like_a_setting_adds_no_column(tmp_path):
    (tmp_path / "year=2024").mkdir()
    (tmp_path / "year=2024" / "orders.csv").write_bytes(one_row("ann") + b"bob,2024-01-02\n")
    shop = load(tmp_path, {"order_lines": {"path": "year=2024/orders.csv"}})
    assert shop.counts() == {"read": 2, "kept": 1, "broken_row": 1}


def test_a_line_that_was_mended_is_forgotten(tmp_path):
    """One connection, two loads: what the first could not decode is no longer there in the second."""
    connection = connect(threads=1)
    path = tmp_path / "orders.csv"

    def keep(name, table):
        connection.to_parquet(table, str(tmp_path / f"{name}.parquet"))
        return connection.read_parquet(str(tmp_path / f"{name}.parquet"))

    def counts(content):
        path.write_bytes(content)
        loaded = Loader(connection, keep, tmp_path, TODAY).load({"order_lines": SourceSpec(path="orders.csv")})
        assert TABLES["rejected"].check(loaded.tables["rejected"]) is not None
        return {finding.check: finding.rows for finding in loaded.findings if finding.rows}

    bad = one_row("ann") + "Zoë,2024-01-02,4\n".encode() + "café,2024-01-02,4\n".encode("latin-1")
    for _ in range(2):
        assert counts(bad) == {"read": 3, "kept": 2, "undecoded": 1}
        assert counts(one_row("ann")) == {"read": 1, "kept": 1}


def test_ids_that_pandas_made_floats_are_whole_again(tmp_path):
    ids = [12345.0, 1.5, -0.0, 1e15, float(2**53), None, np.nan]
    columns = {
        "customer_id": pa.array(ids, pa.float64(), from_pandas=False),
        "order_id": pa.array([float(n) for n in range(len(ids))], pa.float32()),
        "ordered_at": pa.array([datetime(2024, 1, 2)] * len(ids), pa.timestamp("us")),
        "quantity": pa.array([2.0] * len(ids)),
        "unit_price": pa.array([0.25] * len(ids)),
    }
    pq.write_table(pa.table(columns), tmp_path / "orders.parquet")
    (tmp_path / "customers.csv").write_text("customer_id,country\n12345,France\n777,Spain\n", encoding="utf-8")
    (tmp_path / "products.csv").write_text("product_id,brand\nmug,ours\n", encoding="utf-8")
    sources = {name: {"path": f"{name}.csv"} for name in ("customers", "products")}
    shop = load(tmp_path, {"order_lines": {"path": "orders.parquet"}, **sources})
    assert [line["customer_id"] for line in shop.lines] == ["12345", "1.5", "0", "1000000000000000", "9007199254740992"]
    assert [line["order_id"] for line in shop.lines] == ["0", "1", "2", "3", "4"]
    assert shop.counts() == {"read": 7, "kept": 5, "missing_customer": 2, "trimmed": 1, "customer_not_listed": 4}
    assert shop.counts("customers") == {"read": 2, "kept": 2, "customers_without_lines": 1}
    assert shop.counts("products") == {"read": 1, "kept": 1, "products_without_lines": 1}
    found = {row["check"]: row for row in shop.rows["quality"] if row["source"] != "order_lines"}
    told = found["customers_without_lines"]
    assert (told["outcome"], told["severity"]) == ("flagged", "info")
    assert told["message"] == "1 customer has no order line (50.0%)."


def test_a_file_with_commas_and_semicolons_gets_the_usual_advice(tmp_path):
    (tmp_path / "orders.csv").write_text("a;b,customer\n1,2\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, {"order_lines": {"path": "orders.csv"}})
    assert caught.value.remedy == "Add it under sources.order_lines.columns, as customer_id: NAME OF THE COLUMN"


def test_a_header_does_not_drive_the_terminal(tmp_path):
    (tmp_path / "orders.csv").write_text("\x1b[2Jcustomer,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, {"order_lines": {"path": "orders.csv"}})
    assert "\x1b" not in str(caught.value)
    assert "[2Jcustomer" in caught.value.problem

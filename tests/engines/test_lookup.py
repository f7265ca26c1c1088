"""Point reads of a table that lies sorted on the disk."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.engines.cipher import VARIABLE, Cipher
from patron.engines.lookup import LookupTable, UnsortedError, write_lookup
from patron.errors import ArgumentError, RunError

KEY = base64.b64encode(bytes(range(32))).decode()


def written(folder, rows, *, key="customer_id", size=2):
    """Write rows in batches of `size` and return the table."""
    table = pa.Table.from_pylist(rows)
    write_lookup(folder / "t.arrow", table.to_batches(max_chunksize=size), table.schema, key=key)
    return LookupTable(folder / "t.arrow", key)


@given(st.lists(st.text(alphabet="abé\U0001f600 0", max_size=3), max_size=12), st.integers(1, 4))
def test_every_key_finds_its_rows_and_no_other(tmp_path_factory, keys, size):
    rows = [{"customer_id": key, "n": n} for n, key in enumerate(sorted(keys, key=lambda text: text.encode()))]
    folder = tmp_path_factory.mktemp("lookup")
    table = pa.Table.from_pylist(rows, schema=pa.schema([("customer_id", pa.string()), ("n", pa.int64())]))
    write_lookup(folder / "t.arrow", table.to_batches(max_chunksize=size), table.schema, key="customer_id")
    looked = LookupTable(folder / "t.arrow", "customer_id")
    assert len(looked) == len(rows)
    for key in {*keys, "", "b", "zz", "\U0001f600\U0001f600"}:
        hers = [row for row in rows if row["customer_id"] == key]
        assert looked.rows(key) == hers
        assert looked.row(key) == (hers[0] if hers else None)
        assert (key in looked) == bool(hers)


def test_values_come_as_what_they_are(tmp_path):
    row = {"customer_id": "ann", "on": date(2026, 3, 1), "paid": Decimal("12.50"), "share": 0.5, "none": None,
           "lapsed": False}  # fmt: skip
    found = written(tmp_path, [row]).find("ann")
    assert dict(found) == row
    assert found["paid"] == Decimal("12.50")
    assert len(found) == 6
    with pytest.raises(KeyError):
        found["nothing"]


def test_columns_stay_sealed_in_the_file_and_are_opened_in_a_row(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, KEY)
    cipher = Cipher(bytes(range(32)))
    name = f"email__sealed_{cipher.name}_string"
    rows = [{"customer_id": one, name: cipher.seal(pa.array([f"{one}@tea.example"]), "email")[0].as_py()}
            for one in ("ann", "bob")]  # fmt: skip
    looked = written(tmp_path, rows)
    assert looked.row("bob") == {"customer_id": "bob", "email": "bob@tea.example"}
    assert b"tea.example" not in (tmp_path / "t.arrow").read_bytes()
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(RunError, match=VARIABLE):
        looked.row("ann")


def test_a_sealed_key_is_found_by_what_it_says(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, KEY)
    cipher = Cipher(bytes(range(32)))
    name = f"anonymous_id__sealed_{cipher.name}_string"
    sealed = sorted(cipher.seal(pa.array(["b1", "b2", "b3"]), "anonymous_id").to_pylist())
    table = pa.table({name: sealed, "n": [1, 2, 3]})
    write_lookup(tmp_path / "t.arrow", table.to_batches(), table.schema, key=name)
    looked = LookupTable(tmp_path / "t.arrow", "anonymous_id")
    assert {looked.row(one)["anonymous_id"] for one in ("b1", "b2", "b3")} == {"b1", "b2", "b3"}
    assert looked.row("b4") is None


@pytest.mark.parametrize("keys", [["b", "a"], ["a", None], ["a", "b", "a"]])
def test_rows_out_of_order_are_refused_and_nothing_is_left(tmp_path, keys):
    table = pa.table({"customer_id": pa.array(keys, pa.string())})
    for size in (1, 5):
        with pytest.raises(UnsortedError):
            write_lookup(tmp_path / "t.arrow", table.to_batches(max_chunksize=size), table.schema, key="customer_id")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_such_file_is_said(tmp_path):
    (tmp_path / "cut.arrow").write_bytes(b"ARROW1\x00\x00half")
    with pytest.raises(OSError, match="cut"):
        LookupTable(tmp_path / "cut.arrow", "customer_id")
    with pytest.raises(OSError, match="absent"):
        LookupTable(tmp_path / "absent.arrow", "customer_id")
    written(tmp_path, [{"customer_id": "ann"}])
    with pytest.raises(ArgumentError, match="order_id"):
        LookupTable(tmp_path / "t.arrow", "order_id")

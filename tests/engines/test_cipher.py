"""Direct identifiers at rest: nobody reads them in the files, everybody reads them through Patron."""

from __future__ import annotations

import base64
import os
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from patron.contracts import TABLES, Contract
from patron.contracts.contract import Column
from patron.engines.cipher import KEY_BYTES, VARIABLE, Cipher, current, sealed_as_now
from patron.engines.draft import Draft
from patron.engines.run_folder import read_files, stands_as_written_now
from patron.engines.store import Store
from patron.errors import RunError, SettingsError

ANN = "ann.planted@example.org"
TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=20)
PEOPLE = Contract(
    name="people",
    grain="one person",
    purpose="operations",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="email", type="string", meaning="Where.", nullable=True, direct=True),
        Column(name="birth_date", type="date", meaning="Since when.", nullable=True, direct=True),
        Column(name="orders", type="int64", meaning="How many.", unit="orders"),
    ),
)
ROWS = [
    {"customer_id": "a", "email": ANN, "birth_date": date(1980, 2, 29), "orders": 1},
    {"customer_id": "b", "email": None, "birth_date": None, "orders": 2},
    {"customer_id": "c", "email": ANN, "birth_date": date(1899, 1, 1), "orders": 3},
]


def key(fill: int) -> str:
    return base64.b64encode(bytes([fill]) * KEY_BYTES).decode()


@pytest.fixture
def connection() -> BaseBackend:
    return ibis.duckdb.connect()


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draft:
    monkeypatch.setitem(TABLES, "people", PEOPLE)
    monkeypatch.setenv(VARIABLE, key(1))
    return Store(tmp_path / "runs").draft()


def people(rows: list[dict[str, object]] = ROWS) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=PEOPLE.schema.to_pyarrow()))


def content(table: ir.Table) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = table.order_by("customer_id").to_pyarrow().to_pylist()
    return rows


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_opening_is_the_inverse_of_sealing(texts: list[str | None]) -> None:
    cipher = Cipher(bytes(32))
    sealed = cipher.seal(pa.array(texts, pa.string()), "email")
    assert cipher.open(sealed, "email").to_pylist() == texts
    assert len(set(sealed.to_pylist())) == len(set(texts))
    assert cipher.seal(pa.array(texts, pa.string()), "email").equals(sealed)


def test_many_values_are_sealed_as_few_are() -> None:
    cipher, texts = Cipher(bytes(32)), [f"{place % 7}@example.org" for place in range(1000)]
    sealed = cipher.seal(pa.array(texts), "email").to_pylist()
    assert sealed[:10] == cipher.seal(pa.array(texts[:10]), "email").to_pylist()
    assert len(set(sealed)) == 7


def test_a_value_is_bound_to_its_column_and_key_and_cannot_be_changed() -> None:
    cipher, ann = Cipher(bytes(32)), pa.array([ANN])
    sealed = cipher.seal(ann, "email")
    assert not sealed.equals(cipher.seal(ann, "phone"))
    assert not sealed.equals(Cipher(b"1" * 32).seal(ann, "email"))
    raw = bytearray(base64.b64decode(sealed[0].as_py()))
    raw[0] ^= 1
    for strange, column in ((base64.b64encode(bytes(raw)).decode(), "email"), (sealed[0].as_py(), "phone")):
        with pytest.raises(Exception, match=r"^$") as caught:  # cryptography's InvalidTag says nothing, and rightly so
            cipher.open(pa.array([strange]), column)
        assert type(caught.value).__name__ == "InvalidTag"


def test_the_files_do_not_hold_what_the_table_shows(draft: Draft, connection: BaseBackend) -> None:
    written = draft.write("people", people(), connection)
    assert content(written) == ROWS
    assert written.schema() == PEOPLE.schema
    (file,) = draft.files("people")
    on_disk = pq.read_table(file)
    assert [name.partition("__sealed_")[0] for name in on_disk.column_names] == list(PEOPLE.names)
    text = str(on_disk.to_pylist())
    assert ANN not in text
    assert "1980" not in text
    assert on_disk.column("orders").to_pylist() == [1, 2, 3]
    first, none, again = on_disk.column(1).to_pylist()
    assert first == again
    assert none is None


def test_sealed_columns_are_filtered_joined_and_counted_as_if_they_were_open(
    draft: Draft, connection: BaseBackend
) -> None:
    table = draft.write("people", people(), connection)
    assert table.filter(table.email == ANN).count().to_pyarrow().as_py() == 2
    assert table.email.nunique().to_pyarrow().as_py() == 1
    assert table.birth_date.min().to_pyarrow().as_py() == date(1899, 1, 1)
    twice = table.join(table.select("email", other="customer_id"), "email")
    assert twice.count().to_pyarrow().as_py() == 4


def test_the_same_is_written_byte_for_byte(draft: Draft, connection: BaseBackend) -> None:
    draft.write("people", people(), connection)
    first = draft.files("people")[0].read_bytes()
    draft.write("people", people(), connection)
    assert draft.files("people")[0].read_bytes() == first


def test_without_the_key_the_error_names_the_variable(
    draft: Draft, connection: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.write("people", people(), connection)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(RunError, match=VARIABLE) as caught:
        read_files(draft.files("people"), connection)
    assert caught.value.data["key"] == Cipher(bytes([1]) * 32).name
    assert draft.rows("people") == 3


def test_with_another_key_the_error_says_so(
    draft: Draft, connection: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.write("people", people(), connection)
    monkeypatch.setenv(VARIABLE, key(2))
    with pytest.raises(RunError, match="holds another one") as caught:
        read_files(draft.files("people"), connection)
    assert key(2) not in str(caught.value)


def test_tables_are_taken_over_only_where_they_would_be_written_so_now(
    draft: Draft, connection: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.write("people", people(), connection)
    files = draft.files("people")
    assert stands_as_written_now(files, "people")
    monkeypatch.setenv(VARIABLE, key(2))
    assert not stands_as_written_now(files, "people")
    monkeypatch.delenv(VARIABLE)
    assert not stands_as_written_now(files, "people")
    draft.write("people", people(), connection)
    assert stands_as_written_now(draft.files("people"), "people")
    monkeypatch.setenv(VARIABLE, key(1))
    assert not stands_as_written_now(draft.files("people"), "people")


def test_parts_written_with_and_without_a_key_are_one_table(
    draft: Draft, connection: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    draft.write("people", people(ROWS[:1]), connection)
    monkeypatch.setenv(VARIABLE, key(1))
    (old,) = draft.files("people")
    kept = old.rename(old.with_name("kept"))
    table = draft.parts("people", {"part-0001": kept, "part-0002": people(ROWS[1:])}, connection)
    assert content(table) == ROWS


def test_a_table_without_identifiers_stands_as_it_is() -> None:
    assert sealed_as_now(["customer_id", "orders"], TABLES["history"])


@pytest.mark.parametrize(
    "text", ["short", base64.b64encode(bytes(31)).decode(), base64.b64encode(bytes(33)).decode(), "nö", "=" * 44]
)
def test_a_key_that_is_none_is_told_with_how_to_make_one(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(SettingsError, match="32 bytes") as caught:
        current()
    assert text not in f"{caught.value} {dict(caught.value.data)}"
    assert "os.urandom(32)" in str(caught.value)


def test_the_command_in_the_error_makes_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, base64.b64encode(os.urandom(32)).decode())
    cipher = current()
    assert cipher is not None
    assert os.environ[VARIABLE] not in repr(cipher)


@pytest.mark.parametrize("text", ["", "  "])
def test_no_key_is_no_cipher(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    assert current() is None

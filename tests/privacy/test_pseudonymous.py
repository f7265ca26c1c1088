"""Pseudonyms tell customers of one export apart, and two exports cannot be joined."""

from __future__ import annotations

import stat
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError, ContractError, RunError
from patron.privacy.pseudonymous import export_key, pseudonymous

KEY = bytes(range(32))
IDS = st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=30)


def hashed(ids: list[str | None], *, key: bytes = KEY, export: str = "spring") -> list[str | None]:
    table = pa.table({"customer_id": pa.array(ids, pa.string()), "value": list(range(len(ids)))})
    found = pseudonymous(table, key=key, export=export)
    assert found["value"].to_pylist() == list(range(len(ids)))
    values: list[str | None] = found["customer_id"].to_pylist()
    return values


@settings(max_examples=60, deadline=None)
@given(IDS)
def test_equal_stays_equal_and_different_different(ids: list[str | None]) -> None:
    found = hashed(ids)
    assert [one is None for one in found] == [one is None for one in ids]
    assert len(set(found)) == len(set(ids))
    assert dict(zip(ids, found, strict=True)) == dict(zip(ids, hashed(ids), strict=True))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.text(max_size=8), max_size=20))
def test_two_exports_share_no_pseudonym(ids: set[str]) -> None:
    spring = set(hashed(sorted(ids)))
    assert not spring & set(hashed(sorted(ids), export="autumn"))
    assert not spring & set(hashed(sorted(ids), key=bytes(32)))
    assert not spring & ids


def test_several_columns_hold_the_same_pseudonyms() -> None:
    table = pa.table({"a": ["ann", "bo"], "b": ["bo", "ann"]})
    found = pseudonymous(table, key=KEY, export="x", columns=("a", "b"))
    assert found["a"].to_pylist() == found["b"].to_pylist()[::-1]


def test_the_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / ".patron"
    key = export_key(folder)
    assert export_key(folder) == key
    assert len(key) == 32
    assert stat.S_IMODE((folder / "export_key").stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == ["export_key"]
    assert export_key(tmp_path / "other") != key


@pytest.mark.parametrize("content", ["", "abc", "00" * 31, "not hexadecimal"])
def test_a_key_that_was_cut_off_is_told_and_not_shown(tmp_path: Path, content: str) -> None:
    (tmp_path / "export_key").write_text(content)
    with pytest.raises(RunError, match="export_key") as caught:
        export_key(tmp_path)
    assert not content or content not in str(caught.value)


def test_bad_arguments_are_told() -> None:
    table = pa.table({"customer_id": ["ann"]})
    with pytest.raises(ArgumentError, match="3 bytes"):
        pseudonymous(table, key=b"abc", export="x")
    with pytest.raises(ArgumentError, match="no name"):
        pseudonymous(table, key=KEY, export=" ")
    with pytest.raises(ContractError, match="Did you mean 'customer_id'"):
        pseudonymous(table, key=KEY, export="x", columns=("customerid",))

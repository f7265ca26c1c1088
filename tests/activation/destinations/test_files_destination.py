"""Files: whole or not at all, the same ones in the same place, readable by whoever takes them."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import fsspec
import pyarrow.parquet as pq
import pytest
from conformance import CONTENT, NOW, Conformance, message
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.activation.destinations.files import COLUMNS, Files
from patron.activation.destinations.folder import Folder
from patron.errors import SettingsError


class TestConformance(Conformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.url = str(tmp_path)

    def opened(self):
        return Files("out", Folder(self.url))


class TestConformanceElsewhere(TestConformance):
    secrets = ("memory",)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.url = f"memory:/{tmp_path}"


class TestConformanceOfParquet(TestConformance):
    def opened(self):
        return Files("out", Folder(self.url), form="parquet")


def files(folder: Path, **more) -> Files:
    return Files("out", Folder(str(folder)), **more)


def rows(folder: Path, delimiter=",") -> list[dict[str, str]]:
    texts = [file.read_bytes().decode() for file in sorted(folder.glob("*.csv"))]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)]


def test_a_file_holds_what_was_decided(tmp_path):
    said = dict(CONTENT) | {"text": 'two lines\nand "quotes", commas'}
    files(tmp_path).deliver([message(content=said, made_at=NOW - timedelta(days=1))], now=NOW)
    [row] = rows(tmp_path)
    assert list(row) == list(COLUMNS)
    assert row["text"] == said["text"]
    assert row["address"] == "ann.smith@example.org"
    assert row["subject"] == "Grüße, Annabel"
    assert row["made_at"] == "2026-02-28T12:00:00+00:00"
    assert json.loads(row["facts"]) == CONTENT["facts"]
    [file] = tmp_path.iterdir()
    assert file.name.startswith("out-left_cart-20260228-")
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_settings_choose_the_columns(tmp_path):
    columns = {"email": "address", "first_name": "content.facts.given_name", "nothing": "content.facts.x.y"}
    files(tmp_path, columns=columns, delimiter=";").deliver([message()], now=NOW)
    [row] = rows(tmp_path, delimiter=";")
    assert row == {
        "delivery_id": message().delivery_id, "email": "ann.smith@example.org", "first_name": "Annabel", "nothing": "",
    }  # fmt: skip


def test_parquet_holds_the_same(tmp_path):
    files(tmp_path, form="parquet").deliver([message(1), message(2)], now=NOW)
    files(tmp_path).deliver([message(1), message(2)], now=NOW)
    [table] = [pq.read_table(file).to_pylist() for file in tmp_path.glob("*.parquet")]
    assert [{name: value or "" for name, value in row.items()} for row in table] == rows(tmp_path)


def test_each_campaign_has_a_file_of_its_own(tmp_path):
    many = [message(1), message(2, trigger="Won back!"), message(3), message(4, trigger="日本")]
    outcomes = files(tmp_path).deliver(many, now=NOW)
    assert [one.receipt for one in outcomes] == [
        next(f.name for f in tmp_path.iterdir() if one.delivery_id in f.read_text()) for one in many
    ]
    assert len(list(tmp_path.iterdir())) == 3


def test_the_same_again_takes_the_files_own_place_and_another_does_not(tmp_path):
    destination, many = files(tmp_path), [message(number, made_at=NOW) for number in range(4)]
    destination.deliver(many, now=NOW)
    [before] = tmp_path.iterdir()
    content = before.read_bytes()
    later = NOW + timedelta(days=2)
    destination.deliver([replace(one, attempt=2) for one in many], now=later)
    destination.deliver(list(reversed(many)), now=later)  # in another order they are the same
    assert [file.name for file in tmp_path.iterdir()] == [before.name]
    assert sorted(before.read_bytes().splitlines()) == sorted(content.splitlines())
    destination.deliver([message(9)], now=NOW)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_one_that_comes_again_among_others_stands_once(tmp_path, form):
    """After a kill the next batch is cut otherwise: what stands in a file already is not written again."""
    destination = files(tmp_path, form=form)
    first = destination.deliver([message(1), message(2)], now=NOW)
    outcomes = destination.deliver([replace(message(2), attempt=2), replace(message(3), attempt=2)], now=NOW)
    assert [one.status for one in outcomes] == ["accepted"] * 2
    assert outcomes[0].receipt == first[1].receipt
    found = rows(tmp_path) if form == "csv" else [r for f in tmp_path.iterdir() for r in pq.read_table(f).to_pylist()]
    assert sorted(row["customer_id"] for row in found) == ["c1", "c2", "c3"]


BATCHES = st.lists(st.lists(st.integers(0, 8), min_size=1, unique=True), max_size=6)


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES, form=st.sampled_from(["csv", "parquet"]))
def test_however_batches_are_cut_each_delivery_stands_once(batches, form):
    """What came before comes as a further attempt, in whatever company."""
    with TemporaryDirectory() as folder:
        destination, came = files(Path(folder), form=form), set()
        for numbers in batches:
            some = [message(number, attempt=2 if number in came else 1) for number in numbers]
            assert {one.status for one in destination.deliver(some, now=NOW)} == {"accepted"}
            came |= set(numbers)
        found = rows(Path(folder)) + [r for f in Path(folder).glob("*.parquet") for r in pq.read_table(f).to_pylist()]
        assert sorted(row["customer_id"] for row in found) == sorted(f"c{number}" for number in came)


@pytest.mark.parametrize("text", ["=1+1", "@sum", "+cmd|x", "-cmd|x", "\tx", "\r=1"])
def test_what_a_spreadsheet_would_execute_is_refused(tmp_path, text):
    bad, good = message(1, content=dict(CONTENT) | {"subject": text}), message(2)
    outcomes = files(tmp_path).deliver([bad, good], now=NOW)
    assert [(one.status, one.reason) for one in outcomes] == [("rejected", "formula"), ("accepted", None)]
    assert len(rows(tmp_path)) == 1
    assert files(tmp_path, form="parquet").deliver([bad], now=NOW)[0].status == "accepted"  # nothing executes it there


def test_a_disk_that_is_full_loses_nothing(tmp_path, monkeypatch):
    """Injected where the disk would say it: at the write. No part of a file stands then, and it goes again later."""
    destination = files(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        [outcome] = destination.deliver([message()], now=NOW)
    assert (outcome.status, outcome.reason) == ("retry", "not_written")
    assert not list(tmp_path.iterdir())
    assert destination.deliver([replace(message(), attempt=2)], now=NOW)[0].status == "accepted"


def test_where_nothing_may_be_written_it_is_tried_later(tmp_path):
    (tmp_path / "out").write_text("a file, and no folder")
    assert files(tmp_path / "out").deliver([message()], now=NOW)[0].status == "retry"


def test_a_store_elsewhere_shows_whole_files_alone(tmp_path):
    url = f"memory:/{tmp_path}/drop"
    Files("out", Folder(url)).deliver([message()], now=NOW)
    store = fsspec.filesystem("memory")
    [name] = [place.rpartition("/")[2] for place in store.ls(f"{tmp_path}/drop", detail=False)]
    assert name.startswith("out-left_cart-20260301-")
    assert b"ann.smith" in store.cat_file(f"{tmp_path}/drop/{name}")


def test_a_file_that_was_taken_away_meanwhile_is_none(tmp_path):
    folder = Folder(str(tmp_path))
    assert folder.read("gone.csv") is None
    assert Folder(str(tmp_path / "never")).names("") == []


@pytest.mark.parametrize("url", ["nosuch://bucket/x", "adl2://x/y"])
def test_a_store_that_nobody_knows_is_refused(url):
    with pytest.raises(SettingsError, match="fsspec"):
        Folder(url)

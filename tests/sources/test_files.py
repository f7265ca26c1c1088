"""Which files a source consists of, and which kinds can be read."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shop_files import load

from patron.errors import SourceError
from patron.sources.files import find_files
from patron.sources.spec import SourceSpec

TEXT = "order_id,customer_id,ordered_at,unit_price\n1,ann,2024-01-02,4\n"


def names(folder, *patterns):
    return [file.name for file in find_files(patterns, base=folder, source="order_lines")]


@pytest.fixture
def folder(tmp_path):
    for name in ("a.csv", "b.csv", "c.txt", "deep/d.csv", "deep/er/e.csv", "notes.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT, encoding="utf-8")
    (tmp_path / "f.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    return tmp_path


def test_a_file_a_folder_a_pattern_or_several_of_them(folder):
    assert names(folder, "a.csv") == ["a.csv"]
    assert names(folder, "deep") == ["deep/d.csv"]
    assert names(folder, ".") == ["a.csv", "b.csv", "c.txt", "f.csv.gz"]
    assert names(folder, "*.csv") == ["a.csv", "b.csv"]
    assert names(folder, "**/*.csv") == ["a.csv", "b.csv", "deep/d.csv", "deep/er/e.csv"]
    assert names(folder, "b.csv", "a.csv", "*.csv", "deep/../a.csv") == ["a.csv", "b.csv"], "each once"
    assert names(folder, str(folder / "a.csv")) == ["a.csv"]
    assert names(folder / "deep", "../a.csv") == ["../a.csv"]


def test_a_pattern_that_finds_nothing_names_itself(folder):
    with pytest.raises(SourceError) as caught:
        names(folder, "a.csv", "z*.csv")
    assert caught.value.data["path"] == str(folder / "z*.csv")
    assert isinstance(caught.value, OSError)
    (folder / "nothing").mkdir()
    with pytest.raises(SourceError):
        names(folder, "nothing")


def test_a_file_of_another_kind(folder):
    for pattern in ("notes.md", "a*", "**/*"):
        if pattern != "a*":
            with pytest.raises(SourceError, match="of no kind that can be read"):
                names(folder, pattern)


@pytest.mark.parametrize("place", ["shop [2024]", "a*b", "what?"])
def test_brackets_and_stars_in_names_are_letters(tmp_path, place):
    folder = tmp_path / place
    folder.mkdir()
    (folder / "orders [1].csv").write_text(TEXT, encoding="utf-8")
    assert names(folder, "orders [1].csv") == ["orders [1].csv"]
    assert names(folder, "orders*.csv") == ["orders [1].csv"]
    assert load(folder, {"order_lines": {"path": "orders [1].csv"}}).counts() == {"read": 1, "kept": 1}


def test_a_fingerprint_follows_the_content(folder):
    a, b = find_files(["a.csv", "b.csv"], base=folder, source="order_lines")
    before = a.fingerprint()
    assert before == b.fingerprint()
    a.path.write_text(TEXT + "2,bob,2024-01-03,4\n", encoding="utf-8")
    assert a.fingerprint() != before


def test_gzipped_files(tmp_path):
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()))
    assert load(tmp_path, {"order_lines": {"path": "orders.csv.gz"}}).counts() == {"read": 1, "kept": 1}


@pytest.mark.parametrize("name", ["orders.csv.gz", "orders.parquet"])
@pytest.mark.parametrize(
    "content",
    [TEXT.encode(), b"PAR1", gzip.compress(TEXT.encode(), mtime=0)[:30]],
    ids=["text", "half of Parquet", "half of gzip"],
)
def test_a_file_that_is_not_what_it_is_called(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError) as caught:
        load(tmp_path, {"order_lines": {"path": name}})
    assert caught.value.data["path"] == str(tmp_path / name)
    assert "\n" not in str(caught.value.data["came"])


def test_typed_columns_of_parquet(tmp_path):
    table = pa.table(
        {
            "order_id": pa.array([536365, 536366], pa.int32()),
            "customer_id": pa.array([12345, None], pa.int64()),
            "ordered_at": pa.array([datetime(2024, 1, 2, 10, 30), datetime(2024, 1, 2)], pa.timestamp("ns")),
            "quantity": pa.array([2.5, 1.0]),
            "unit_price": pa.array([Decimal("3.5000"), Decimal(1)], pa.decimal128(18, 4)),
            "channel": pa.array(["web", "web"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    shop = load(tmp_path, {"order_lines": {"path": "orders.parquet"}})
    assert shop.counts() == {"read": 2, "kept": 1, "missing_customer": 1}
    [line] = shop.lines
    assert (line["order_id"], line["customer_id"], line["channel"]) == ("536365", "12345", "web")
    assert (line["ordered_at"], line["amount"]) == (datetime(2024, 1, 2, 10, 30), Decimal("8.75"))


def test_csv_and_parquet_in_one_source(tmp_path):
    (tmp_path / "orders_1.csv").write_text(TEXT, encoding="utf-8")
    rows = {
        "order_id": ["1", "2"],
        "customer_id": ["ann"] * 2,
        "ordered_at": [date(2024, 1, 2)] * 2,
        "unit_price": ["4", "5"],
    }
    pq.write_table(pa.table(rows), tmp_path / "orders_2.parquet")
    shop = load(tmp_path, {"order_lines": {"path": "orders_*"}})
    assert shop.counts() == {"read": 3, "kept": 2, "repeated_across_files": 1}


UNREADABLE = """
import os, sys
from pathlib import Path
from patron.errors import SourceError
from patron.language import say
from patron.sources.files import find_files
say("sources.unreadable", source="", path="", came="")
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    find_files(["orders.csv"], base=Path(sys.argv[1]), source="order_lines")
except SourceError as error:
    print(error.data["came"])
"""


def test_a_file_that_may_not_be_read():
    """Tried by somebody without rights: root may read anything."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "orders.csv"
        path.write_text(TEXT, encoding="utf-8")
        path.chmod(0)
        Path(place).chmod(0o755)
        said = subprocess.run([sys.executable, "-c", UNREADABLE, place], capture_output=True, text=True, check=True)
        assert said.stdout.strip() == "permission denied"
    assert os.getuid() == os.geteuid()


def test_what_the_settings_may_say_of_a_source():
    assert SourceSpec(path="a.csv").paths == ("a.csv",)
    assert SourceSpec(path=["a.csv", "b.csv"]).paths == ("a.csv", "b.csv")
    with pytest.raises(ValueError, match="mood"):
        SourceSpec.model_validate({"path": "a.csv", "mood": "good"})
    with pytest.raises(ValueError, match="reject"):
        SourceSpec.model_validate({"path": "a.csv", "clean": {"non_positive_price": "maybe"}})

"""Whatever a file holds, reading it ends with rows that are counted or with one of our errors, never with another."""

# ruff: noqa: E501 - what may be told is a table

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tempfile
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_files import load

from patron.errors import PatronError
from patron.sources.files import find_files
from patron.sources.formats.find_format import find_format
from patron.sources.spec import FormatSpec

CSV = (
    "order_id;customer_id;ordered_at;unit_price\r\n1;ann;31.01.2024 10:30;1.234,50\r\n"
    '2;"b;""o""\nb";01.02.2024;2,5\r\n3;Zoë;29.02.2024;0,99\r\n'
).encode()
JSON = b"\n".join(
    json.dumps(
        {"order_id": n, "customer_id": {"a": [n]}, "ordered_at": "2024-01-02T10:00:00Z", "unit_price": n / 3}
    ).encode()
    for n in range(5)
)


def _excel() -> bytes:
    book, made = openpyxl.Workbook(), io.BytesIO()
    for row in (
        ["customer_id", "ordered_at", "unit_price"],
        ["ann", "2024-01-02", 4.5],
        ["bob", "2024-01-03", 12345.0],
    ):
        book.active.append(row)
    book.save(made)
    return made.getvalue()


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.jsonl", JSON)
    return made.getvalue()


def _sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as place, closing(sqlite3.connect(f"{place}/o.db")) as connection:
        connection.execute("CREATE TABLE orders (customer_id, ordered_at, unit_price)")
        connection.execute("INSERT INTO orders VALUES ('ann', '2024-01-02', 4.5)")
        connection.commit()
        return Path(f"{place}/o.db").read_bytes()


GOOD = {
    "o.csv": CSV, "o.csv.gz": gzip.compress(CSV, mtime=0), "u.csv": CSV.decode().encode("utf-16"), "o.jsonl": JSON,
    "o.json": b"[" + JSON.replace(b"\n", b",") + b"]", "o.xlsx": _excel(), "o.zip": _zip(), "o.db": _sqlite(),
}  # fmt: skip
SPICE = [
    b'"', b"\n", b"\r", b"\0", b";", b",", b"\t", b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"}", b"[", b"]", b"1e999", b"'",
    b"\x80", b"\xc3", b"99/99/9999", b"-", b" ", b"NaN", b"\xe2\x80\xa8", b'\\ud83d', b"x" * 5000,
]  # fmt: skip

few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """A good file with a few cuts, repeats and insertions."""
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 40))
        piece = draw(st.one_of(st.sampled_from(SPICE), st.binary(max_size=12)))
        what = draw(st.sampled_from(["cut", "insert", "replace", "end"]))
        if what == "end":
            content = content[:place]
        else:
            content = (
                content[:place]
                + (b"" if what == "cut" else piece)
                + content[place + (0 if what == "insert" else length) :]
            )
    return content


TOLD = st.sampled_from([
    {}, {}, {"encoding": "cp1252"}, {"encoding": "utf-16"}, {"separator": "whitespace"}, {"header": False, "names": ["customer_id", "ordered_at", "unit_price"]},
    {"dates": ["iso", "%d.%m.%Y"]}, {"dates": "day first", "decimal": ","}, {"quote": ""}, {"thousands": " "}, {"quote": "'", "separator": ";"},
])  # fmt: skip


@pytest.mark.parametrize("name", sorted(GOOD))
@few
@given(data=st.data())
def test_a_spoilt_file_raises_nothing_but_our_errors(name: str, data: st.DataObject) -> None:
    content, told = data.draw(spoilt(GOOD[name])), data.draw(TOLD)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / name).write_bytes(content)
        path = "sqlite:///o.db" if name == "o.db" else name
        with suppress(PatronError):
            for file in find_files([path], base=folder, source="order_lines"):
                find_format(file, told=FormatSpec(**told))
            load(folder, {"order_lines": {"path": path, "format": told}})  # holds the law of counting


@pytest.mark.parametrize("name", ["o.csv", "o.jsonl", "o.xlsx", "o.zip", "o.csv.gz", "o.parquet"])
@settings(few, max_examples=8)
@given(content=st.binary(min_size=1, max_size=300))
def test_random_bytes_raise_nothing_but_our_errors(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / name).write_bytes(content)
        with pytest.raises(PatronError) as caught:
            load(Path(place), {"order_lines": {"path": name}})
        assert caught.value.remedy


@settings(few, max_examples=200)
@given(st.fixed_dictionaries({}, optional={
    "separator": st.text(max_size=2), "quote": st.text(max_size=2), "encoding": st.one_of(st.text(max_size=8), st.sampled_from(["utf-8-sig", "zlib", "idna", "utf-16", "LATIN1", "undefined"])),
    "dates": st.one_of(st.text(max_size=8), st.lists(st.sampled_from(["iso", "%d/%m/%Y", "%s", "%", "%d%d", "%Y-%m"]), max_size=3)),
    "decimal": st.sampled_from([".", ",", "x"]), "thousands": st.sampled_from([".", ",", "", "x"]), "names": st.lists(st.text(max_size=2), max_size=3),
}))  # fmt: skip
def test_what_is_told_of_a_format_is_taken_or_refused(told: dict[str, object]) -> None:
    try:
        spec = FormatSpec.model_validate(told)
    except ValueError:
        return
    assert set(spec.told()) == {name for name, value in told.items() if value is not None}

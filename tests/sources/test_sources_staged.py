"""JSON, Excel, zip files and files elsewhere: brought to the one reader with nothing lost and nothing rounded."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

import gzip
import io
import json
import threading
import zipfile
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shop_files import load

from patron.errors import SettingsError, SourceError
from patron.sources.files import find_files
from patron.sources.formats.find_format import find_format
from patron.sources.spec import FormatSpec
from patron.sources.staging.json_records import json_records

CSV = "order_id,customer_id,ordered_at,unit_price\n1,ann,2024-01-02,4\n2,bob,2024-01-03,5\n"
RECORDS = [
    {"order_id": 1, "customer": {"id": "ann", "tags": ["a"]}, "ordered_at": "2024-01-02T10:00:00Z", "unit_price": 4.10},
    {"order_id": 2, "customer": {"id": "bob"}, "ordered_at": "2024-01-03T10:00:00Z", "unit_price": 0.1, "new": None},
]
NESTED = {"order_id": "order_id", "customer_id": "customer.id", "ordered_at": "ordered_at", "unit_price": "unit_price"}


def counted(folder, path, *, columns=None, **told):
    return load(folder, {"order_lines": {"path": path, "columns": columns or {}, "format": told}})


@pytest.mark.parametrize("name", ["o.jsonl", "o.ndjson", "o.json", "o.jsonl.gz"])
@pytest.mark.parametrize("shape", ["lines", "array", "pretty array"])
def test_json(tmp_path, name, shape):
    texts = {
        "lines": "\n\n".join(map(json.dumps, RECORDS)) + "\n",
        "array": json.dumps(RECORDS),
        "pretty array": "\n " + json.dumps(RECORDS, indent=2) + "\n",
    }
    content = b"\xef\xbb\xbf" + texts[shape].encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    shop = counted(tmp_path, name, columns=NESTED)
    assert shop.counts() == {"read": 2, "kept": 2}
    assert [(line["customer_id"], line["ordered_at"], line["unit_price"]) for line in shop.lines] == [
        ("ann", datetime(2024, 1, 2, 10), Decimal("4.1000")),
        ("bob", datetime(2024, 1, 3, 10), Decimal("0.1000")),
    ]


def test_a_json_line_that_is_none_is_rejected_and_shown(tmp_path):
    lines = [json.dumps(RECORDS[0]), "[1, 2]", '{"order_id": 3, "cust', "NaN", json.dumps(RECORDS[1])]
    (tmp_path / "o.jsonl").write_text("\n".join(lines), encoding="utf-8")
    shop = counted(tmp_path, "o.jsonl", columns=NESTED)
    assert shop.counts() == {"read": 5, "kept": 2, "undecoded": 3}
    refused = [(row["row"], row["content"]) for row in shop.rows["rejected"]]
    assert refused == [(2, "[1, 2]"), (3, '{"order_id": 3, "cust'), (4, "NaN")]


@pytest.mark.parametrize("cut", [1, 30, 60])
def test_an_array_that_breaks_off(tmp_path, cut):
    text = json.dumps([*RECORDS, {**RECORDS[0], "order_id": 3}])[:-cut]
    (tmp_path / "o.json").write_text(text, encoding="utf-8")
    shop = counted(tmp_path, "o.json", columns=NESTED)
    kept = 3 if cut == 1 else 2
    assert shop.counts() == {"read": kept + 1, "kept": kept, "undecoded": 1}


def test_numbers_of_json_stay_as_they_were_written(tmp_path):
    (tmp_path / "o.jsonl").write_text(
        '{"customer_id": 12345678901234567890, "ordered_at": "2024-01-02", "amount": 99999999999999.99}\n'
        '{"customer_id": "b", "ordered_at": "2024-01-02", "amount": 1e2}\n',
        encoding="utf-8",
    )
    lines = counted(tmp_path, "o.jsonl").lines
    assert [(line["customer_id"], line["amount"]) for line in lines] == [
        ("12345678901234567890", Decimal("99999999999999.99")),
        ("b", Decimal("100.00")),
    ]


def test_json_that_is_neither_lines_nor_an_array(tmp_path):
    for text in ("hello", '{\n "orders": []\n}', '"a"'):
        (tmp_path / "o.json").write_text(text, encoding="utf-8")
        with pytest.raises(SourceError, match="neither JSON lines"):
            counted(tmp_path, "o.json", columns=NESTED)


def test_an_array_is_read_as_it_comes():
    """Objects that cross the blocks in which a file is read."""
    records = [{"n": str(n), "text": "x" * 1000 * (n % 7)} for n in range(2000)]
    refused = []
    stream = io.BytesIO(json.dumps(records).encode())
    assert list(json_records(stream, refuse=lambda *told: refused.append(told))) == records
    assert refused == []


@pytest.mark.real_data
def test_the_transcript_that_breaks_off(shared_data):
    """20,575 whole events, and one that is cut in the middle."""
    refused = []
    with (shared_data("starbucks_offers") / "transcript_TRUNCATED_first18h.json").open("rb") as stream:
        events = list(json_records(stream, refuse=lambda *told: refused.append(told)))
    assert len(events) == 20_575
    [(number, text)] = refused
    assert number == 20_576
    assert text.startswith('{"person":')
    assert {"value.offer id", "value.amount"} <= {name for event in events for name in event}


@pytest.mark.real_data
def test_what_breaks_off_is_rejected_and_the_rest_is_there(shared_data, tmp_path):
    path = shared_data("starbucks_offers") / "transcript_TRUNCATED_first18h.json"
    columns = {"customer_id": "person", "ordered_at": "time", "amount": "value.amount"}
    source = {"path": str(path), "columns": columns, "format": {"dates": "seconds"}}
    counts = load(tmp_path, {"order_lines": source}, as_of=date(2018, 1, 1)).counts()
    assert counts["read"] == 20_576
    assert counts["undecoded"] == 1
    assert counts["implausible_date"] == 20_575, "hours of an experiment, and no moments"


def book(folder, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(folder / "orders.xlsx")


ROWS = [
    ["order_id", "customer_id", "ordered_at", "unit_price", None],
    [1.0, 12345.0, datetime(2024, 1, 2, 10, 30), 0.1],
    [],
    ["2", "ann", date(2024, 1, 3), 12],
    ["3", None, "2024-01-04", 5, "beyond"],
]


def test_excel(tmp_path):
    book(tmp_path, orders=ROWS, notes=[])
    shop = counted(tmp_path, "orders.xlsx")
    assert shop.counts()["read"] == 3
    assert [(line["order_id"], line["customer_id"], line["ordered_at"], line["amount"]) for line in shop.lines] == [
        ("1", "12345", datetime(2024, 1, 2, 10, 30), Decimal("0.10")),
        ("2", "ann", datetime(2024, 1, 3), Decimal("12.00")),
    ]


def test_excel_with_days_and_numbers_as_text(tmp_path):
    rows = [ROWS[0][:4], ["1", "ann", "31.01.2024", "1.234,50"], ["2", "bob", "30.01.2024", "2,5"]]
    book(tmp_path, orders=rows)
    assert [line["unit_price"] for line in counted(tmp_path, "orders.xlsx").lines] == [
        Decimal("1234.5"),
        Decimal("2.5"),
    ]
    mixed = [ROWS[0][:4], ["1", "ann", datetime(2024, 1, 31), 1.5], ["2", "bob", "30.01.2024", 2]]
    book(tmp_path, orders=mixed)
    days = [line["ordered_at"].day for line in counted(tmp_path, "orders.xlsx", dates="day first").lines]
    assert days == [31, 30]


def test_a_sheet_must_be_chosen(tmp_path):
    book(tmp_path, orders=ROWS, others=ROWS)
    with pytest.raises(SettingsError, match="orders, others") as caught:
        counted(tmp_path, "orders.xlsx")
    assert caught.value.data["key"] == "sources.order_lines.format.sheet"
    with pytest.raises(SettingsError, match="Did you mean 'orders'"):
        counted(tmp_path, "orders.xlsx", sheet="order")
    assert counted(tmp_path, "orders.xlsx", sheet="orders").counts()["read"] == 3


def test_excel_that_is_none(tmp_path):
    for content in (b"PK\x03\x04", CSV.encode()):
        (tmp_path / "orders.xlsx").write_bytes(content)
        with pytest.raises(SourceError):
            counted(tmp_path, "orders.xlsx")


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._a.csv", "x")
        archive.writestr("readme.md", "x")
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_zip_file_is_several_files(tmp_path):
    parquet = io.BytesIO()
    pq.write_table(pa.table({"customer_id": ["eve"], "ordered_at": ["2024-01-01"], "unit_price": [7.0]}), parquet)
    members = {
        "a.csv": CSV, "deep/b.csv": CSV.replace(",", ";"), "c.csv.gz": gzip.compress(CSV.replace("ann", "cid").encode()),  # noqa: E501
        "d.jsonl": '{"customer_id": "dan", "ordered_at": "2024-01-01", "unit_price": 2}', "e.parquet": parquet.getvalue(),  # noqa: E501
    }  # fmt: skip
    zipped(tmp_path / "shop.zip", **members)
    files = find_files(["shop.zip"], base=tmp_path, source="order_lines")
    assert [file.name for file in files] == [f"shop.zip/{name}" for name in sorted(members)]
    assert len({file.fingerprint() for file in files}) == 5
    columns = {name: name for name in ("customer_id", "ordered_at", "unit_price")}
    clean = {"repeated_across_files": "keep"}
    shop = load(tmp_path, {"order_lines": {"path": "shop.zip", "columns": columns, "clean": clean}})
    assert shop.counts() == {"read": 8, "kept": 8}
    assert {line["file"] for line in shop.lines} == {file.name for file in files}
    assert [file.name for file in find_files(["."], base=tmp_path, source="order_lines")] == [
        file.name for file in files
    ]


def test_zip_files_that_cannot_be_used(tmp_path):
    for content, said in ((b"PK", "no zip file"), (b"", "is empty")):
        (tmp_path / "shop.zip").write_bytes(content)
        with pytest.raises(SourceError, match=said):
            find_files(["shop.zip"], base=tmp_path, source="order_lines")
    zipped(tmp_path / "shop.zip")
    with pytest.raises(SourceError, match="holds no file that can be read"):
        find_files(["shop.zip"], base=tmp_path, source="order_lines")


@contextmanager
def served(folder):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_urls_of_a_store(tmp_path):
    store = fsspec.filesystem("memory")
    for name in ("a.csv", "b.csv.gz"):
        content = CSV.replace("ann", name[0]).encode()
        with store.open(f"/patron/{name}", "wb") as stream:
            stream.write(gzip.compress(content) if name.endswith(".gz") else content)
    files = find_files(["memory://patron/*"], base=tmp_path, source="order_lines")
    assert [file.name for file in files] == ["memory:///patron/a.csv", "memory:///patron/b.csv.gz"]
    shop = load(
        tmp_path, {"order_lines": {"path": "memory://patron/*.csv*", "clean": {"repeated_across_files": "keep"}}}
    )
    assert shop.counts() == {"read": 4, "kept": 4}
    stamp, before = files[0].stamp(), files[0].fingerprint()
    assert files[0].unchanged_since(stamp)
    with store.open("/patron/a.csv", "wb") as stream:
        stream.write(CSV.encode() + b"3,cid,2024-01-03,5\n")
    assert not files[0].unchanged_since(stamp)
    assert files[0].fingerprint() != before
    store.rm("/patron", recursive=True)
    assert not files[0].unchanged_since(stamp)
    with pytest.raises(SourceError, match="cannot be opened"):
        files[1].fingerprint()


def test_a_url_of_a_local_file_and_of_a_server(tmp_path):
    (tmp_path / "orders.csv").write_text(CSV, encoding="utf-8")
    zipped(tmp_path / "shop.zip", **{"a.csv": CSV})
    assert counted(tmp_path, (tmp_path / "orders.csv").as_uri()).counts() == {"read": 2, "kept": 2}
    with served(tmp_path) as address:
        assert counted(tmp_path, f"{address}/orders.csv").counts() == {"read": 2, "kept": 2}
        assert counted(tmp_path, f"{address}/shop.zip").counts() == {"read": 2, "kept": 2}
        [file] = find_files([f"{address}/orders.csv"], base=tmp_path, source="order_lines")
        assert file.unchanged_since(file.stamp())
        with pytest.raises(SourceError, match="404"):
            counted(tmp_path, f"{address}/no.csv")
    with pytest.raises(SourceError, match="cannot be opened"):
        file.fingerprint()


@pytest.mark.parametrize(("url", "said"), [
    ("s3://bucket/orders.csv", "Install s3fs"), ("nope://bucket/orders.csv", "not known: nope"),
    ("memory://patron/orders.doc", "of no kind"), ("http://127.0.0.1:1/orders.csv", "refused"),
    ("memory://patron/none*.csv", "no file at"),
])  # fmt: skip
def test_urls_that_lead_nowhere(tmp_path, url, said):
    with pytest.raises(SourceError, match=said) as caught:
        [file.fingerprint() for file in find_files([url], base=tmp_path, source="order_lines")]
    assert caught.value.remedy


@pytest.mark.real_data
def test_a_first_look_at_real_files(shared_data):
    def look(folder, name, **told):
        [file] = find_files([name], base=shared_data(folder), source="order_lines")
        return find_format(file, told=FormatSpec(**told))

    master, sample = look("cdnow", "CDNOW_master.txt"), look("cdnow", "CDNOW_sample.txt")
    assert (master.separator, master.columns[0], master.dates) == ("whitespace", "customer_id", {"date": ("iso",)})
    assert (sample.header, len(sample.columns), sample.found) == (False, 5, ("separator", "header"))
    assert look("marketing_campaign", "marketing_campaign.csv").dates == {"Dt_Customer": ("day first",)}
    olist = look("olist", "olist_orders_union.csv.gz")
    assert set(olist.dates.values()) == {("iso",)}
    assert olist.found == ()


def test_a_first_look_names_both_styles_of_days_that_can_be_either(tmp_path):
    (tmp_path / "a.csv").write_text("id;day;price\n1;01/02/2024;1.234,50\n2;03/04/2024;2,50\n", encoding="cp1252")
    [file] = find_files(["a.csv"], base=tmp_path, source="order_lines")
    form = find_format(file)
    assert form.dates == {"day": ("day first", "month first")}
    assert (form.separator, form.decimal, form.thousands) == (";", ",", ".")
    assert set(form.found) == {"separator", "decimal", "thousands", "dates"}
    assert find_format(file, told=FormatSpec(dates="day first")).dates == {"day": ("day first",)}

"""Two public shops, row by row: what is counted is what their files hold."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from shop_files import load

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.exists(), reason="the public data sets are not beside the project"),
]
RETAIL = {
    "path": str(DATA / "online_retail_ii" / "*.csv.gz"),
    "columns": {
        "order_id": "Invoice", "customer_id": "Customer ID", "product_id": "StockCode", "product_name": "Description",
        "ordered_at": "InvoiceDate", "quantity": "Quantity", "unit_price": "Price", "country": "Country",
    },
    "cancelled": "order_id LIKE 'C%'",
    "adjustments": "product_id IN ('POST', 'D', 'M', 'BANK CHARGES', 'DOT', 'CRUK', 'C2', 'PADS')",
}  # fmt: skip


@pytest.fixture(scope="module")
def retail(tmp_path_factory):
    return load(tmp_path_factory.mktemp("retail"), {"order_lines": RETAIL}, threads=2)


def meant(value: str) -> str:
    """A text without the blanks around it; one of the two years writes nan for nothing."""
    return "" if value.strip() == "nan" else value.strip()


@pytest.fixture(scope="module")
def invoice_lines():
    """The two files as Python's own CSV reader sees them."""
    files = []
    for path in sorted((DATA / "online_retail_ii").glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
            files.append(list(csv.reader(stream))[1:])
    return files


def test_every_line_is_counted_and_the_overlap_of_the_years_is_removed(retail, invoice_lines):
    counts = retail.counts()
    assert [len(lines) for lines in invoice_lines] == [525_461, 541_909]
    assert counts["read"] == 525_461 + 541_909
    assert counts["repeated_across_files"] == 22_523
    first, second = (Counter(tuple(meant(value) for value in line) for line in lines) for lines in invoice_lines)
    assert (first & second).total() == 22_523, "counted in Python too"
    assert retail.loaded.as_of == date(2011, 12, 9)
    assert {"broken_row", "undecoded", "unparsable_date", "implausible_date", "later"}.isdisjoint(counts)


def test_every_customer_is_there_but_those_who_only_ever_got_gifts(retail, invoice_lines):
    named = {line[6].strip() for lines in invoice_lines for line in lines} - {""}
    assert len(named) == 5_942
    kept = {line["customer_id"] for line in retail.lines}
    lost = named - kept
    paid = {line[6].strip() for lines in invoice_lines for line in lines if line[6].strip() and Decimal(line[5]) > 0}
    assert kept == paid
    assert sorted(lost) == ["13256", "14103", "14827"]
    assert len(kept) == 5_939


def test_returns_are_matched_or_not_and_give_back_no_more_than_was_sold(retail):
    counts = retail.counts()
    returns = [line for line in retail.lines if line["kind"] == "return"]
    assert counts["return_matched"] + counts["return_unmatched"] == len(returns)
    assert counts["return_matched"] > 0.8 * len(returns)
    sold = {line["line_id"]: line["quantity"] for line in retail.lines if line["kind"] == "sale"}
    back: Counter[int] = Counter()
    for line in returns:
        if line["reverses"] is not None:
            back[line["reverses"]] -= line["quantity"]
    assert all(units <= sold[sale] for sale, units in back.items())


def test_repeated_lines_inside_a_year_stay(retail, invoice_lines):
    assert retail.counts()["repeated_in_file"] == sum(line["repeated"] for line in retail.lines)
    kept = {(line["file"], line["row"]) for line in retail.lines}
    assert len(kept) == len(retail.lines)


def test_cdnow_keeps_its_gifts_and_its_legitimate_repeats(tmp_path):
    rows = [line.split() for line in (DATA / "cdnow" / "CDNOW_master.txt").read_text(encoding="utf-8").splitlines()]
    with (tmp_path / "orders.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    columns = {
        "customer_id": "customer_id",
        "ordered_at": "date",
        "quantity": "number_of_cds",
        "amount": "dollar_value",
    }
    spec = {"path": "orders.csv", "columns": columns}
    shop = load(tmp_path, {"order_lines": {**spec, "clean": {"non_positive_price": "keep"}}})
    assert shop.counts() == {"read": 69_659, "kept": 69_659, "repeated_in_file": 255}
    assert len({line["customer_id"] for line in shop.lines}) == 23_570
    assert sum(line["amount"] == 0 for line in shop.lines) == 80
    assert sum(line["amount"] for line in shop.lines) == sum(Decimal(row[3]) for row in rows[1:])
    strict = load(tmp_path, {"order_lines": spec})
    assert strict.counts()["non_positive_price"] == 80

"""The laws of cleaning, tried on whatever a file may hold. `load` holds the law of counting in every example."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_files import load

from patron.errors import NotEnoughData

HEADER = ["order_id", "customer_id", "ordered_at", "product_id", "quantity", "unit_price", "discount"]
ROUNDS = 3  # of tests that load three times
RULES = {
    "cancelled": "order_id LIKE 'C%'",
    "adjustments": "product_id = 'POST'",
    "exclude": "product_id = 'TEST'",
}
few = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))

messy_row = st.tuples(
    st.sampled_from(["1", "2", "C3", "", "nan"]),
    st.sampled_from(["ann", "bob", " ann", "", "null", "NaN"]),
    st.sampled_from(
        ["2024-01-01", "2024-01-02 10:00:00", "20240103", "2099-01-01", "1970-01-01", "", "soon", "infinity"]
    ),
    st.sampled_from(["mug", "cup", "POST", "TEST", "", "a,b", 'a "b"', "a\nb", "ü"]),
    st.sampled_from(["1", "2", "3", "-1", "-2", "0", "", "x", "0.1", "1e3", "99999999999999", "-0.3"]),
    st.sampled_from(["4", "4", "4.5", "0", "-4", "", "£4", "99999999999999.9999", "0.3333"]),
    st.sampled_from(["", "", "0.05", "-1", "1.5.0", "nan"]),
).map(list)


def written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *rows])
    return text.getvalue()


def loaded(*files: bytes, **options):
    """Load files as order lines; None when there is no plausible day in them."""
    with tempfile.TemporaryDirectory() as place:
        for number, content in enumerate(files):
            (Path(place) / f"orders_{number}.csv").write_bytes(content)
        try:
            return load(Path(place), {"order_lines": {"path": "orders*.csv", **RULES}}, **options)
        except NotEnoughData:
            return None


GOOD = [["9", "zoe", "2024-01-01", "mug", "1", "4", ""]]


@given(st.lists(messy_row, max_size=25), st.lists(messy_row, max_size=10))
@few
def test_no_row_of_a_well_formed_file_is_lost(first, second):
    shop = loaded(written(GOOD + first).encode(), written(second).encode())
    assert shop.counts()["read"] == 1 + len(first) + len(second)
    for line in shop.lines:
        assert line["kind"] == "adjustment" or (line["quantity"] < 0) == (line["kind"] == "return")
        assert line["unit_price"] > 0
        assert line["customer_id"].strip() not in ("", "null", "NaN")
        exact = line["unit_price"] * Decimal(str(line["quantity"]))
        assert line["amount"] == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    _returns_take_back_no_more_than_was_sold(shop.lines)


def _returns_take_back_no_more_than_was_sold(lines):
    by_id = {line["line_id"]: line for line in lines}
    back: Counter[int] = Counter()
    for line in lines:
        if line["reverses"] is not None:
            sale = by_id[line["reverses"]]
            assert line["kind"] == "return"
            assert (sale["customer_id"], sale["product_id"], sale["unit_price"]) == (
                line["customer_id"], line["product_id"], line["unit_price"],
            )  # fmt: skip
            assert sale["ordered_at"] <= line["ordered_at"]
            back[line["reverses"]] += Decimal(str(-line["quantity"]))
    for sale, units in back.items():
        assert units <= Decimal(str(by_id[sale]["quantity"]))


broken_line = st.one_of(
    st.binary(max_size=30),
    st.text("12,\"'\n\r\\ a\x00", max_size=30).map(str.encode),
    messy_row.map(lambda row: ",".join(row).encode()),
    messy_row.map(lambda row: ",".join(row[:4]).encode("latin-1")),
    messy_row.map(lambda row: ",".join([*row, "more"]).encode()),
)


@given(st.lists(broken_line, max_size=12))
@few
def test_the_count_adds_up_for_any_bytes(lines):
    """Here nobody can say how many rows there are; but what was read is kept, rejected, later or removed."""
    assert loaded(written(GOOD).encode() + b"\n".join(lines)) is not None


@settings(few, max_examples=ROUNDS)
@given(st.lists(messy_row, min_size=2, max_size=25), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_number_of_threads_changes_what_is_kept(rows, random):
    shuffled = GOOD + rows
    random.shuffle(shuffled)
    one, two = loaded(written(GOOD + rows).encode(), threads=1), loaded(written(shuffled).encode(), threads=4)
    again = loaded(written(GOOD + rows).encode(), threads=4)
    assert one.rows == again.rows
    known = ("order_id", "customer_id", "ordered_at", "product_id", "quantity", "unit_price", "amount", "kind")

    def kept(shop):
        return Counter(tuple(line[name] for name in known) for line in shop.lines)

    assert kept(one) == kept(two)
    matched = ("return_matched", "return_unmatched")
    assert {k: n for k, n in one.counts().items() if k not in matched} == {
        k: n for k, n in two.counts().items() if k not in matched
    }


@settings(few, max_examples=ROUNDS)
@given(st.lists(messy_row, max_size=12), st.lists(messy_row, max_size=12))
def test_a_file_that_holds_another_adds_only_what_is_new(first, more):
    """Monthly exports that each begin at the beginning: the union is kept, with the most copies that one file has."""
    rows = GOOD + first
    both = loaded(written(rows).encode(), written(rows + more).encode())
    whole = loaded(written(rows + more).encode())
    known = ("order_id", "customer_id", "ordered_at", "product_id", "quantity", "unit_price", "discount", "kind")

    def kept(shop):
        return Counter(tuple(line[name] for name in known[:-2]) for line in shop.lines)

    assert kept(both) == kept(whole)


@settings(few, max_examples=ROUNDS)
@given(st.lists(messy_row, max_size=15))
def test_what_comes_later_changes_nothing_that_was_known(rows):
    """A row after the day of the run is later; with it or without it, the same lines are kept."""
    day = [[*row[:2], "2024-03-01", *row[3:]] for row in rows]
    before = loaded(written(GOOD + rows).encode())
    cut = before.loaded.as_of
    after = loaded(written(GOOD + rows + day).encode(), as_of=cut)
    assert after.lines == before.lines


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_refused_row_is_shown_as_it_came(tmp_path, place):
    bad = ["7", "ann", "soon", "mug", "x", "£4", "1.5.0"]
    rows = (
        [bad, *GOOD, *GOOD] if place == "first" else [*GOOD, bad, *GOOD] if place == "middle" else [*GOOD, *GOOD, bad]
    )
    (tmp_path / "orders.csv").write_text(written(rows), encoding="utf-8")
    [refused] = load(tmp_path, {"order_lines": {"path": "orders.csv"}}).rows["rejected"]
    assert refused["row"] == {"first": 1, "middle": 2, "last": 3}[place]
    assert refused["content"] == " | ".join(f"{name}={value}" for name, value in zip(HEADER, bad, strict=True))

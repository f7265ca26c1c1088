"""A person gets everything that is held of her, readable and exact; and nothing in it does more than stand there."""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from patron.contracts import TABLES
from patron.errors import ArgumentError
from patron.privacy.access import Access, Held, Logic, access_archive, access_html, write_access

ORDERS = Held(
    name="orders",
    meaning="One row: one order.",
    columns={"order_id": "The order.", "placed_at": "When.", "revenue": "How much.", "gift": "Whether."},
    rows=(
        {"order_id": "o2", "placed_at": datetime(2024, 3, 2, 9, 30), "revenue": Decimal("12.50"), "gift": True},  # noqa: DTZ001
        {"order_id": "o1", "placed_at": datetime(2024, 3, 1, 9, 30), "revenue": Decimal("-7.00"), "gift": None},  # noqa: DTZ001
    ),
)
PROFILE = Held(
    name="profiles", meaning="One row: one customer.", columns={"customer_id": "Who.", "country": "Where."},
    rows=({"customer_id": "ann", "country": "Italy"},),
)  # fmt: skip


def access(*tables, **changed):
    facts = {
        "shop": "Old Corner Shop", "customer_id": "ann", "made_on": date(2024, 3, 9), "tables": tables,
        "sources": ["orders.csv: what the shop's till wrote."], "purposes": ["To send what was ordered."],
        "logic": [Logic(title="Expected orders", text="Counted from how often and how recently you bought.")],
    }  # fmt: skip
    return Access(**{**facts, **changed})


class Reader(HTMLParser):
    """What a browser, or a screen reader, would find."""

    VOID = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self, page):
        super().__init__()
        self.tags = Counter()
        self.attributes = Counter()
        self.ids = []
        self.links = []
        self.open = []
        self.text = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes.update((tag, name) for name, _ in attrs)
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.text.append(data)


def read(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


HOSTILE = [
    "<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", '" onmouseover="alert(1)', "' autofocus x='",
    "{{ 7*7 }}{% for x in y %}", "]]><!--", "--><b>", "&lt;b&gt;", "javascript:alert(1)", "\u202eevil", "\x00\x1b[31m",
    "\ud800", "\uffff", "a\nb", "=cmd|' /C calc'!A0", "\t=1+1", "@x", "", " ", "O’Brien-Ñandú 🦉",
]  # fmt: skip


def with_text(text):
    rows = ({"customer_id": text, "country": text}, {"customer_id": "b", "country": None})
    table = Held(name="profiles", meaning=text, columns={"customer_id": text, "country": text}, rows=rows)
    single = Held(name="golden", meaning=text, columns={"x": text}, rows=({"x": text},))
    return access(
        table, single, shop=text, customer_id=text, sources=[text], purposes=[text], recipients=[text],
        retention=[text], logic=[Logic(title=text, text=text)],
    )  # fmt: skip


PLAIN = Reader(access_html(with_text("plain")))


@settings(max_examples=60)
@given(text=st.sampled_from(HOSTILE) | st.text(max_size=30) | st.text("<>&\"'{}%=/ax", max_size=20))
@example("</bdi></dd></dl></main><script>")
def test_whatever_a_row_holds_stays_text(text):
    whole = with_text(text)
    page = access_html(whole)
    found = Reader(page)
    if text:  # a column without a meaning gets no element for it
        assert found.tags == PLAIN.tags
        assert found.attributes == PLAIN.attributes
        assert found.ids == PLAIN.ids
        assert found.links == PLAIN.links
    assert found.open == []
    assert not any(c in page for c in "\x00\x1b\x85")
    page.encode("utf-8")  # nothing that a file could not hold
    shown = "".join(c if c.isprintable() or c == "\n" else "" for c in text).strip()
    if shown == text.strip() and text.isascii():
        assert any(shown in part for part in found.text) or not shown
    files = read(access_archive(whole))
    rows = json.loads(files["tables/profiles.json"])
    assert {"customer_id": text, "country": text} in rows
    assert json.loads(files["manifest.json"])["customer_id"] == text
    lines = list(csv.reader(io.StringIO(files["tables/profiles.csv"].decode(), newline="")))
    fields = {field for line in lines[1:] for field in line}
    assert not any(field.lstrip().startswith(("=", "+", "-", "@")) for field in fields)


def test_all_rows_are_there_and_exact(tmp_path):
    files = read(access_archive(access(ORDERS, PROFILE)))
    assert list(files) == sorted(files)
    assert json.loads(files["tables/orders.json"]) == [
        {"order_id": "o1", "placed_at": "2024-03-01T09:30:00", "revenue": "-7.00", "gift": None},
        {"order_id": "o2", "placed_at": "2024-03-02T09:30:00", "revenue": "12.50", "gift": True},
    ]
    assert files["tables/orders.csv"].decode() == (
        "order_id,placed_at,revenue,gift\r\n"
        "o1,2024-03-01T09:30:00,-7.00,\r\n"
        "o2,2024-03-02T09:30:00,12.50,true\r\n"
    )  # fmt: skip
    manifest = json.loads(files["manifest.json"])
    assert [(table["name"], table["rows"]) for table in manifest["tables"]] == [("orders", 2), ("profiles", 1)]
    assert manifest["sources"] == ["orders.csv: what the shop's till wrote."]
    assert manifest["logic"][0]["title"] == "Expected orders"
    others = {name: content for name, content in files.items() if name != "manifest.json"}
    assert manifest["sha256"] == {name: sha256(content).hexdigest() for name, content in others.items()}


def test_values_of_every_kind_are_written():
    row = {"a": float("nan"), "b": b"\x00\xff", "c": ["x", {"y": date(2024, 3, 1)}], "d": 1.5, "e": 2**70, "f": False}
    table = Held(name="kinds", meaning="", columns={}, rows=(row,))
    written = json.loads(read(access_archive(access(table)))["tables/kinds.json"])
    assert written == [{"a": None, "b": "00ff", "c": ["x", {"y": "2024-03-01"}], "d": 1.5, "e": 2**70, "f": False}]
    text = " ".join(Reader(access_html(access(table))).text)
    assert "no" in text.split()
    assert "–" in text


def test_the_same_rows_in_any_order_give_the_same_bytes():
    turned = Held(**{**vars(ORDERS), "rows": ORDERS.rows[::-1]})
    assert access_archive(access(ORDERS)) == access_archive(access(turned))
    assert access_html(access(ORDERS)) == access_html(access(turned))


def test_both_files_are_their_owners_alone(tmp_path):
    paths = write_access(access(ORDERS, PROFILE), tmp_path / "new", name="access-R-1")
    assert [path.name for path in paths] == ["access-R-1.html", "access-R-1.zip"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert sorted((tmp_path / "new").iterdir()) == sorted(paths)
    assert paths[0].read_text(encoding="utf-8") == access_html(access(ORDERS, PROFILE))
    assert paths[1].read_bytes() == access_archive(access(ORDERS, PROFILE))


def test_tables_without_rows_are_left_out_and_nothing_is_said_to_be_nothing():
    empty = Held(name="empty", meaning="", columns={"x": ""}, rows=())
    assert access_html(access(ORDERS, empty)) == access_html(access(ORDERS))
    assert "We hold nothing about you." in access_html(access(empty))
    assert list(read(access_archive(access()))) == ["manifest.json"]


@pytest.mark.parametrize("names", [("orders", "orders"), ("../../x",), ("Orders",), ("a/b",), ("",)])
def test_a_table_whose_name_is_no_file_name_is_refused(names):
    tables = [Held(**{**vars(ORDERS), "name": name}) for name in names]
    for make in (access_html, access_archive):
        with pytest.raises(ArgumentError, match="a name twice"):
            make(access(*tables))


def test_a_contract_says_what_the_rows_mean():
    held = Held.of(TABLES["raw_customers"], [{"customer_id": "ann"}])
    page = access_html(access(held))
    assert all(column.name in page for column in TABLES["raw_customers"].columns)
    assert TABLES["raw_customers"].grain in page


def test_what_is_empty_in_a_single_row_is_named_and_not_drawn():
    row = {"customer_id": "ann", "phone": None, "name": ""}
    columns = {"customer_id": "Who.", "phone": "Number.", "name": "Name."}
    page = access_html(access(Held(name="customers", meaning="", columns=columns, rows=(row,))))
    assert "Nothing is held in: phone." in page
    assert "Number." not in page


def test_many_rows_scroll_by_themselves_and_are_all_there():
    rows = tuple({"order_id": f"o{n}"} for n in range(300))
    page = access_html(access(Held(name="orders", meaning="", columns={"order_id": "The order."}, rows=rows)))
    found = Reader(page)
    assert 'class="scroll tall"' in page
    assert 'class="scroll tall"' not in access_html(access(ORDERS))
    assert found.tags["tr"] == 301
    assert "300 rows" in page


def test_a_screen_reader_finds_its_way():
    page = access_html(access(ORDERS, PROFILE))
    found = Reader(page)
    assert page.startswith("<!doctype html>")
    assert len(found.ids) == len(set(found.ids))
    assert {link[1:] for link in found.links} <= set(found.ids)
    assert all(link.startswith("#") for link in found.links)  # nothing is loaded
    assert (found.tags["h1"], found.tags["main"], found.tags["nav"]) == (1, 1, 1)
    assert found.tags["caption"] == found.tags["table"] == 1
    assert found.attributes[("th", "scope")] == found.tags["th"]
    assert found.attributes[("html", "lang")] == 1
    assert found.tags["script"] == 0
    assert "default-src 'none'" in page

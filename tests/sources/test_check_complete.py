"""A file of which lines are missing is refused; what is legal stays legal."""

from __future__ import annotations

import gzip

import pytest
from shop_files import load

from patron.errors import SourceError
from patron.sources.check_complete import MOST_BREAKS
from patron.sources.staging import scan

HEADER = "order_id,customer_id,ordered_at,unit_price,remark,product_name\n"
ROW = "{n},ann,2024-01-02,4,,mug\n"
MAPPED = {name: name for name in HEADER.strip().split(",") if name != "remark"}


MOSTLY = (HEADER + "3,ann,2024-01-02,4,,cup\n4,ann,2024-01-02,4,,Größe\n").encode()
"""UTF-8 with a letter beyond ASCII: what is no UTF-8 beside it is a fault."""


def rows(count: int, first: int = 10) -> str:
    return "".join(ROW.format(n=n) for n in range(first, first + count))


def read(folder, text, name="orders.csv", **more):
    content = text if isinstance(text, bytes) else text.encode()
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return load(folder, {"order_lines": {"path": name, "columns": MAPPED, **more}})


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
@pytest.mark.parametrize(
    "opening",
    ['2,ann,2024-01-02,4,,"5 inch pipe\n', '2,ann,2024-01-02,4,"5 inch,pipe\n', '2,"ann,2024-01-02,4,,pipe\n'],
    ids=["mapped", "not mapped", "the customer"],
)
@pytest.mark.parametrize("swallowed", [MOST_BREAKS + 1, 5_000, 150_000])
def test_a_quote_that_stays_open_is_refused(tmp_path, name, opening, swallowed):
    if swallowed > 5_000 and name.endswith(".gz"):
        pytest.skip("once is enough")
    with pytest.raises(SourceError) as caught:
        read(tmp_path, HEADER + ROW.format(n=1) + opening + rows(swallowed), name)
    assert (caught.value.data["file"], caught.value.data["row"]) == (name, "2")
    assert abs(int(str(caught.value.data["lines"]).replace(",", "")) - swallowed) <= 1
    assert caught.value.remedy


def test_a_quote_that_a_later_one_closes_is_refused_too(tmp_path):
    text = HEADER + '1,ann,2024-01-02,4,,"pipe\n' + rows(500) + '2,ann,2024-01-02,4,,pipe"\n'
    with pytest.raises(SourceError, match="opened at row 1 is not closed: 501 lines"):
        read(tmp_path, text)


@pytest.mark.parametrize("swallowed", [MOST_BREAKS + 1, 5_000])
@pytest.mark.parametrize(("word", "encoding"), [("café", "utf-8"), ("cafés", "utf-8"), ("café", None)])
def test_a_quote_that_swallows_lines_of_another_encoding_is_refused(tmp_path, swallowed, word, encoding):
    """The engine writes a wrong byte and the line break after it as question marks: there is nothing to count."""
    text = HEADER + '1,ann,2024-01-02,4,,"pipe\n' + f"2,ann,2024-01-02,4,,{word}\n" * swallowed
    with pytest.raises(SourceError, match="opened at row 1 is not closed") as caught:
        read(tmp_path, text.encode("latin-1"), format={"encoding": encoding} if encoding else {})
    assert abs(int(str(caught.value.data["lines"]).replace(",", "")) - swallowed) <= 1


def test_texts_of_several_lines_in_another_encoding_are_rejected_and_no_more(tmp_path):
    lines = "".join(f'{n},ann,2024-01-02,4,"é\né\n\n",mug\n{n},bob,2024-01-02,4,,"é\né\n"\n' for n in range(200))
    content = (HEADER + lines).encode("latin-1")
    counts = read(tmp_path, content, format={"encoding": "utf-8"}).counts()
    assert counts == {"read": 400, "kept": 200, "undecoded": 200}
    assert read(tmp_path, content).counts() == {"read": 400, "kept": 400, "trimmed": 200}, "found to be Western"


@pytest.mark.parametrize("column", ["product_name", "remark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_texts_of_several_lines_are_legal(tmp_path, column, end):
    text = '"one\ntwo\n\nthree"'
    cells = f",{text}" if column == "product_name" else f"{text},mug"
    lines = "".join(f"{n},ann,2024-01-02,4,{cells}\n" for n in range(300))
    assert read(tmp_path, (HEADER + lines).replace("\n", end)).counts() == {"read": 300, "kept": 300}


def test_the_longest_text_that_is_taken_for_one(tmp_path):
    text = '1,ann,2024-01-02,4,,"a' + "\nb" * MOST_BREAKS + '"\n'
    assert read(tmp_path, HEADER + text).counts() == {"read": 1, "kept": 1}
    with pytest.raises(SourceError):
        read(tmp_path, HEADER + text.replace('"a', '"a\n'))


@pytest.mark.parametrize(
    ("content", "counts"),
    [
        (HEADER + "\n\n" + rows(2) + "\n\r\n" + rows(1, 50) + "\n\n", {"read": 3, "kept": 3}),
        (HEADER + rows(2).rstrip("\n"), {"read": 2, "kept": 2}),
        ((HEADER + rows(2)).replace("\n", "\r"), None),
        ("\ufeff" + HEADER + rows(2), {"read": 2, "kept": 2}),
        (MOSTLY + "2,ann,2024-01-02,4,,café\n".encode("latin-1"), {"read": 3, "kept": 2, "undecoded": 1}),
        (MOSTLY + "2,ann,2024-01-02,4,café,mug\n".encode("latin-1"), {"read": 3, "kept": 3}),
        (HEADER + rows(1) + "2,ann,2024-01-02,4,mug\n", {"read": 2, "kept": 1, "broken_row": 1}),
    ],
    ids=["blank lines", "no last line break", "line breaks of old", "mark", "undecoded", "undecoded remark", "short"],
)
def test_what_a_file_may_hold_besides_rows(tmp_path, content, counts):
    if counts is None:
        with pytest.raises(SourceError):
            read(tmp_path, content)
        return
    assert read(tmp_path, content).counts() == counts


def test_lines_that_nothing_explains_are_a_failure(tmp_path, monkeypatch):
    """The engine has no known way to lose a line; if it finds one, the count tells."""
    monkeypatch.setattr(scan, "_lines", lambda block: 7)
    with pytest.raises(SourceError, match="7 lines, and 4 of them are in no row"):
        read(tmp_path, HEADER + rows(2))


def test_a_few_swallowed_lines_are_told(tmp_path):
    """So few may be a text; but a row that does not fit the header and holds lines deserves a word."""
    shop = read(tmp_path, HEADER + rows(3) + '2,ann,2024-01-02,"4,,pipe\n' + rows(40, 50))
    assert shop.counts() == {"read": 4, "kept": 3, "broken_row": 1, "lines_in_broken_rows": 40}
    [told] = [row for row in shop.rows["quality"] if row["check"] == "lines_in_broken_rows"]
    assert (told["outcome"], told["rows"]) == ("flagged", 40)
    assert "quote" in told["advice"]

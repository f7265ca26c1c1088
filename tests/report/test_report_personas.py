"""The report's persona cards: a count behind each line, silence that is said, quotes as masked, few people withheld."""

from __future__ import annotations

from typing import Any

import ibis
from fake_run import AS_OF, BEHAVIOUR, empty_run, fake_run, table

from patron.report.blocks import Note, PersonaCard
from patron.report.facts import Facts
from patron.report.page import page_html
from patron.report.report import build_page
from patron.report.sections.personas import personas
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def cards(of: Source) -> dict[str, PersonaCard]:
    return {one.name: one for one in personas(of).blocks if isinstance(one, PersonaCard)}


def test_the_ideal_customer_stands_first_then_the_behaviour_segments() -> None:
    assert list(cards(source())) == ["persona-ideal-ideal", "persona-behaviour-b1", "persona-behaviour-b2"]


def test_each_line_has_its_count_and_money() -> None:
    card = cards(source())["persona-behaviour-b1"]
    person = {part.title: part.lines for part in card.person}
    assert card.title == BEHAVIOUR["b1"]
    assert [line.text for line in person["Who they are"]] == ["Leisure: garden", "Live in GB (more than half of them)"]
    assert person["Who they are"][0].note == "40 of 100, 2.0 × as often as others"
    assert [line.note for line in person["What hurts them, what costs most first"]] == [
        "40 of 100; goods of €812.50 came back",
        "40 of 100; €90.00 less predicted than of members alike without it",
    ]
    assert [line.tone for line in person["When they act"]] == ["silent"]
    departments = {part.title: part.lines for part in card.departments}
    assert [line.tone for line in departments["Sales and service"]] == ["do", "dont"]
    assert departments["E-commerce"][0].text == "Send on Monday, or the day before"
    assert any("customers" in fact for fact in card.facts)


def test_quotes_are_read_from_the_masked_texts_so_that_erasure_takes_them() -> None:
    rows = [row for row in fake_run()["personas"].to_pyarrow().to_pylist() if row["part"] != "quote"]
    quoted = {
        "segmentation": "behaviour", "segment": "b1", "part": "quote", "rank": 1, "statement": "sad",
        "attribute": "theme", "item": "late parcel", "text_id": "t1", "people": 12, "of": 40, "share": 0.3,
    }  # fmt: skip
    told = table("personas", [*rows, quoted])
    texts = ibis.memtable({"text_id": ["t1"], "quote": ["[name], where is my parcel?"]})
    (quote,) = cards(source(personas=told, theme_texts=texts))["persona-behaviour-b1"].quotes
    assert (quote.text, quote.note) == ("[name], where is my parcel?", "Late parcel: 12 of 40")
    gone = texts.filter(texts.text_id != "t1")
    assert cards(source(personas=told, theme_texts=gone))["persona-behaviour-b1"].quotes == ()
    assert cards(source(personas=told))["persona-behaviour-b1"].quotes == ()


def test_lines_about_few_people_are_withheld() -> None:
    rows = [
        row | {"people": 3} if row["item"] == "garden" else row
        for row in fake_run()["personas"].to_pyarrow().to_pylist()
    ]
    told = source(personas=table("personas", rows))
    text = str(cards(told)["persona-behaviour-b1"])
    assert "garden" not in text
    assert any(isinstance(one, Note) and "withheld" in one.text for one in personas(told).blocks)


def test_without_personas_it_says_so() -> None:
    told = Source(tables=empty_run(), facts=Facts(**FACTS))
    (note,) = personas(told).blocks
    assert isinstance(note, Note)
    assert note.text.startswith("There are too few customers")


def test_the_page_holds_the_cards_and_no_script_of_others() -> None:
    page = page_html(build_page(fake_run(), Facts(**FACTS)))
    assert page.count('<article class="card persona"') == 3
    assert "<script>alert" not in page

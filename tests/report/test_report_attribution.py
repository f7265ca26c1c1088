"""The report's section about what brought the orders: models, what tests say of them, and where nothing is known."""

from __future__ import annotations

from typing import Any

import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.attribution import attribution
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def blocks(**changes: Any) -> Any:
    return attribution(Source(tables={**fake_run(), **changes}, facts=Facts(**FACTS))).blocks


def lifts(**changes: Any) -> Any:
    rows = fake_run()["channel_lifts"].to_pyarrow().to_pylist()
    return table("channel_lifts", [row | changes for row in rows[:1]])


def test_the_channel_that_the_last_click_is_furthest_off_is_named_with_what_the_test_leaves_open() -> None:
    chart, channels, tests, unknown, models = blocks()
    assert isinstance(chart, Chart)
    assert chart.finding == (
        "The last touch gives brand search 510 orders; by the best that is known it is 110 (42 to 210)."
    )
    named = [row[0] for row in channels.rows]
    assert [cell.text for cell in named] == [
        "paid social",
        "direct",
        "brand search",
        "came by themselves",
        "no touch known",
    ]
    assert named[2].note == "tested: 0.26 × the model's credit (0.10 × to 0.50 ×)"
    assert named[0].note == "by the model alone"
    assert [cell.text for cell in tests.rows[0]] == ["brand search", "20", "84", "0.26 ×"]
    assert "3 orders have no known touch" in tests.rows[0][2].note
    assert isinstance(unknown, Note)
    assert unknown.text.startswith("display: the settings name Nothing")
    assert isinstance(models, Table)
    assert [head.text for head in models.heads] == ["Channel", "last touch", "Markov chain"]


@pytest.mark.parametrize(
    ("status", "words"), [("not_read", "cannot be read yet"), ("nothing_attributed", "too little")]
)
def test_a_test_that_says_nothing_is_told_with_its_reason(status: str, words: str) -> None:
    said = [block.text for block in blocks(channel_lifts=lifts(status=status)) if isinstance(block, Note)]
    assert len(said) == 1
    assert words in said[0]


def test_without_tests_it_says_that_nothing_is_known_of_causes() -> None:
    (said,) = [block.text for block in blocks(channel_lifts=table("channel_lifts", [])) if isinstance(block, Note)]
    assert "nothing here says what the channels caused" in said


def test_an_order_without_any_touch_before_it_is_no_finding_of_a_channel() -> None:
    rows = [row for row in fake_run()["attribution"].to_pyarrow().to_pylist() if row["channel"] == "none"]
    assert blocks(attribution=table("attribution", rows))[0].finding == "Before none of the orders is a touch known."


def test_where_nothing_is_known_one_sentence_says_what_to_add() -> None:
    (note,) = attribution(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert "utm_source" in note.text


def test_a_channel_of_few_customers_is_withheld() -> None:
    rows = fake_run()["attribution"].to_pyarrow().to_pylist()
    few = [row | ({"customers": 2} if row["channel"] == "brand_search" else {}) for row in rows]
    found = blocks(attribution=table("attribution", few))
    channels = next(block for block in found if isinstance(block, Table))
    assert "brand search" not in [row[0].text for row in channels.rows]
    assert any(isinstance(block, Note) and "withheld" in block.text.lower() for block in found)

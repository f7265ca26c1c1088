"""The report's section about learning: how far each trigger is, what its options do, what is withheld."""

from __future__ import annotations

from typing import Any

import pytest
from fake_run import AS_OF, empty_run, table

from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.learning import learning
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip
CART: dict[str, Any] = {
    "trigger": "cart", "iteration": 2, "state": "learned", "began_on": AS_OF, "messages": 4, "sends": 4_000,
    "responses": 300, "best": '{"headline": "long", "offer": "ten"}', "chance_best": 0.93, "first_rate": 0.05,
    "best_rate": 0.16, "reachable_rate": 0.165, "share_had": 0.957, "next_sends": 2_000, "next_gain": 0.0004,
    "next_share_had": 0.96, "stop": True, "reason": "enough",
}  # fmt: skip
OPTION: dict[str, Any] = {
    "trigger": "cart", "part": "headline", "sends": 2_000, "responses": 150, "chance_best": 0.97, "effect": 0.3,
    "effect_variance": 0.01, "expected": 0.0, "past_triggers": 0, "read_rate": None, "read_low": None,
    "read_high": None,
}  # fmt: skip
READ = {"read_rate": 0.125, "read_low": 0.1, "read_high": 0.15}
OPTIONS = [
    OPTION | {"option": "long", "rate": 0.12, "low": 0.10, "high": 0.14} | READ,
    OPTION | {"option": "short", "rate": 0.06, "low": 0.05, "high": 0.07, "chance_best": 0.03},
]  # fmt: skip


def blocks(rows: list[dict[str, Any]], options: list[dict[str, Any]]) -> Any:
    tables = {
        **empty_run(),
        "learning": table("learning", rows),
        "learning_options": table("learning_options", options),
    }
    return learning(Source(tables=tables, facts=Facts(**FACTS))).blocks


def test_each_trigger_says_whether_to_go_on_and_what_to_send() -> None:
    before = CART | {"iteration": 1, "share_had": 0.5, "reason": "go_on", "stop": False}
    told, chart, options = blocks([before, CART], OPTIONS)
    assert isinstance(told, Table)
    assert isinstance(chart, Chart)
    (row,) = told.rows
    assert [cell.text for cell in row] == [
        "cart", "Done: send the best, try new ideas", "4,000", "headline long, offer ten", "16.0%", "96%",
        "0.4 more of 1,000",
    ]  # fmt: skip
    assert row[4].note == "first message 5.0%"
    assert "headline long with 97%" in chart.finding
    assert [row[0].text for row in options.rows] == ["headline: long", "headline: short"]
    assert (options.rows[0][3].text, options.rows[0][3].note) == ("12.5%", "10.0% to 15.0%")
    assert options.rows[1][3].text == "–"


def test_an_option_without_another_is_compared_with_nothing() -> None:
    alone = OPTIONS[0] | {"part": "image", "option": "cup", "chance_best": 1.0}
    _, chart, options = blocks([CART], [*OPTIONS, alone])
    assert "image" not in chart.finding
    assert not any("image" in str(trace.y) for trace in chart.figure.data)
    assert any(row[0].text == "image: cup" for row in options.rows)


def test_a_trigger_that_sent_nothing_begins() -> None:
    unsent = CART | {"trigger": "browse", "iteration": 1, "state": "nothing_sent", "sends": 0, "responses": 0}
    told, *_ = blocks([CART, unsent | {"reason": "begin", "stop": False, "next_gain": 0.0}], OPTIONS)
    texts = {row[0].text: [cell.text for cell in row] for row in told.rows}
    assert texts["browse"][1] == "Begin: nothing is known yet"
    assert texts["browse"][3:] == ["–"] * 4


def test_without_variants_it_says_so() -> None:
    (note,) = blocks([], [])
    assert isinstance(note, Note)
    assert "No message has variants yet" in note.text


@pytest.mark.parametrize("sends", [3])
def test_what_is_about_too_few_is_withheld(sends: int) -> None:
    found = blocks(
        [CART | {"sends": sends, "responses": 1}], [row | {"sends": sends, "responses": 1} for row in OPTIONS]
    )
    assert all(isinstance(block, Note) for block in found)
    assert "16.0%" not in str(found)

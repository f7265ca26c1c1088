"""The report's section about micro-segments: the most at stake first, what to do, and what is left out or withheld."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Command, Note, Table
from patron.report.facts import Facts
from patron.report.sections.micro import micro
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def blocks(**tables: Any) -> Any:
    return micro(Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))).blocks


def test_the_most_at_stake_comes_first_with_what_to_do() -> None:
    assumed, stakes, command, better, left_out, merged = blocks()
    assert isinstance(assumed, Note)
    assert isinstance(stakes, Table)
    assert [row[0].text for row in stakes.rows] == ["at_risk, DE", "loyal, *"]
    assert stakes.caption.endswith("is counted over 30 days")
    assert [(cell.text, cell.note) for cell in (stakes.rows[0][1], stakes.rows[0][4])] == [
        ("220", "80% stay"),
        ("25.0%", "20.0% to 30.0%"),
    ]
    assert stakes.rows[0][2].text == "€6,600"
    assert stakes.rows[0][2].note == "at least €5,500"
    assert stakes.rows[0][-1].text.startswith("Send to 176, hold out 44.")
    assert isinstance(command, Command)
    assert '"micro.at_risk/DE"' in command.command
    assert "--holdout 20%" in command.command
    assert [row[0].text for row in better.rows] == ["champions, DE"]
    assert "'stage' is left out" in left_out.text
    assert "3 cells of rfm, country. Large enough to be tested: 2. Too small: 1;" in merged.text


def test_what_is_not_known_is_not_told() -> None:
    rows = fake_run()["micro_segments"].to_pyarrow().to_pylist()
    unknown = [row | {"order_rate": None, "stability": None, "better": None, "watched_days": None} for row in rows]
    _, stakes, *rest = blocks(micro_segments=table("micro_segments", unknown))
    assert {row[4].text for row in stakes.rows} == {"–"}
    assert stakes.caption == "The groups with most at stake within 365 days"
    assert not any(isinstance(block, Table) for block in rest)


def test_a_run_without_micro_segments_says_so() -> None:
    assert [type(block) for block in micro(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks] == [Note]


def test_what_is_about_too_few_is_withheld() -> None:
    rows = fake_run()["micro_segments"].to_pyarrow().to_pylist()
    small = [row | {"customers": 3} for row in rows]
    found = blocks(micro_segments=table("micro_segments", small))
    assert not any(isinstance(block, Table) for block in found)
    assert "€" not in "".join(block.text for block in found)

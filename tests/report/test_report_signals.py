"""The report's section about signals: what fires, what is silent, what is missing, and what is withheld."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Note, Table
from patron.report.facts import Facts
from patron.report.sections.signals import signals
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def test_the_signals_that_fire_stand_by_their_money_and_few_customers_are_withheld() -> None:
    firing, silent, missing, withheld = signals(source()).blocks
    assert isinstance(firing, Table)
    assert [[cell.text for cell in row] for row in firing.rows] == [
        ["Win back", "Staying", "40", "0", "€9,120", "60%"],
        ["Cart left behind", "Begun and left", "120", "30", "€4,810", "100%"],
    ]
    assert isinstance(silent, Note)
    assert "Looked and left" in silent.text
    assert "Birthday" not in silent.text
    assert isinstance(missing, Table)
    assert [[cell.text for cell in row] for row in missing.rows] == [
        ["There again", "restocked_on in the source products"]
    ]
    assert isinstance(withheld, Note)


def test_who_is_new_is_not_told_where_that_tells_the_few_others() -> None:
    rows = fake_run()["signal_states"].to_pyarrow().to_pylist()
    few = [row | ({"today": 118} if row["signal"] == "cart_abandoned" else {}) for row in rows]
    firing = signals(source(signal_states=table("signal_states", few))).blocks[0]
    assert isinstance(firing, Table)
    assert firing.rows[1][3].text == "–"


def test_a_run_without_signals_says_so() -> None:
    (note,) = signals(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert isinstance(note, Note)
    assert note.text == "No signal fires today."


def test_a_signal_of_ones_own_is_told_as_such() -> None:
    rows = fake_run()["signal_states"].to_pyarrow().to_pylist()
    own = next(row for row in rows if row["signal"] == "win_back") | {"signal": "spring_fans", "own": True}
    firing = signals(source(signal_states=table("signal_states", [own]))).blocks[0]
    assert isinstance(firing, Table)
    assert (firing.rows[0][0].text, firing.rows[0][0].note) == ("Spring fans", "A signal of your own.")

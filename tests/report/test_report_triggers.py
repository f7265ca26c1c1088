"""The section on triggers: how each stands, what those that are over left, small cells, and nothing at all."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, fake_run, table

from patron.report.blocks import Command, Note, Table
from patron.report.facts import Facts
from patron.report.sections.triggers import triggers
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip
RUN = fake_run(customers=20)


def source(**tables: Any) -> Source:
    return Source(tables={**RUN, **tables}, facts=Facts(**FACTS))


def tables_of(told: Source) -> list[Table]:
    return [block for block in triggers(told).blocks if isinstance(block, Table)]


def test_those_that_fire_come_first_and_what_is_over_leaves_its_line() -> None:
    standing, over = tables_of(source())
    assert [row[0].text for row in standing.rows] == ["cart", "second_order", "gift"]
    cart = standing.rows[0]
    assert (cart[3].text, cart[3].note) == ("€1.80", "€0.50 to €3.10, measured")
    assert (cart[4].text, cart[4].tone) == ("99%", "tag")
    assert standing.rows[1][3].text == "–"  # nothing is known, and that is no nought
    assert [(row[0].text, row[3].text) for row in over.rows] == [("gift", "It does not pay.")]


def test_a_row_about_few_people_is_withheld() -> None:
    rows = RUN["triggers"].to_pyarrow().to_pylist()
    few = [row | {"control": 3} if row["trigger"] == "cart" else row for row in rows]
    told = source(triggers=table("triggers", few))
    assert "cart" not in [row[0].text for row in tables_of(told)[0].rows]
    assert any(isinstance(block, Note) for block in triggers(told).blocks)


def test_a_shop_without_triggers_is_told_how_to_begin() -> None:
    blocks = triggers(source(triggers=table("triggers", []), trigger_iterations=table("trigger_iterations", []))).blocks
    assert isinstance(blocks[0], Note)
    assert isinstance(blocks[1], Command)
    assert blocks[1].command == "patron trigger new second_order --play nurture"

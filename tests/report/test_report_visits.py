"""The report's section about visits and messages: by segment, message by message, and what is withheld or not there."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Note, Table
from patron.report.facts import Facts
from patron.report.sections.visits import visits
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def test_visits_and_responses_by_segment_with_the_total_last() -> None:
    seen, by_segment, by_message, reading, withheld = visits(Source(tables=fake_run(), facts=Facts(**FACTS))).blocks
    assert isinstance(seen, Table)
    assert isinstance(by_segment, Table)
    assert [block.rows[-1][0].text for block in (seen, by_segment)] == ["All", "All"]
    assert seen.rows[-1][1].text == "450"
    assert int(seen.rows[-1][2].text) == sum(int(row[2].text) for row in seen.rows[:-1])
    assert [cell.text for cell in by_segment.rows[0][2:]] == ["40.0%", "10.0%", "0.2%", "6.0%", "5.0%"]
    assert (
        len(by_message.rows) == 4
    )  # with two variants; without the one that too few got, and another, so that none can be told
    assert by_message.folded
    assert "7 days" in reading.text
    assert isinstance(withheld, Note)


def test_what_no_source_tells_is_said_and_no_figure_shown() -> None:
    found = visits(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert [type(block) for block in found] == [Note]
    alone = {**empty_run(), **{name: fake_run()[name] for name in ("sessions", "memberships", "segments")}}
    shown = visits(Source(tables=alone, facts=Facts(**FACTS))).blocks
    assert len([block for block in shown if isinstance(block, Table)]) == 1


def test_segments_of_too_few_visitors_are_withheld() -> None:
    run = fake_run()
    few = run["sessions"].to_pyarrow().to_pylist()
    someone = next(row for row in run["memberships"].to_pyarrow().to_pylist() if row["segment"] == "champions")
    rows = [few[0] | {"customer_id": someone["customer_id"]}]
    source = Source(tables={**run, "sessions": table("sessions", rows)}, facts=Facts(**FACTS))
    assert source.rows("visit_rates") == []
    assert all(row["conversion"] is None for row in source.withheld("visit_rates"))

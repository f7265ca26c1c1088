"""The report's section about what customers think: the score, what each group is worth, and what is withheld."""

from __future__ import annotations

from typing import Any

import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.contracts.experience import EXPERIENCE
from patron.report.blocks import Note, Table
from patron.report.facts import Facts
from patron.report.sections.opinions import opinions
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def said(**groups: int) -> Any:
    names = [name for name, many in groups.items() for _ in range(many)]
    return table("experience", [{"customer_id": f"x{place}", "nps_group": name} for place, name in enumerate(names)])


def test_promoters_passives_and_detractors_with_what_they_are_worth() -> None:
    run = fake_run()
    score, shown, advice = opinions(source()).blocks
    rows = run["experience"].filter(run["experience"].nps_group.notnull()).to_pyarrow().to_pylist()
    assert isinstance(score, Note)
    assert f"{len(rows)} customers" in score.text
    assert isinstance(shown, Table)
    assert [row[0].text.split(": ")[1] for row in shown.rows] == ["promoters", "passives", "detractors"]
    counts = [sum(row["nps_group"] == name for row in rows) for name in ("promoter", "passive", "detractor")]
    assert [row[1].text for row in shown.rows] == [str(count) for count in counts]
    assert [row[4].text for row in shown.rows] == ["4.0"] * 3
    assert [row[7].text for row in shown.rows] == ["–"] * 3, "nobody tells of referrals"
    assert isinstance(advice, Note)
    assert shown.rows[2][2].text in advice.text


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        ({"promoter": 60, "passive": 20, "detractor": 20}, "score 40 (95% interval 24 to 56), by the last"),
        ({"promoter": 20}, "score 100 (95% interval 100 to 100), by the last"),
    ],
)
def test_the_score_with_its_interval(groups: dict[str, int], text: str) -> None:
    """.6 - .2 = .4 with variance (.8 - .16) / 100: the interval is 40 +- 1.96 x 8."""
    assert text in opinions(source(experience=said(**groups))).blocks[0].text  # type: ignore[union-attr]


def test_of_a_few_people_nothing_is_shown() -> None:
    section = opinions(source(experience=said(promoter=60, detractor=2)))
    (shown, *_rest) = (block for block in section.blocks if isinstance(block, Table))
    assert [row[0].text for row in shown.rows] == ["9 or 10: promoters"]
    assert not any("score" in block.text for block in section.blocks if isinstance(block, Note))


def test_where_nobody_was_asked_it_says_what_is_missing() -> None:
    (note,) = opinions(source(experience=EXPERIENCE.empty())).blocks
    assert isinstance(note, Note)
    assert "surveys" in note.text
    assert opinions(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks

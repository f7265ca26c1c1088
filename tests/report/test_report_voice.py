"""The report's section about surveys: scores with ranges, who is too few, and what it says where nobody was asked."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, fake_run, table

from patron import charts
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.opinions import opinions
from patron.report.sections.voice import voice
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def row(segment: str = "all", answered: int = 80, score: float | None = -20.0, **facts: Any) -> dict[str, Any]:
    told = (
        {"score": score, "score_low": score - 15, "score_high": score + 15, "unweighted": score + 10} if score else {}
    )
    return {
        "segmentation": "all" if segment == "all" else "rfm", "segment": segment, "question": "nps", "choice": "",
        "kind": "nps", "customers": 400, "asked": 200, "answered": answered, "response_rate": answered / 200,
        "promoters": 0.3, "detractors": 0.5, "design_effect": 1.2, "effective": 70.0, "capped": 0.0,
        "weighted_by": "recency", "weighted_to": "asked", **told, **facts,
    }  # fmt: skip


PRICE = row(question="why_us", choice="price", kind="choice", score=0.4, score_low=0.3, score_high=0.5, unweighted=0.5)
VOICE = table("voice", [row(), row("champions", 40, 30.0), row("lost", 25, -40.0), row("loyal", 0, None), PRICE])
PLAN = table("survey_plan", [{
    "segmentation": "all", "segment": "all", "questionnaire": "quiet", "questions": "nps", "customers": 400,
    "without_consent": 50, "asked_lately": 20, "reachable": 330, "expected_response": 0.3, "wanted": 100,
    "invitations": 330, "expected_answers": 99, "precision": 9.0,
}])  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def test_scores_are_drawn_with_their_intervals_everybody_first() -> None:
    figure = charts.voice(VOICE, titles={"champions": "Champions", "lost": "Lost", "loyal": "Loyal"})
    plain, *marks = figure.data
    assert [mark.x[0] for mark in marks] == [-20.0, 30.0, -40.0]  # nobody of the loyal answered
    assert [mark.error_x.array[0] for mark in marks] == [15.0] * 3
    assert list(plain.x) == [-10.0, 40.0, -30.0]
    assert len({mark.marker.color for mark in marks}) == 2  # sure to be above zero, and below
    assert not charts.voice(table("voice", [])).data


def test_the_section_says_response_scores_choices_and_the_plan() -> None:
    chart, scores, chosen, cannot, plan = voice(source(voice=VOICE, survey_plan=PLAN)).blocks
    assert isinstance(chart, Chart)
    assert "-20" in chart.finding
    assert "-35 to -5" in chart.finding
    assert "-10" in chart.finding
    assert isinstance(scores, Table)
    assert [one[0].text for one in scores.rows][:2] == ["Everybody", "Champions"]
    assert isinstance(chosen, Table)
    assert [cell.text for cell in chosen.rows[0]][1:4] == ["the prices", "40%", "50%"]
    assert isinstance(cannot, Note)
    assert "cannot mend" in cannot.text
    assert isinstance(plan, Table)
    assert "330" in plan.rows[0][2].text


def test_scores_of_a_few_people_are_withheld() -> None:
    few = voice(source(voice=table("voice", [row(), row("champions", 2, 30.0)]))).blocks
    scores = next(block for block in few if isinstance(block, Table))
    assert [one[0].text for one in scores.rows] == ["Everybody"]
    assert "withheld" in str(few[-1])


def test_where_nobody_was_asked_it_says_so_and_where_somebody_was_the_plain_score_is_not_told_twice() -> None:
    (note,) = voice(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert isinstance(note, Note)
    assert "patron survey invite" in note.text
    alone, beside = (opinions(source(voice=heard)).blocks for heard in (table("voice", []), VOICE))
    assert len(alone) == len(beside) + 1

"""What is counted of answers and invitations, and the table `voice`: by hand, on bad input, nothing of later days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.voice import answers, bands, standing_when_asked, stratified_sample, surveyed, voice
from patron.voice.bands import CELLS, codes

AS_OF = date(2024, 6, 30)
NOON = datetime(2024, 6, 1, 12)  # noqa: DTZ001 - a shop's own clock
PEOPLE = [f"c{number:02d}" for number in range(40)]

Row = dict[str, Any]


def table(name: str, *rows: Row) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=TABLES[name].schema.to_pyarrow()))


def profiles(count: int = len(PEOPLE)) -> ir.Table:
    """The higher the number, the more was bought, more often and more lately."""
    return table("profiles", *(
        {"customer_id": who, "days_since_last": 400 - 10 * place, "orders": 1 + place, "net_revenue": 10 * place}
        for place, who in enumerate(PEOPLE[:count])
    ))  # fmt: skip


def half(who: str) -> str:
    return "late" if PEOPLE.index(who) >= 20 else "early"


MEMBERS = table("memberships", *(
    {"customer_id": who, "segmentation": "half", "segment": half(who)} for who in PEOPLE
))  # fmt: skip


def answer(who: str, score: float | None, question: str = "nps", moment: datetime = NOON, **facts: Any) -> Row:
    kind = "choice" if "choice" in facts else question
    return {"survey_id": f"{who}-{moment:%d%H}", "customer_id": who, "question": question, "kind": kind,
            "score": score, "scale": 10.0, "answered_at": moment, "survey": "spring", **facts}  # fmt: skip


def invitation(who: str, moment: datetime = NOON - timedelta(days=3), survey: str = "spring") -> Row:
    return {"invitation_id": f"i-{who}", "customer_id": who, "asked_at": moment, "survey": survey}


def heard(said: list[Row], sent: list[Row], **facts: Any) -> dict[tuple[str, str, str], Row]:
    """The rows of `voice` by segment, question and choice."""
    found = surveyed(
        table("raw_surveys", *said), table("raw_invitations", *sent), bands(profiles()), MEMBERS, as_of=AS_OF,
        window_days=facts.get("window_days", 365),
    )  # fmt: skip
    made = TABLES["voice"].check(voice(found)).to_pyarrow().to_pylist()
    return {(row["segment"], row["question"], row["choice"]): row for row in made}


def test_the_last_answer_of_the_window_counts_and_nothing_of_later_days() -> None:
    said = [
        answer("c00", 2.0, moment=NOON - timedelta(days=400)), answer("c01", 2.0),
        answer("c01", 9.0, moment=NOON.replace(day=3)),
        answer("c02", 10.0), answer("c02", 0.0, moment=NOON + timedelta(days=40)),
    ]  # fmt: skip
    row = heard(said, [])["all", "nps", ""]
    assert (row["answered"], row["unweighted"], row["asked"], row["response_rate"]) == (2, 100.0, None, None)
    assert row["weighted_to"] == "customers"
    last = {one["customer_id"]: one["score"] for one in answers(table("raw_surveys", *said), as_of=AS_OF)
            .to_pyarrow().to_pylist()}  # fmt: skip
    assert last == {"c00": 2.0, "c01": 9.0, "c02": 10.0}


def test_where_a_question_was_asked_by_invitation_only_answers_to_invitations_count() -> None:
    said = [answer(who, 10.0) for who in PEOPLE[:5]]
    said += [answer("c30", 0.0, survey=None), answer("c31", 0.0, survey="autumn"), answer("c31", 5.0, "ces", survey="")]
    found = heard(said, [invitation(who) for who in PEOPLE[:20]])
    row = found["all", "nps", ""]
    assert (row["asked"], row["answered"], row["response_rate"], row["unweighted"]) == (20, 5, 0.25, 100.0)
    assert row["weighted_to"] == "asked"
    ease = found["all", "ces", ""]  # nobody was invited to this question
    assert (ease["asked"], ease["answered"], ease["weighted_to"]) == (None, 1, "customers")


def test_a_segment_nobody_of_whom_answered_has_a_row_and_no_score() -> None:
    found = heard([answer("c30", 9.0)], [invitation(who) for who in PEOPLE])
    silent, late = found["early", "nps", ""], found["late", "nps", ""]
    assert (silent["asked"], silent["answered"], silent["response_rate"]) == (20, 0, 0.0)
    assert silent["score"] is silent["score_low"] is silent["effective"] is None
    assert (late["answered"], late["score"]) == (1, 100.0)
    assert late["score_high"] - late["score_low"] > 100  # of one answer nearly everything stays possible


def test_nobody_asked_and_nobody_there_make_no_rows() -> None:
    assert not heard([], [invitation("c00")])
    assert not heard([answer("stranger", 9.0)], [])


def test_weights_bring_the_late_half_to_its_share_of_those_asked() -> None:
    """Every second of the early answered and is a detractor, all of the late half did and are promoters."""
    said = [answer(who, 0.0) for who in PEOPLE[:20:2]] + [answer(who, 10.0) for who in PEOPLE[20:]]
    row = heard(said, [invitation(who) for who in PEOPLE])["all", "nps", ""]
    assert row["unweighted"] == pytest.approx(100 * (20 - 10) / 30)
    assert row["score"] == pytest.approx(0, abs=10)
    assert row["design_effect"] > 1
    assert set(row["weighted_by"].split(", ")) <= {"recency", "frequency", "value"}


def test_choices_are_shares_of_those_who_answered_and_several_may_be_chosen() -> None:
    said = [answer(who, None, "why_us", choice=choice) for who, choice in
            (("c01", "price"), ("c02", "price|range"), ("c03", "range"), ("c04", "advice"))]  # fmt: skip
    found = heard(said, [])
    shares = {choice: row["unweighted"] for (segment, _, choice), row in found.items() if segment == "all"}
    assert shares == {"price": 0.5, "range": 0.5, "advice": 0.25}
    assert all(
        row["score_low"] <= row["score"] <= row["score_high"] for (one, *_), row in found.items() if one == "all"
    )
    assert found["late", "why_us", "price"]["score"] is None


def test_texts_are_counted_and_have_no_score_and_a_rating_keeps_its_scale() -> None:
    said = [
        answer("c01", None, "comment", kind="text", text="fine"),
        answer("c02", 3.0, "mood", kind="rating", scale=3.0),
    ]
    found = heard(said, [])
    assert (found["all", "comment", ""]["answered"], found["all", "comment", ""]["score"]) == (1, None)
    assert found["all", "mood", ""]["score_high"] == 3.0


def test_bands_are_fifths_and_equal_customers_stand_together() -> None:
    placed = {row["customer_id"]: row["cell"] for row in bands(profiles()).to_pyarrow().to_pylist()}
    assert sorted({placed[who] for who in PEOPLE}) == [0, 31, 62, 93, 124]
    assert [list(placed.values()).count(cell) for cell in (0, 124)] == [8, 8]
    assert codes()[:, 31].tolist() == [1, 1, 1]
    alike = table("profiles", *({"customer_id": who, "orders": 0, "net_revenue": 0} for who in "ab"))
    assert {row["cell"] for row in bands(alike).to_pyarrow().to_pylist()} == {0}
    assert CELLS == 125


def test_the_tables_compile_for_spark() -> None:
    assert ibis.pyspark
    raw = {name: TABLES[name].unbound() for name in ("raw_surveys", "raw_invitations", "profiles", "orders")}
    stood = standing_when_asked(raw["profiles"], raw["orders"], raw["raw_invitations"], as_of=AS_OF)
    cells = bands(stood)
    for made in (
        answers(raw["raw_surveys"], as_of=AS_OF), cells,
        stratified_sample(raw["profiles"].select("customer_id"), cells, size=9, salt="s"),
    ):  # fmt: skip
        assert ibis.to_sql(made, dialect="pyspark")


def test_customers_stand_as_on_the_day_on_which_they_were_asked() -> None:
    days = {"c00": (NOON - timedelta(days=30), NOON - timedelta(days=1)), "c01": (NOON - timedelta(days=5),)}
    orders = table("orders", *(
        {"order_id": f"{who}{place}", "customer_id": who, "ordered_at": day, "amount": 7}
        for who, some in days.items() for place, day in enumerate(some)
    ))  # fmt: skip
    sent = table("raw_invitations", invitation("c00"), invitation("c02", moment=NOON + timedelta(days=90)))
    found = standing_when_asked(profiles(3), orders, sent, as_of=AS_OF).order_by("customer_id").to_pyarrow().to_pylist()
    assert [tuple(row.values()) for row in found] == [("c00", 27, 1, 7), ("c01", 34, 1, 7), ("c02", None, 0, 0)]

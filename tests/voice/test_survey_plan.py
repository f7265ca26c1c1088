"""Whom to ask: how many for a wanted precision, who is left in peace, and a sample that has every band's share."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_voice_surveys import AS_OF, MEMBERS, NOON, PEOPLE, answer, invitation, profiles, table

from patron.errors import ArgumentError
from patron.language import has
from patron.pipeline.voice_steps import asked_lately
from patron.voice import BANK, QUESTIONNAIRES, bands, questionnaire, stratified_sample, survey_plan
from patron.voice.question_bank import ABOUT
from patron.voice.survey_plan import answers_for, precision_of, response


def planned(
    *, precision: float = 10, allowed: list[str] = PEOPLE, rested: tuple[str, ...] = (), voice: Any = None
) -> Any:
    found = survey_plan(
        profiles(), MEMBERS, table("voice") if voice is None else voice,
        allowed=ibis.memtable({"customer_id": allowed}),
        rested=ibis.memtable({"customer_id": list(rested)}, schema={"customer_id": "string"}), precision=precision,
    )  # fmt: skip
    return {row["segment"]: row for row in found.to_pyarrow().to_pylist()}


def test_who_may_not_be_written_to_and_who_was_asked_lately_is_left_out() -> None:
    found = planned(allowed=PEOPLE[5:], rested=("c00", "c06", "c25"))
    early = found["early"]
    assert (early["customers"], early["without_consent"], early["asked_lately"], early["reachable"]) == (20, 5, 1, 14)
    assert found["all"]["reachable"] == 33
    assert early["invitations"] <= early["reachable"]
    assert early["questionnaire"] == "quiet"
    assert found["late"]["questionnaire"] == "frequent_high_value"
    assert found["all"]["questionnaire"] == "other"


def test_a_segment_that_answers_seldom_gets_more_invitations_and_never_more_than_it_has() -> None:
    rows = [{"segmentation": "all", "segment": "all", "asked": 1000, "answered": 500, "promoters": 0.5,
             "detractors": 0.2},
            {"segmentation": "half", "segment": "late", "asked": 1000, "answered": 50, "promoters": 0.5,
             "detractors": 0.2}]  # fmt: skip
    told = [row | {"question": "nps", "choice": "", "kind": "nps", "customers": 1000, "weighted_by": "",
                   "weighted_to": "asked"} for row in rows]  # fmt: skip
    found = planned(precision=60, voice=table("voice", *told))
    assert found["late"]["expected_response"] == pytest.approx((50 + 20 * 0.492) / 1020, abs=0.001)
    assert found["early"]["expected_response"] == pytest.approx(0.492, abs=0.001)
    assert found["early"]["invitations"] < found["late"]["invitations"] <= 20


def test_sizes_keep_to_the_formula_of_the_textbook() -> None:
    assert answers_for(10, spread=1.0, customers=10**9) == 385  # 1.96^2 * 100^2 / 10^2
    assert answers_for(10, spread=1.0, customers=385) == 193  # 1 / (1/385 + 1/385)
    assert precision_of(385, spread=1.0, customers=10**9) == pytest.approx(10, abs=0.02)
    assert precision_of(5, spread=1.0, customers=5) == 0
    assert response(None, towards=0.1) == 0.1
    assert response({"asked": 0, "answered": 0}, towards=0.1) == 0.1


@settings(max_examples=15)
@given(size=st.integers(1, 45), free=st.sets(st.sampled_from(PEOPLE), min_size=1))
def test_a_sample_has_of_every_band_its_share_to_within_one(size: int, free: set[str]) -> None:
    some = ibis.memtable({"customer_id": sorted(free)})
    cells = bands(profiles())
    drawn = [row["customer_id"] for row in stratified_sample(some, cells, size=size, salt="s").to_pyarrow().to_pylist()]
    assert len(set(drawn)) == len(drawn) == min(size, len(free))
    assert set(drawn) <= free
    placed = {row["customer_id"]: row["cell"] for row in cells.to_pyarrow().to_pylist()}
    every, taken = (Counter(placed[who] for who in whom) for whom in (free, drawn))
    for cell, many in every.items():
        assert abs(taken[cell] - many * len(drawn) / len(free)) < 1


def test_the_same_name_draws_the_same_sample_and_another_one_another() -> None:
    some, cells = ibis.memtable({"customer_id": PEOPLE}), bands(profiles())
    one, again, other = (
        set(stratified_sample(some, cells, size=10, salt=salt).to_pyarrow()["customer_id"].to_pylist())
        for salt in ("a", "a", "b")
    )
    assert one == again != other
    with pytest.raises(ArgumentError):
        stratified_sample(some, cells, size=0, salt="a")


def test_who_was_asked_or_answered_within_the_rest_is_left_in_peace() -> None:
    said, sent = (table(name, *rows) for name, rows in (
        ("raw_surveys", [answer("c01", 9.0), answer("c02", 9.0, moment=NOON - timedelta(days=90)),
                         answer("c09", 9.0, moment=NOON + timedelta(days=90))]),
        ("raw_invitations", [invitation("c03")]),
    ))  # fmt: skip
    drawn = ibis.memtable({"customer_id": ["c04", "c05"], "asked_on": [AS_OF, AS_OF - timedelta(days=90)]})
    found = asked_lately(said, sent, drawn, as_of=AS_OF, rest_days=90)
    assert sorted(found.to_pyarrow()["customer_id"].to_pylist()) == ["c01", "c03", "c04"]


def test_every_questionnaire_asks_the_five_things_and_the_catalogue_has_the_words() -> None:
    for kind, names in QUESTIONNAIRES.items():
        assert {question.about for question in questionnaire(kind)} >= set(ABOUT)
        assert len(set(names)) == len(names)
    for question in BANK.values():
        assert question.text.endswith(("?", ".", ")"))
        assert all(has(f"voice.choice.{question.name}.{choice}") for choice in question.choices)
        assert bool(question.choices) == (question.kind == "choice")
    with pytest.raises(ArgumentError, match="inactive"):
        questionnaire("inactve")

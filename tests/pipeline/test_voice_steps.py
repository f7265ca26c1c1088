"""The steps of surveys, conditions on answers, and invitations: what they leave out, remember and refuse."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from patron.cli.main import app
from patron.contracts import TABLES
from patron.errors import ConditionError
from patron.experiments import audiences_table, invited_table
from patron.pipeline import open_project
from patron.pipeline.own_segments import check_own_segments, own_members
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context
from patron.pipeline.voice_steps import ANSWER_STEP, VOICE_STEPS
from patron.sources.people import PEOPLE

AS_OF = date(2024, 6, 30)
NOON = datetime(2024, 6, 1, 12)  # noqa: DTZ001 - a shop's own clock
STEPS = {step.name: step for step in (ANSWER_STEP, *VOICE_STEPS)}


def table(name: str, *rows: dict[str, Any]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=TABLES[name].schema.to_pyarrow()))


def settings(**more: Any) -> Settings:
    return Settings.model_validate(
        {"name": "x", "currency": "EUR", "sources": {"order_lines": {"path": "x.csv"}},
         "privacy": {"basis": {"marketing": "legitimate_interests"}}, **more}
    )  # fmt: skip


def made(step: str, **tables: ir.Table) -> list[dict[str, Any]]:
    needs = {name: TABLES[name].empty() for one in STEPS.values() for name in one.needs}
    asked = ibis.memtable({"customer_id": ["bob's"], "asked_on": [date(2024, 6, 1)]})
    context = Context(
        settings=settings(), as_of=AS_OF, tables=needs | tables, keep=lambda _name, kept: kept, earlier=None,
        kept=SimpleNamespace(statements=TABLES["raw_consents"].empty(), asked=asked),  # type: ignore[arg-type]
    )  # fmt: skip
    found = STEPS[step].function(context)
    assert isinstance(found, dict)
    rows: list[dict[str, Any]] = TABLES[step].check(found[step]).to_pyarrow().to_pylist()
    return rows


def links(*who: str) -> ir.Table:
    return table("links", *(
        {"source": source, "record_id": f"{one}'s", "customer_id": one, "rule": "email", "confidence": 1.0}
        for one in who for source in ("surveys", "invitations")
    ))  # fmt: skip


def answer(who: str, question: str, score: float | None = None, **facts: Any) -> dict[str, Any]:
    kind = "choice" if "choice" in facts else question
    return {"survey_id": f"{who}{question}", "customer_id": who, "question": question, "kind": kind, "score": score,
            "scale": 10.0, "answered_at": NOON, **facts}  # fmt: skip


def people(*who: str) -> ir.Table:
    return table(
        "profiles", *({"customer_id": one, "orders": 3, "days_since_last": 9, "net_revenue": 5} for one in who)
    )


def test_without_surveys_nothing_is_said_and_everybody_can_be_asked() -> None:
    assert made("answers") == made("voice") == made("survey_plan") == []
    (plan,) = made("survey_plan", profiles=people("ann", "cid"))
    assert (plan["reachable"], plan["expected_response"], plan["asked_lately"]) == (2, 0.1, 0)


def test_records_become_customers_and_samples_that_were_drawn_are_left_in_peace() -> None:
    given = {"raw_surveys": table("raw_surveys", answer("ann's", "nps", 9.0)), "links": links("ann", "bob"),
             "profiles": people("ann", "bob", "cid")}  # fmt: skip
    assert [row["customer_id"] for row in made("answers", **given)] == ["ann"]
    (heard,) = made("voice", **given)
    assert (heard["answered"], heard["customers"]) == (1, 3)
    (plan,) = made("survey_plan", **given)  # ann answered, bob was drawn under the id of a record
    assert (plan["asked_lately"], plan["reachable"]) == (2, 1)


def test_a_no_to_marketing_is_no_invitation() -> None:
    consents = table("consents", {"customer_id": "ann", "purpose": "marketing", "channel": "all", "allowed": False,
                                  "reason": "objected", "since": date(2024, 1, 1), "records": 1,
                                  "conflict": False})  # fmt: skip
    (plan,) = made("survey_plan", profiles=people("ann", "cid"), consents=consents)
    assert (plan["without_consent"], plan["reachable"]) == (1, 1)


def test_answers_can_be_asked_for_in_conditions() -> None:
    own = {"for_the_price": {"where": "answers.why_us LIKE '%price%'", "purpose": "marketing"},
           "unhappy": {"where": "answers.nps < 7 AND answers.mood <= 2", "purpose": "marketing"}}  # fmt: skip
    asked = settings(segments=own, voice={"questions": {"mood": "rating"}})
    check_own_segments(asked)
    answers = table("answers", *(
        {"customer_id": who, "question": question, "kind": "choice" if choice else "rating", "score": score,
         "choice": choice, "answered_on": AS_OF}
        for who, question, score, choice in (
            ("ann", "why_us", None, "price|range"), ("bob", "why_us", None, "range"), ("cid", "nps", 3.0, None),
            ("cid", "mood", 2.0, None), ("bob", "nps", 3.0, None))
    ))  # fmt: skip
    found = own_members({"profiles": people("ann", "bob", "cid"), "answers": answers}, settings=asked)
    members = {(row["customer_id"], row["segment"]) for row in found.to_pyarrow().to_pylist()}
    assert members == {("ann", "for_the_price"), ("cid", "unhappy")}
    with pytest.raises(ConditionError, match=r"why_us"):
        check_own_segments(settings(segments={"x": {"where": "answers.why_uss = 'price'", "purpose": "marketing"}}))


@pytest.mark.parametrize("name", ["Mood", "two words", "customer_id"])
def test_a_question_that_no_condition_could_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="question"):
        settings(voice={"questions": {name: "choice"}})


def patron(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
    return found


def test_invitations_are_drawn_remembered_and_not_sent_twice(ran: Path) -> None:
    file = ran / "spring.csv"
    plan = patron("survey", "plan", "--project", str(ran))["survey_plan"]
    row = next(one for one in plan if (one["segmentation"], one["segment"]) == ("rfm", "champions"))
    first = patron("survey", "invite", "--segment", "rfm.champions", "--people", "10", "--to", str(file),
                   "--name", "spring", "--project", str(ran))  # fmt: skip
    assert (first["invited"], first["asked_lately"]) == (10, 0)
    assert [question["name"] for question in first["questions"]] == row["questions"].split(", ")
    with file.open(encoding="utf-8") as stream:
        sent = list(csv.DictReader(stream))
    assert len({one["invitation_id"] for one in sent}) == len({one["customer_id"] for one in sent}) == 10
    assert {(one["survey"], one["segment"]) for one in sent} == {("spring", "rfm.champions")}
    assert not {one["customer_id"] for one in sent} & {one["invitation_id"] for one in sent}
    assert set(sent[0]) >= {"invitation_id", "customer_id", "asked_at", "survey", "channel"}
    again = patron("survey", "invite", "--segment", "rfm.champions", "--people", "1000", "--name", "summer",
                   "--to", str(ran / "summer.csv"), "--project", str(ran))  # fmt: skip
    assert again["asked_lately"] == 10
    assert again["invited"] == row["customers"] - 10
    with open_project(ran).state() as state:
        asked = invited_table(state).to_pyarrow().to_pylist()
        assert not audiences_table(state).count().to_pyarrow().as_py(), "a survey is no list whose effect is measured"
    assert len(asked) == row["customers"]
    refused = CliRunner().invoke(app, ["survey", "invite", "--segment", "rfm.champions", "--to", str(ran / "x.csv"),
                                       "--name", "third", "--project", str(ran)])  # fmt: skip
    assert refused.exit_code != 0
    assert not (ran / "x.csv").exists()
    assert "invitations" in PEOPLE

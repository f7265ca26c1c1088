"""The step `teams` on small tables, and approvals: asked for, answered, outdated, and kept from the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis.expr.types as ir
import pytest

from decisions.messages_shop import AS_OF, rows
from patron.contracts import TABLES
from patron.engines.approval_state import Approval, answer_approval, approvals, ask_approval
from patron.engines.state import State
from patron.errors import ArgumentError
from patron.pipeline.approved import check_approved, print_of, state_of, unapproved
from patron.pipeline.approving import answer, ask
from patron.pipeline.project import Project
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context
from patron.pipeline.team_steps import TEAM_STEP

TEXT = """name: Mill
currency: EUR
sources: {order_lines: {path: x.csv}}
triggers:
  second: {signal: second_order_window, action: second_order, holdout: 10%, state: pilot, team: growth}
  back: {signal: win_back, action: win_back, holdout: 10%, state: scaled}
  free: {signal: birthday, action: congratulate, holdout: 10%}
messages:
  second: {parts: {copy: {a: "See you. {{ unsubscribe_url }}"}, headline: {a: Soon}}}
sender: {links: {unsubscribe: "https://mill.example/u"}}
teams:
  growth: {title: More second orders, approvers: [anna, ben], triggers: [back],
           goal: {metric: churn_rate, target: 0.1, since: 2024-04-10, days: 100d}}
  idle: {}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "patron.yaml").write_text(TEXT, encoding="utf-8")
    return Project(tmp_path)


def kpi(month: date, value: float, **changes: Any) -> dict[str, Any]:
    return {"month": month, "segmentation": "all", "segment": "all", "metric": "churn_rate", "value": value,
            "complete": True, **changes}  # fmt: skip


def trigger(name: str, **changes: Any) -> dict[str, Any]:
    return {"trigger": name, "state": "scaled", "metric": "margin", "reading": "read", **changes}


READ = {
    "reading": "read",
    "treated": 100,
    "control": 20,
    "effect": 1.0,
    "effect_low": 0.0,
    "effect_high": 2.0,
    "cost": 0.2,
}
"""An iteration of which each customer brought one more."""


def given() -> dict[str, ir.Table]:
    made = {name: rows(name) for name in TEAM_STEP.needs}
    made["kpis"] = rows(
        "kpis", kpi(date(2024, 2, 1), 0.3), kpi(date(2024, 3, 1), 0.2), kpi(date(2024, 4, 1), 0.9),
        kpi(date(2024, 6, 1), 0.15), kpi(date(2024, 6, 1), 40.0, metric="active"),
        kpi(date(2024, 6, 1), 0.5, segment="x"),
    )  # fmt: skip
    made["triggers"] = rows(
        "triggers",
        trigger("second", state="pilot", reading="too_early"),
        trigger("back"),
        trigger("free", state="draft"),
    )
    made["trigger_iterations"] = rows(
        "trigger_iterations", {"trigger": "back", "iteration": 1, "started_on": date(2024, 6, 10), **READ},
        {"trigger": "second", "iteration": 1, "started_on": date(2024, 6, 24), **READ, "reading": "too_early"},
        {"trigger": "free", "iteration": 1, "started_on": None, **READ},
    )  # fmt: skip
    made["stages"] = rows("stages", {"customer_id": "c", "stage": "loyal"})
    made["decisions"] = rows("decisions", {
        "customer_id": "c", "trigger": "second", "kind": "promotion", "outcome": "sent", "value": 3.0, "cost": 1.0,
        "fired_on": date(2024, 6, 28), "send_on": AS_OF,
    })  # fmt: skip
    return made


def made(settings: Settings, known: tuple[Approval, ...] = (), **tables: ir.Table) -> dict[str, list[dict[str, Any]]]:
    context = Context(
        settings=settings, as_of=AS_OF, tables={**given(), **tables}, keep=lambda _name, table: table, earlier=None,
        kept=SimpleNamespace(approvals=known),  # type: ignore[arg-type]
    )  # fmt: skip
    found = dict(TEAM_STEP.function(context))  # type: ignore[call-overload]
    return {name: TABLES[name].check(found[name]).to_pyarrow().to_pylist() for name in TEAM_STEP.makes}


def test_a_team_is_told_by_its_goal_its_triggers_and_its_pace(project: Project) -> None:
    growth, idle = made(project.settings)["teams"]
    assert (growth["began_at"], growth["stands_at"], growth["target"]) == (0.2, 0.15, 0.1)
    assert (growth["progress"], growth["time_passed"], growth["standing"]) == (pytest.approx(0.5), 0.81, "behind")
    assert (growth["triggers"], growth["live"], growth["unread"]) == (2, 2, 1)
    assert (growth["effect"], growth["effect_low"], growth["effect_high"], growth["cost"]) == (100.0, 0.0, 200.0, 20.0)
    assert (growth["expected"], growth["hours_to_send"], growth["iterations_per_trigger"]) == (2.0, 48.0, 1.0)
    assert growth["shipped_per_week"] == pytest.approx(2 / 3)
    assert growth["least"] == 1  # one message is sent today
    assert (idle["standing"], idle["effect"], idle["triggers"], idle["least"]) == ("no_goal", None, 0, 0)


def test_the_goal_of_a_month_that_was_not_over_is_not_taken(project: Project) -> None:
    later = rows("kpis", kpi(date(2024, 5, 1), 0.15, complete=False), kpi(date(2024, 7, 1), 0.0))
    (growth, _) = made(project.settings, kpis=later)["teams"]
    assert (growth["began_at"], growth["stands_at"], growth["standing"]) == (None, None, "no_data")


def test_second_orders_are_a_goal_of_their_own() -> None:
    goal = {"metric": "second_order_rate", "change": 0.1, "since": "2024-04-10"}
    settings = Settings(name="M", currency="EUR", sources={"order_lines": {"path": "x"}}, teams={"a": {"goal": goal}})
    orders = rows("orders", *({"order_id": f"{n}-{day}", "customer_id": f"c{n}", "ordered_at": datetime(2024, day, 1)}  # noqa: DTZ001
                              for n in range(30) for day in ((1, 2) if n < 12 else (1,))))  # fmt: skip
    (team,) = made(settings, orders=orders)["teams"]
    assert (team["began_at"], team["target"], team["stands_at"]) == (pytest.approx(0.4), pytest.approx(0.44), None)
    assert team["standing"] == "no_data"  # a year later nobody is new


def test_without_teams_and_triggers_there_is_nothing() -> None:
    assert made(Settings(name="M", currency="EUR", sources={"order_lines": {"path": "x"}})) == {
        "teams": [], "team_stages": [], "approvals": [],
    }  # fmt: skip


def asked(settings: Settings, **changes: Any) -> Approval:
    told = {"trigger_name": "second", "team": "growth", "asked_by": "cleo", "asked_on": AS_OF - timedelta(days=3),
            "waits_for": "anna, ben", "number": 1, **changes}  # fmt: skip
    return Approval(**{"print": print_of(settings, told["trigger_name"]), **told})


def test_an_answer_of_a_later_day_is_not_known_yet(project: Project) -> None:
    settings = project.settings
    later = asked(settings, approved=True, decided_by="anna", decided_on=AS_OF + timedelta(days=1), answer="yes")
    found = made(settings, (later, asked(settings, number=2, asked_on=AS_OF + timedelta(days=2))))
    (row,) = found["approvals"]
    assert (row["state"], row["decided_by"], row["note"], row["days"]) == ("waiting", None, None, 3)
    assert found["teams"][0]["waiting"] == 1
    assert state_of(later, settings, as_of=AS_OF + timedelta(days=1)) == "approved"


def test_a_trigger_of_a_team_with_approvers_needs_a_yes_to_what_stands(project: Project) -> None:
    settings = project.settings
    yes = asked(settings, approved=True, decided_by="anna", decided_on=AS_OF)
    assert unapproved(settings, [], as_of=AS_OF) == {"second": ("anna", "ben"), "back": ("anna", "ben")}
    assert set(unapproved(settings, [yes], as_of=AS_OF)) == {"back"}
    assert set(unapproved(settings, [replace(yes, approved=False)], as_of=AS_OF)) == {"second", "back"}
    for before, after in [("Soon", "Now"), ("holdout: 10%, state: pilot", "holdout: 20%, state: pilot")]:
        (project.folder / "patron.yaml").write_text(TEXT.replace(before, after), encoding="utf-8")
        assert state_of(yes, project.settings, as_of=AS_OF) == "outdated"
        assert "second" in unapproved(project.settings, [yes], as_of=AS_OF)
    (project.folder / "patron.yaml").write_text(TEXT.replace("state: pilot", "state: scaled"), encoding="utf-8")
    assert "second" not in unapproved(project.settings, [yes], as_of=AS_OF)


def test_who_asks_waits_and_somebody_else_answers(project: Project) -> None:
    assert ask(project, "second", by="anna").waits_for == "anna, ben"
    for call, words in [
        (lambda: ask(project, "second", by="cleo"), "waits for an approval already"),
        (lambda: answer(project, "second", by="cleo", yes=True), "cleo may not approve"),
        (lambda: answer(project, "second", by="anna", yes=True), "cannot give it"),
        (lambda: answer(project, "back", by="ben", yes=True), "Nobody waits for an approval of back"),
        (lambda: ask(project, "free", by="cleo"), "needs no approval"),
        (lambda: ask(project, "secnd", by="cleo"), "Did you mean 'second'?"),
        (lambda: ask(project, "back", by=" "), "has to have a name"),
    ]:
        with pytest.raises(ArgumentError) as error:
            call()
        assert words in str(error.value)
    assert answer(project, "second", by="ben", yes=False, note="too loud").answer == "too loud"
    with project.state() as state:
        (one,) = approvals(state)
        with pytest.raises(ArgumentError, match="needs the approval of its team"):
            check_approved(state, project.settings, "second", as_of=one.asked_on)
    ask(project, "second", by="cleo")
    assert answer(project, "second", by="ben", yes=True).approved
    with pytest.raises(ArgumentError, match="is approved as it stands"):
        ask(project, "second", by="cleo")
    with project.state() as state:
        check_approved(state, project.settings, "second", as_of=one.asked_on)
        check_approved(state, project.settings, "free", as_of=one.asked_on)


def test_one_answer_stands_where_two_come_at_once(project: Project) -> None:
    with State.open(":memory:") as state:
        ask_approval(state, replace(asked(project.settings), number=None))
        (one,) = approvals(state)
        assert answer_approval(state, one, approved=True, by="anna", on=AS_OF)
        assert not answer_approval(state, one, approved=False, by="ben", on=AS_OF)
        assert approvals(state)[0].decided_by == "anna"

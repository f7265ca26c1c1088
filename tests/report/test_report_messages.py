"""The report's parts about messages and teams: what is told, what is withheld, and what is said of nothing."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from fake_run import AS_OF, empty_run, table

from patron.report.blocks import Note, Section, Table
from patron.report.facts import Facts
from patron.report.sections.messages import messages
from patron.report.sections.teams import teams
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip

VARIANT = {"trigger": "second", "variant": "headline=a", "part": "headline", "option": "a"}
CHECK = {"trigger": "second", "place": "parts.copy.a", "check": "language", "detail": "fr", "severity": "warning",
         "customers": 30, "audience": 100, "audience_of": "fired", "share": 0.3,
         "finding": "30 of 100 speak fr.", "advice": "Write it."}  # fmt: skip
TEAM = {
    "team": "growth", "title": "More second orders", "metric": "second_order_rate", "segmentation": "all",
    "segment": "all", "since": date(2025, 7, 1), "until": date(2025, 12, 28), "began_at": 0.2, "stands_at": 0.24,
    "target": 0.3, "progress": 0.4, "time_passed": 0.75, "standing": "behind", "triggers": 2, "live": 1,
    "customers": 900,
    "effect": 1440.0,
    "effect_low": 167.0, "effect_high": 2713.0, "cost": 180.0, "evidence": "measured", "unread": 1, "expected": 55.5,
    "weeks": 4.0, "shipped_per_week": 0.5, "iterations_per_trigger": 2.0, "hours_to_send": 18.0, "waiting": 1,
    "least": 100,
}  # fmt: skip
STAGE = {"stage": "loyal", "customers": 60, "value": 1000.0, "triggers": 2, "fired": 20, "sent": 9, "spoken_to": True}
SILENT = {**STAGE, "stage": "lapsed", "triggers": 0, "fired": 0, "sent": 0, "spoken_to": False}
WAITS = {"number": 1, "team": "growth", "trigger": "second", "asked_by": "cleo", "asked_on": date(2025, 11, 14),
         "waits_for": "anna", "state": "waiting", "days": 3}  # fmt: skip


@cache
def empty() -> dict[str, Any]:
    return empty_run()


def source(**rows: list[dict[str, Any]]) -> Source:
    return Source(tables={**empty(), **{name: table(name, told) for name, told in rows.items()}}, facts=Facts(**FACTS))


def texts(section: Section) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Note)]


def test_where_there_is_nothing_it_is_said_how_to_begin() -> None:
    assert "Write one under messages" in texts(messages(source()))[0]
    assert "Name them under teams" in texts(teams(source()))[0]


def test_messages_tell_what_does_not_fit_the_gravest_first() -> None:
    stock = {**CHECK, "check": "stock", "severity": "error", "share": 1.0, "customers": 100}
    told = messages(
        source(variants=[VARIANT], message_checks=[CHECK, stock, {**CHECK, "detail": "x", "severity": "info"}])
    )
    assert texts(told)[0].startswith("1 message in 1 variants: second.")
    (found,) = [block for block in told.blocks if isinstance(block, Table)]
    assert [row[2].text for row in found.rows] == ["100%", "30%"]
    assert found.rows[1][2].note == "of those it fired for"
    assert texts(messages(source(variants=[VARIANT])))[1].startswith("Every message fits")


def test_checks_about_few_customers_are_withheld() -> None:
    told = messages(source(variants=[VARIANT], message_checks=[{**CHECK, "customers": 2}]))
    assert not [block for block in told.blocks if isinstance(block, Table)]
    assert "withheld" in texts(told)[-1]


def test_a_team_is_told_with_goal_money_and_pace() -> None:
    told = teams(source(teams=[TEAM], approvals=[WAITS, {**WAITS, "number": 2, "state": "approved"}],
                        team_stages=[STAGE, SILENT]))  # fmt: skip
    found, stages = [block for block in told.blocks if isinstance(block, Table)]
    team, goal, brought, expected, pace = found.rows[0]
    assert (team.text, team.note) == ("More second orders", "2 triggers, 1 live")
    assert goal.text == "New customers who order again in time: 20.0%, now 24.0%, wanted 30.0% by 28 December 2025"
    assert goal.note == "behind, with 75% of the time over"
    assert (brought.text, brought.note) == ("€1,440", "€167 to €2,713, cost €180, 1 live trigger not to be read yet")
    assert (expected.text, pace.text) == ("€55.50", "0.5 a week")
    assert pace.note == "2.0 iterations a trigger, 18 hours from signal to message"
    assert texts(told)[0] == "May the trigger second go live? cleo has waited 3 days for an answer of anna."
    assert texts(told)[1] == "No play speaks to these stages today: Lapsed."
    assert [row[3].text for row in stages.rows] == ["20 by 2 triggers, 9 written to", "nobody"]


def test_figures_about_few_customers_are_withheld() -> None:
    told = teams(source(teams=[{**TEAM, "least": 3}], team_stages=[{**STAGE, "sent": 2}]))
    found, stages = [block for block in told.blocks if isinstance(block, Table)]
    assert {cell.text for cell in found.rows[0][1:]} == {"withheld"}
    assert {cell.text for cell in stages.rows[0][1:]} == {"withheld"}

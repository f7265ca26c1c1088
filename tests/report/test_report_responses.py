"""The report's section about responses: what targeting brings, the groups, and why nothing was learned."""

from __future__ import annotations

from typing import Any

import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Note, Table
from patron.report.facts import Facts
from patron.report.sections.responses import responses
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip
LEARNED: dict[str, Any] = {
    "experiment": "Spring letter", "metric": "margin", "status": "learned", "units": 9_000, "window_days": 60,
    "share": 0.3, "targeted": 2.0, "targeted_low": 1.0, "targeted_high": 3.0, "action": "mail", "everybody": 0.5,
    "everybody_low": -0.5, "everybody_high": 1.5, "against_everybody": 1.5, "against_everybody_low": 0.4,
    "against_everybody_high": 2.6,
}  # fmt: skip


def people(**groups: int) -> list[dict[str, Any]]:
    return [
        {"customer_id": f"{group}{one}", "experiment": "Spring letter", "action": "mail", "metric": "margin",
         "window_days": 60, "effect": 1.0, "effect_low": 0.0, "effect_high": 2.0, "group": group, "cost": 0.5,
         "gain": 0.5, "best": True, "rank": 1}
        for group, many in groups.items() for one in range(many)
    ]  # fmt: skip


def blocks(models: list[dict[str, Any]], told: list[dict[str, Any]]) -> Any:
    tables = {**fake_run(), "response_models": table("response_models", models), "responses": table("responses", told)}
    return responses(Source(tables=tables, facts=Facts(**FACTS))).blocks


def test_targeting_that_pays_is_said_with_its_money_and_its_groups() -> None:
    finding, worth, counted = blocks([LEARNED], people(would_be_won=40, cannot_tell=200))[:3]
    assert isinstance(finding, Note)
    assert finding.tone == "advice"
    assert "30%" in finding.text
    assert "€2.00" in finding.text
    assert "€1.50 more" in finding.text
    assert [cell.text for cell in worth.rows[0]] == ["Spring letter", "30%", "€2.00", "€0.50", "€1.50"]
    assert [cell.text for cell in counted.rows[0]] == ["Spring letter", "40", "–", "–", "–", "200"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"targeted_low": -1.0}, "not shown that acting on anybody pays"),
        ({"everybody_low": 0.1, "against_everybody_low": -0.1}, "for everybody pays"),
        ({"against_everybody_low": -0.1}, "cannot be told"),
        ({"targeted": None, "targeted_low": None, "targeted_high": None}, "act on nobody"),
    ],
)
def test_what_is_not_shown_is_said(changes: dict[str, Any], words: str) -> None:
    finding = blocks([LEARNED | changes], [])[0]
    assert words in finding.text
    assert finding.tone == "plain"


@pytest.mark.parametrize("status", ["too_few", "sample_ratio", "faulty", "nothing_bought", "leak"])
def test_an_experiment_that_was_not_learned_from_says_why(status: str) -> None:
    row = {"experiment": "Small", "metric": "margin", "status": status, "units": 900}
    (said,) = blocks([row], [])
    assert said.text.startswith("Small: ")
    assert said.tone == "none"


def test_few_customers_of_a_group_are_withheld() -> None:
    found = blocks([LEARNED], people(would_be_won=2, driven_away=40, cannot_tell=200))
    counted = next(one for one in found if isinstance(one, Table) and "group" in one.caption)
    assert "2" not in [cell.text for cell in counted.rows[0]]


def test_a_run_without_experiments_says_what_it_takes() -> None:
    (said,) = responses(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert "4,000 customers" in said.text

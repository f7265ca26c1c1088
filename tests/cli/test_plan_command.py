"""`patron plan`: the ten best, their sentences, their JSON, and the lines that launch one."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from decisions.opportunity_tables import states, table
from decisions.test_ranked_opportunities import cell
from patron.cli.main import app
from patron.decisions import opportunities

CELLS = (
    cell(signal="win_back", action="win_back", family="retention", gain=0.1),
    cell(effect_evidence="measured", evidence="measured", effect_source="spring"),
    cell(action="discount", gain=0.5),
)


TRIGGERS = {"carts": SimpleNamespace(signal="cart_abandoned", action="remind")}


def asked(monkeypatch: pytest.MonkeyPatch, cells: tuple[Any, ...], *options: str, code: int = 0) -> str:
    """Return what the command prints of a published run whose actions bring this."""
    fresh = states(cart_abandoned=5, win_back=90)
    tables = {"opportunities": opportunities(table("action_effects", cells), fresh), "signal_states": fresh}
    run = SimpleNamespace(
        table=lambda name, _connection: tables[name],
        manifest=SimpleNamespace(currency="GBP", as_of=date(2024, 6, 30)),
    )
    project = SimpleNamespace(last=lambda: run, connection=None, settings=SimpleNamespace(triggers=TRIGGERS))
    monkeypatch.setattr("patron.cli.plan.open_project", lambda _folder: project)
    result = CliRunner().invoke(app, ["plan", *options], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return result.output


def test_it_says_what_to_launch_to_whom_and_what_would_be_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    said = asked(monkeypatch, CELLS)
    assert said.index("Cart left behind") < said.index("Win back")
    assert "£640" in said, "800 customers, .80 each"
    assert "measured in spring" in said
    assert "Give a discount" not in said, "not the best answer to a cart"
    assert "It pays if it raises the chance by 2.0% of itself or more." in said
    assert "do not add up" in said
    assert said.count("has a trigger for it") + said.count("have a trigger for it") == 1, (
        "of the cart, not of the lapsed"
    )
    assert "Win back" not in asked(monkeypatch, CELLS, "--top", "1")


def test_json_holds_each_with_its_sentences_and_its_trigger(monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads(asked(monkeypatch, CELLS, "--json"))
    assert told["as_of"] == "2024-06-30"
    first = told["opportunities"][0]
    assert {"title", "why", "learned", "trigger", "total_gain", "holdout"} <= set(first)
    assert first["trigger"]["cart_abandoned_remind"]["signal"] == "cart_abandoned"


def test_the_lines_that_launch_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = asked(monkeypatch, CELLS, "--launch", "2", "--quiet")
    assert yaml.safe_load(said)["triggers"]["win_back_win_back"]["action"] == "win_back"
    assert "the plan has 2 places" in asked(monkeypatch, CELLS, "--launch", "3", code=2)


def test_nothing_to_launch_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "2 signals are fresh, but no action" in asked(monkeypatch, (cell(gain=-1.0),))

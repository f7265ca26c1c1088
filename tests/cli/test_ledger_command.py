"""`patron ledger`: sentences, table and JSON of a published run."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import ibis
import pytest
from typer.testing import CliRunner

from patron.cli.main import app
from patron.contracts import TABLES
from patron.contracts.ledger import LEDGER, LEDGER_TOTALS

Rows = dict[str, list[dict[str, Any]]]

CAMPAIGN: dict[str, Any] = {
    "entry": "spring", "kind": "campaign", "evidence": "measured", "rests_on": "random_arms", "counted": True,
    "from_day": "2025-01-01", "to_day": "2025-03-31", "customers": 500, "control": 90, "cost": 100.0,
    "cost_source": "settings", "effect": 300.0, "effect_low": 120.0, "effect_high": 480.0, "net": 200.0,
    "return_on_cost": 2.0, "return_low": 0.2, "return_high": 3.8, "return_status": "known", "decay": "fades",
    "half_life_days": 9.0, "half_life_low": 4.0, "half_life_high": 30.0, "status": "read",
}  # fmt: skip
CLICKS = CAMPAIGN | {
    "entry": "clicks: News", "evidence": "assumed", "rests_on": "last_click", "cost": None, "control": None,
    "effect_low": None, "effect_high": None, "net": None, "return_on_cost": None, "return_low": None,
    "return_high": None, "return_status": "unknown_cost", "decay": None, "status": "claimed",
}  # fmt: skip
SUM = {
    "scope": "all", "part": "measured", "entries": 1, "customers": 500, "cost": 100.0, "unknown_costs": 0,
    "effect": 300.0, "effect_low": 120.0, "effect_high": 480.0, "net": 200.0, "winners": 1, "false_winners": 0.025,
    "found": 1, "status": "read",
}  # fmt: skip
NONE = {"scope": "all", "entries": 0, "customers": 0, "unknown_costs": 0, "status": "no_holdout"}


def table(name: str, rows: list[dict[str, Any]]) -> ibis.Table:
    """Return rows of a contract; a column that a row lacks is none."""
    contract = TABLES[name]
    if not rows:
        return contract.empty()
    told = {column.name: [row.get(column.name) for row in rows] for column in contract.columns}
    return ibis.memtable(told, schema={name: "string" if "day" in name and "half" not in name else kind
                                       for name, kind in contract.schema.items()}).cast(contract.schema)  # fmt: skip


def asked(monkeypatch: pytest.MonkeyPatch, rows: Rows, *options: str) -> str:
    """Return what the command prints of a published run that holds these rows."""
    run = SimpleNamespace(
        table=lambda name, _connection: table(name, rows.get(name, [])), manifest=SimpleNamespace(currency="GBP")
    )
    project = SimpleNamespace(last=lambda: run, connection=None)
    monkeypatch.setattr("patron.cli.ledger.open_project", lambda _folder: project)
    result = CliRunner().invoke(app, ["ledger", *options], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


FULL: Rows = {
    "ledger": [CLICKS, CAMPAIGN],
    "ledger_totals": [SUM, *(NONE | {"part": part} for part in ("holdout", "gap"))],
}


def test_it_says_the_account_and_lists_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    said = asked(monkeypatch, FULL)
    assert "Measured: 1 entry compared by lot brought £300 of margin (£120 to £480). Cost £100, net £200." in said
    assert "No global hold-out" in said
    entries = [line for line in said.splitlines() if "│" in line]
    assert ["spring" in entries[0], "News (clicks)" in entries[2]] == [True, True]  # what is measured comes first
    assert ["+200%" in entries[0], "+20% to +380%" in entries[1]] == [True, True]  # the interval stands below
    assert "halves in 9 days (4 to 30)" in entries[0]
    assert "cost not known" in entries[2]


def test_as_json_it_is_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads(asked(monkeypatch, FULL, "--json"))
    assert [row["entry"] for row in told["ledger"]] == ["clicks: News", "spring"]
    assert set(told["ledger"][0]) == set(LEDGER.names)
    assert set(told["ledger_totals"][0]) == set(LEDGER_TOTALS.names)
    assert told["ledger_weeks"] == []


def test_without_entries_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, {}).startswith("There is nothing to account for yet")

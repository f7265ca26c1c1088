# ruff: noqa: E501 - a case is a line
"""A run with bad news says so: each case changes one table of a good run and looks for the sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, table

from patron.report import Facts, report

Row = dict[str, Any]


def _assignment(number: int) -> Row:
    return {
        "experiment": "Winter", "customer_id": f"someone-{number}", "arm": "control" if number % 10 == 0 else "treated",
        "segment": "rfm.at_risk", "assigned_on": date(2025, 11, 1), "purpose": "marketing",
        "contaminated": False,
    }  # fmt: skip


def _worse(rows: list[Row]) -> list[Row]:
    """Let the model miss the total by a third and rank worse than the naive rule."""
    figures = {"bias": 0.34, "mae": 90.0, "gini": 0.3, "gini_gain": -0.4, "mae_gain": 0.2}
    for row in rows:
        if row["model"] != "naive" and row["target"] == "value" and row["metric"] in figures:
            value = figures[row["metric"]]
            row |= {"value": value, "low": value - 0.05, "high": value + 0.05}
    return rows


def _only(**wrong: tuple[float, float, float]) -> Callable[[list[Row]], list[Row]]:
    """Change the figures of the model's value, each to (low, value, high)."""

    def change(rows: list[Row]) -> list[Row]:
        for row in rows:
            if row["model"] != "naive" and row["target"] == "value" and row["metric"] in wrong:
                row |= dict(zip(("low", "value", "high"), wrong[row["metric"]], strict=True))
        return rows

    return change


def _shrinking(rows: list[Row]) -> list[Row]:
    for row in rows:
        row["before"], row["after"] = row["after"], row["before"]
        row["effect"] = None if row["effect"] is None else -row["effect"]
    return rows


def _all(**values: object) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row | values for row in rows]


# table, how its rows change, what the report then says
CASES: dict[str, tuple[str, Callable[[list[Row]], list[Row]], tuple[str, ...]]] = {
    "the total is far off": ("backtest", _worse, ("Read amounts with care.", "34% too high", "It ranked customers worse.")),
    "nothing is beaten": ("backtest", _worse, ("Not better than the naive rule in everything.", "What does not: the order of the customers, the absolute error for each customer, the total (within a tenth).", "days were known before the test of 365 days, too few")),
    "all is beaten": ("backtest", lambda rows: rows, ("Better than the naive rule.", "The order of the customers and the absolute error are better beyond chance")),
    "the error is not less beyond chance": ("backtest", _only(mae_gain=(-0.1, -0.02, 0.06)), ("What holds: the order of the customers, the total (within a tenth).", "What does not: the absolute error for each customer.", "The difference in the absolute error for each customer may be chance", "the naive rule says 0 for them")),
    "the total alone is off": ("backtest", _only(bias=(-0.2, -0.15, -0.1)), ("What does not: the total (within a tenth).", "15% too low")),
    "other tests": ("backtest", lambda rows: rows, ("The same test at other days and over other horizons", "18 August 2025", "the test shown above")),
    "no test": ("backtest", lambda _: [], ("The history is too short to test the forecast", "take its figures as a first guess")),
    "no model": ("forecasts", _all(grade="D", model="naive"), ("No model could be fitted: the naive rule.",)),
    "no forecast": ("forecasts", lambda _: [], ("There is no forecast yet.",)),
    "nobody bought": ("orders", lambda _: [], ("Nobody has bought in the last 12 months.",)),
    "it shrinks": ("growth", _shrinking, ("Down by £1,580 (13%).", "The largest effect: Customers, -\u2060£1,420.")),
    "lists wait": ("assignments", lambda _: [_assignment(n) for n in range(30)], ("Lists that wait for their first reading", "Winter", "27")),
    "unequal groups": ("effects", _all(status="sample_ratio", effect=None), ("groups are not as drawn",)),
    "no targets": ("targets", lambda _: [], ("There are no targets yet",)),
    "targets from settings": ("targets", _all(source="settings", status="behind"), ("settings", "! behind")),
    "no whole month": ("kpis", _all(complete=False), ("No whole month yet.",)),
    "grave findings": ("quality", _all(severity="error", outcome="changed"), ("mend it", "corrected")),
    "measured": ("gaps", _all(evidence="measured"), ("Measured",)),
    "young cohorts": ("cohorts", lambda rows: [row for row in rows if row["age_months"] < 2], ("bought again in the month after their first.",)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_news_is_told(run: dict[str, ir.Table], facts: Facts, tmp_path: Path, case: str) -> None:
    name, change, sentences = CASES[case]
    tables = {**run, name: table(name, change(run[name].to_pyarrow().to_pylist()))}
    text = report(tables, facts, to=tmp_path / "report.html").read_text(encoding="utf-8")
    body = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
    for sentence in sentences:
        assert sentence in body
    assert not re.search(r"\b(nan|None|inf)\b", body)
    assert "someone-" not in text


def test_without_assumptions_none_is_claimed(run: dict[str, ir.Table], facts: Facts, tmp_path: Path) -> None:
    known = {
        name: table(name, [row | {"evidence": "measured"} for row in run[name].to_pyarrow().to_pylist()])
        for name in ("gaps", "opportunities")
    }
    tables = {**run, **known}
    text = report(tables, facts, to=tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Assumed, not yet measured." not in text


@pytest.mark.parametrize(("days", "words"), [(365, "12 months"), (730, "24 months"), (90, "90 days"), (1, "1 day")])
def test_a_horizon_in_words(days: int, words: str) -> None:
    facts = Facts(name="x", currency="EUR", as_of=AS_OF, horizon_days=days, run_id="1", basis="margin")
    assert facts.horizon == words


def test_amounts_in_sentences() -> None:
    facts = Facts(name="x", currency="EUR", as_of=AS_OF, horizon_days=90, run_id="1", basis="margin")
    assert (facts.money(1234.5), facts.money(12.5), facts.short(12_345)) == ("€1,234", "€12.50", "€12.3K")
    assert (facts.signed(-5), facts.signed(0), facts.signed(5)) == ("-\u2060€5.00", "\u2060€0", "+\u2060€5.00")

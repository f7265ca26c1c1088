"""The report's section about headroom: fifths that add up, the gate, and what too few customers are told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Chart, Note
from patron.report.facts import Facts
from patron.report.sections.headroom import headroom
from patron.report.sections.trust import trust
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def rows(customers: int) -> ir.Table:
    made = [
        {
            "customer_id": f"c{number:04d}", "period_days": 365, "current": Decimal(number), "capacity": 200.0,
            "capacity_high": 300.0, "headroom": max(0.0, 200.0 - number), "quantile": 0.8, "peers": 90, "grade": "B",
            "basis": "peers", "reason": "peers",
        }
        for number in range(customers)
    ]  # fmt: skip
    return table("headroom", made)


def test_fifths_hold_all_customers_and_all_headroom() -> None:
    source = Source(tables={**fake_run(), "headroom": rows(253)}, facts=Facts(**FACTS))
    fifths = source.fifths
    assert [row["fifth"] for row in fifths] == [1, 2, 3, 4, 5]
    assert sum(row["customers"] for row in fifths) == 253
    assert max(row["customers"] for row in fifths) - min(row["customers"] for row in fifths) <= 1
    assert fifths[0]["current"] > fifths[4]["current"]
    assert sum(row["headroom"] for row in fifths) == pytest.approx(sum(max(0, 200 - n) for n in range(253)))
    chart = headroom(source).blocks[0]
    assert isinstance(chart, Chart)
    assert next(trace.name for trace in chart.figure.data).startswith("Spent")
    assert "€20,100" in chart.finding


def test_too_few_customers_are_told() -> None:
    section = headroom(Source(tables=empty_run(), facts=Facts(**FACTS)))
    assert [type(block) for block in section.blocks] == [Note]
    assert "500" in section.blocks[0].text


def test_what_a_year_ago_s_headroom_foretold_is_said() -> None:
    key = {"origin": AS_OF.replace(year=AS_OF.year - 1), "horizon_days": 365, "model": "headroom", "target": "headroom",
           "decile": 0, "customers": 700}  # fmt: skip
    tested = [
        {**key, "metric": "coverage", "value": 0.79, "predicted": 0.8, "actual": 0.79, "low": 0.76, "high": 0.82},
        {**key, "metric": "rank_correlation", "value": 0.031, "low": -0.012, "high": 0.074},
    ]
    run = {**fake_run(), "headroom": rows(253)}
    assert not [block for block in headroom(Source(tables=run, facts=Facts(**FACTS))).blocks if isinstance(block, Note)]
    blocks = headroom(Source(tables={**run, "backtest": table("backtest", tested)}, facts=Facts(**FACTS))).blocks
    [said] = [block.text for block in blocks if isinstance(block, Note)]
    assert "79%" in said
    assert "80%" in said
    assert "0.03" in said
    assert "-0.01 to 0.07" in said


def test_fifths_of_a_handful_are_withheld() -> None:
    source = Source(tables={**fake_run(), "headroom": rows(15)}, facts=Facts(**FACTS))
    assert source.fifths == []
    assert all(isinstance(block, Note) for block in headroom(source).blocks)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"p_value": 0.5, "dependent": 0.0, "factor": 1.01}, "does not depend"),
        ({"p_value": 0.001, "dependent": 0.0, "factor": 0.95}, "5% less"),
        ({"p_value": 0.001, "dependent": 1.0, "factor": 1.25}, "25% more"),
        (None, "could not be tested"),
    ],
)
def test_what_was_found_of_spend_and_frequency_is_said(facts: dict[str, float] | None, words: str) -> None:
    known = facts and {"customers": 900.0, "factor_low": 0.9, "factor_high": 1.3, **facts}
    run = fake_run()
    run["forecasts"] = run["forecasts"].mutate(model=ibis.literal("mbg_nbd+gamma_gamma"))
    section = trust(Source(tables=run, facts=Facts(**FACTS, spend=known)))
    said = [block.text for block in section.blocks if isinstance(block, Note)]
    assert any(words in text for text in said)

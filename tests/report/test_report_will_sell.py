"""The report's section about what will sell: the most money first, the gate, and what is told without a forecast."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Note, Table
from patron.report.facts import Facts
from patron.report.sections.will_sell import will_sell
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def told(product: str, units: float, **facts: Any) -> dict[str, Any]:
    return {
        "product_id": product, "segment": "all", "week": 0, "product_name": product.title(), "category": None,
        "from_day": AS_OF + timedelta(days=1), "to_day": AS_OF + timedelta(days=56), "units": units, "low": units / 2,
        "middle": units, "high": units * 2, "value": Decimal(str(2 * units)), "verdict": "sold", "on_shelf": 1.0,
        "customers": 100, **facts,
    }  # fmt: skip


def moved(item: str, purchases: float, **facts: Any) -> dict[str, Any]:
    return {
        "kind": "product", "item": item, "name": item.title(), "from_day": AS_OF - timedelta(days=55),
        "purchases": purchases, "expected": 50.0, "low": 40.0, "high": 60.0, "value": Decimal(int(purchases) - 50),
        "p_value": 0.001, "q_value": 0.01, "found": True, "direction": "rising" if purchases > 50 else "falling",
        "customers": 80, **facts,
    }  # fmt: skip


def figure(model: str, metric: str, value: float) -> dict[str, Any]:
    origin = AS_OF - timedelta(days=56)
    return {"origin": origin, "horizon_days": 56, "model": model, "volume": 0, "metric": metric, "value": value,
            "products": 40}  # fmt: skip


def section(demand: list[dict[str, Any]], trends: list[dict[str, Any]], tests: list[dict[str, Any]]) -> Any:
    made = {"demand": demand, "trends": trends, "demand_tests": tests}
    tables = {**fake_run(), **{name: table(name, rows) for name, rows in made.items()}}
    return will_sell(Source(tables=tables, facts=Facts(**FACTS)))


def cells(found: Any) -> list[list[list[str]]]:
    return [[[cell.text for cell in row] for row in one.rows] for one in found.blocks if isinstance(one, Table)]


def test_products_that_bring_most_are_first_and_those_that_left_are_not_there() -> None:
    rows = [told("tea", 10), told("mug", 30), told("oil", 90, verdict="off_shelf"), told("gin", 50, week=1),
            told("tea", 4, segment="first")]  # fmt: skip
    [ahead] = cells(section(rows, [], []))
    assert ahead == [["Mug", "30", "€60.00", "100"], ["Tea", "10", "€20.00", "100"]]


def test_what_rises_and_falls_stands_apart_and_chance_is_not_shown() -> None:
    trends = [
        moved("tea", 80), moved("mug", 20), moved("oil", 70, found=False),
        moved("first", 90, kind="segment", name=None), moved("", 10, kind="category", name=None),
    ]  # fmt: skip
    _, rising, falling = cells(section([told("tea", 10)], trends, []))
    assert [row[0] for row in rising] == ["First purchases", "Tea"]
    assert rising[1] == ["Tea", "80", "50", "60%", "€30.00"]
    assert [row[0] for row in falling] == ["Without a category", "Mug"]


def test_the_last_forecast_is_held_against_what_came() -> None:
    tests = [figure("demand", "pinball", 0.15), figure("past_year", "pinball", 0.2), figure("demand", "coverage", 0.81)]
    texts = [block.text for block in section([told("tea", 10)], [], tests).blocks if isinstance(block, Note)]
    assert any("81% sold within their range" in text and "25% better" in text for text in texts)


def test_few_customers_are_not_told() -> None:
    found = section([told("tea", 10, customers=2), told("mug", 10)], [moved("tea", 90, customers=1)], [])
    assert [row[0] for one in cells(found) for row in one] == ["Mug"]


@pytest.mark.parametrize("tables", [fake_run(), empty_run()])
def test_without_a_forecast_it_says_so(tables: dict[str, ir.Table]) -> None:
    found = will_sell(Source(tables=tables, facts=Facts(**FACTS)))
    assert [block.kind for block in found.blocks] == ["note"]

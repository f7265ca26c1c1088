"""The report's section about what runs out: sums by product, the gate, and what a shop without a cycle is told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Note, Table
from patron.report.facts import Facts
from patron.report.sections.runs_out import runs_out
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def due(product: str, left: int, *, customers: int, chance: float = 0.5, grade: str = "B") -> list[dict[str, Any]]:
    on = AS_OF + timedelta(days=left)
    return [
        {
            "customer_id": f"{product}{number:03d}", "product_id": product, "last_bought_on": on - timedelta(days=30),
            "interval_days": 30.0, "due_on": on, "due_low": on, "due_high": on, "days_left": left, "purchases": 3,
            "chance": chance, "usual_amount": Decimal("8.00"), "grade": grade, "sentence": "running out",
        }
        for number in range(customers)
    ]  # fmt: skip


def cycles(**verdicts: str) -> ir.Table:
    counts = {"customers": 100, "repeaters": 60, "intervals": 200}
    rows = [
        {"product_id": name, "product_name": name.title(), "verdict": verdict, **counts}
        for name, verdict in verdicts.items()
    ]
    return table("product_cycles", rows)


def source(rows: list[dict[str, Any]]) -> Source:
    products = cycles(soap="replenished", tea="replenished", sofa="once", vase="few")
    made = {"replenishments": table("replenishments", rows), "product_cycles": products}
    return Source(tables={**fake_run(), **made}, facts=Facts(**FACTS))


def test_what_runs_out_within_two_weeks_is_added_up_by_product() -> None:
    rows = [
        *due("soap", 0, customers=60), *due("tea", 14, customers=100), *due("ink", 15, customers=80),
        *due("oil", -1, customers=80), *due("gin", 5, customers=80, grade="D"),
    ]  # fmt: skip
    section = runs_out(source(rows))
    [shown] = [block for block in section.blocks if isinstance(block, Table)]
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["Tea", "100", "50.0", "€400"],
        ["Soap", "60", "30.0", "€240"],
    ]
    [known] = [block.text for block in section.blocks if isinstance(block, Note)]
    assert "Of 4 products 2 (50%) are used up in a rhythm. 1 were never bought twice" in known


def test_few_customers_are_not_told() -> None:
    found = runs_out(source([*due("soap", 3, customers=60), *due("tea", 3, customers=2)]))
    [shown] = [block for block in found.blocks if isinstance(block, Table)]
    assert [row[0].text for row in shown.rows] == ["Soap"]
    assert len([block for block in found.blocks if isinstance(block, Note)]) == 2


@pytest.mark.parametrize("tables", [fake_run(), empty_run()])
def test_without_a_cycle_it_says_so(tables: dict[str, ir.Table]) -> None:
    section = runs_out(Source(tables=tables, facts=Facts(**FACTS)))
    assert [block.kind for block in section.blocks] == ["note"]

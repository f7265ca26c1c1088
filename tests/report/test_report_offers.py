"""The report's section about what to recommend: sums by product, the gate, and what is told without chances."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Block, Note, Table
from patron.report.facts import Facts
from patron.report.sections.offers import offers
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def told(product: str, customers: int, *, rank: int = 1, **facts: Any) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": f"{product}{number:03d}", "rank": rank, "product_id": product,
            "product_name": product.title(), "again": number % 4 == 0, "chance": 0.25, "price": Decimal("8.00"),
            "margin": Decimal("2.00"), "dearer_id": None, "reason": "Bought by many", **facts,
        }
        for number in range(customers)
    ]  # fmt: skip


def blocks(rows: list[dict[str, Any]]) -> tuple[Block, ...]:
    made = {**fake_run(), "next_products": table("next_products", rows)}
    return offers(Source(tables=made, facts=Facts(**FACTS))).blocks


def cells(found: tuple[Block, ...]) -> list[list[str]]:
    [shown] = [block for block in found if isinstance(block, Table)]
    return [[cell.text for cell in row] for row in shown.rows]


def test_what_is_among_the_first_three_is_added_up_by_product() -> None:
    rows = [
        *told("tea", 100, dearer_id="chai"), *told("chai", 80, rank=4), *told("mug", 200, rank=3, margin=None),
        *told("few", 2),
    ]  # fmt: skip
    found = blocks(rows)
    assert cells(found) == [
        ["Mug", "200", "150", "50.0", "€400", "–"],
        ["Tea", "100", "75", "25.0", "€50.00", "Chai"],
    ]
    [withheld] = [block.text for block in found if isinstance(block, Note)]
    assert withheld.startswith("Figures about fewer than 5 people are withheld")


def test_without_chances_there_is_an_order_and_no_money() -> None:
    found = blocks(told("tea", 100, chance=None))
    assert cells(found) == [["Tea", "100", "75", "–", "–", "–"]]
    [note] = [block.text for block in found if isinstance(block, Note)]
    assert note.startswith("Too few customers came back")


@pytest.mark.parametrize("tables", [fake_run(), empty_run()])
def test_where_nothing_is_recommended_it_says_so(tables: dict[str, ir.Table]) -> None:
    [note] = offers(Source(tables=tables, facts=Facts(**FACTS))).blocks
    assert note.kind == "note"

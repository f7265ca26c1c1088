"""The report's sections about bundles and what customers keep to: sums, the gate, and what is said where nothing is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.report.blocks import Note, Section, Table
from patron.report.facts import Facts
from patron.report.sections.affinity import affinity
from patron.report.sections.bundles import bundles
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def liked(kind: str, value: str, *, customers: int, within: str = "", **facts: Any) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": f"{kind}{within}{value}{number:03d}", "kind": kind, "within": within, "value": value,
            "name": value, "place": 1, "purchases": 3, "of_purchases": 4, "share": 0.75, "shrunk": 0.5, "low": 0.2,
            "high": 0.8, "shop_share": 0.25, "lift": 2.0, "loyalty": 0.4, **facts,
        }
        for number in range(customers)
    ]  # fmt: skip


def bundle(first: str, second: str, *, customers: int, extra: str, basis: str = "margin") -> dict[str, Any]:
    return {
        "bundle": f"{first} + {second}", "size": 2, "product_1": first, "product_2": second, "product_3": None,
        "name": f"{first.title()} + {second.title()}", "orders": 2 * customers, "share": 0.01, "customers": customers,
        "expected": 10.0, "lift": 4.0, "shrunk": 3.5, "low": 3.0, "high": 4.0, "p_value": 0.0, "q_value": 0.0,
        "tests": 100, "basis": basis, "amount_per_order": Decimal("12.00"), "extra_orders": 30.0,
        "extra_amount": Decimal(extra), "sentence": "together",
    }  # fmt: skip


def source(preferred: list[dict[str, Any]], together: list[dict[str, Any]]) -> Source:
    made = {"affinity": table("affinity", preferred), "bundles": table("bundles", together)}
    return Source(tables={**fake_run(), **made}, facts=Facts(**FACTS))


def shown(section: Section) -> list[list[list[str]]]:
    return [[[cell.text for cell in row] for row in block.rows] for block in section.blocks if isinstance(block, Table)]


def test_bundles_stand_in_the_order_of_their_money() -> None:
    told = [bundle("tea", "cup", customers=60, extra="300.00"), bundle("pen", "ink", customers=90, extra="900.00"),
            bundle("gin", "ice", customers=2, extra="5000.00")]  # fmt: skip
    section = bundles(source([], told))
    assert shown(section) == [[
        ["Pen + Ink", "180", "3.5 ×", "€12.00", "€900"],
        ["Tea + Cup", "120", "3.5 ×", "€12.00", "€300"],
    ]]  # fmt: skip
    [caption] = [block.caption for block in section.blocks if isinstance(block, Table)]
    assert "most margin beyond chance" in caption
    assert any("withheld" in block.text for block in section.blocks if isinstance(block, Note))


@pytest.mark.parametrize(
    ("bases", "words"),
    [(("revenue", "revenue"), "costs are not known"), (("revenue", "margin"), "most money beyond chance")],
)
def test_the_caption_says_what_the_money_is(bases: tuple[str, str], words: str) -> None:
    told = [bundle(f"a{place}", "b", customers=60, extra="9.00", basis=basis) for place, basis in enumerate(bases)]
    [caption] = [block.caption for block in bundles(source([], told)).blocks if isinstance(block, Table)]
    assert words in caption


def test_loyalty_by_category_and_where_and_when_customers_buy() -> None:
    preferred = [
        *liked("brand_in_category", "Acme", customers=60, within="tea"),
        *liked("own_label", "own", customers=60, within="tea", shrunk=0.3),
        *liked("own_label", "own", customers=50, within=""),
        *liked("weekday", "monday", customers=80), *liked("weekday", "sunday", customers=70, place=2),
        *liked("hour", "09", customers=60), *liked("hour", "10", customers=60, of_purchases=2),
        *liked("channel", "web", customers=55, shop_share=0.6),
    ]  # fmt: skip
    section = affinity(source(preferred, []))
    assert shown(section) == [
        [["tea", "120", "40%", "30%"]],
        [["Channel", "web", "55", "60%"], ["Weekday", "Monday", "80", "25%"], ["Hour", "09:00 to 09:59", "60", "25%"]],
    ]


def test_own_labels_have_no_column_where_nobody_knows_them() -> None:
    section = affinity(source(liked("brand_in_category", "Acme", customers=60, within="tea"), []))
    assert shown(section) == [[["tea", "60", "40%"]]]


def test_few_customers_are_not_told() -> None:
    section = affinity(source([*liked("channel", "web", customers=60), *liked("channel", "fax", customers=1)], []))
    assert "fax" not in str(shown(section))
    assert any(isinstance(block, Note) for block in section.blocks)


@pytest.mark.parametrize("tables", [fake_run(), empty_run()])
def test_without_rows_they_say_so(tables: dict[str, ir.Table]) -> None:
    for part in (affinity, bundles):
        section = part(Source(tables=tables, facts=Facts(**FACTS)))
        assert [block.kind for block in section.blocks] == ["note"]

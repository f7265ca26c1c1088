"""The report's section about prices: what is known, what is proposed, what is not said, and small cells."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron import charts
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.prices import prices
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip
Row = dict[str, Any]


def answer(category: str = "tea", elasticity: float | None = -2.0, **more: Any) -> Row:
    ends = (None, None) if elasticity is None else (elasticity - 0.5, elasticity + 0.5)
    return {
        "level": "category", "category": category, "product_id": "all", "other_product_id": "all",
        "segmentation": "all", "segment": "all", "status": "learned", "elasticity": elasticity,
        "low": ends[0], "high": ends[1], "naive": -0.4,
        "rows": 900, "units": 4_000.0, "products": 12, "price_moves": 80, "customers": 300, **more,
    }  # fmt: skip


def offer(**more: Any) -> Row:
    return {
        "level": "category", "category": "tea", "product_id": "all", "segmentation": "all", "segment": "all",
        "name": "tea", "same_price": "all", "status": "lower", "evidence": "modelled", "customers": 250,
        "period_days": 91, "units": 900.0, "revenue": Decimal("9000.00"), "cost": Decimal("4000.00"), "price": 10.0,
        "margin_rate": 0.55, "elasticity": -3.0, "elasticity_low": -3.5, "elasticity_high": -2.5, "change": -0.15,
        "best_price": None, "best_margin_rate": 0.48, "sold": 1.6, "gain": 700.0, "gain_low": 200.0,
        "gain_high": 1300.0,
        "chance": 0.99, "bound": "most_change", **more,
    }  # fmt: skip


def discount(**more: Any) -> Row:
    return {
        "source": "elasticity", "item": "tea", "evidence": "modelled", "from_day": AS_OF, "to_day": AS_OF,
        "customers": 80, "least": 80, "revenue": 5_000.0, "discount": 1_000.0, "anyway": 0.64, "anyway_low": 0.5,
        "anyway_high": 0.8, "given_away": 640.0, "given_away_low": 500.0, "given_away_high": 800.0, "won": 300.0,
        "net": -340.0, "net_low": -500.0, "net_high": 20.0, "status": "read", **more,
    }  # fmt: skip


def blocks(answers: list[Row], offers: list[Row], given: list[Row]) -> list[Any]:
    made = {"elasticities": answers, "price_offers": offers, "discounts": given}
    tables = {**fake_run(), **{name: table(name, rows) for name, rows in made.items()}}
    return list(prices(Source(tables=tables, facts=Facts(**FACTS))).blocks)


def test_what_is_known_is_drawn_and_said_in_money() -> None:
    found = blocks([answer(), answer("rice", -0.8)], [offer()], [discount()])
    first, curve, offers, given = found[:4]
    assert isinstance(first, Chart)
    assert "tea loses most: units change by about -20 %" in first.finding
    assert isinstance(curve, Chart)
    assert "-15% from today's is expected to earn €700 more in 91 days (€200 to €1,300)" in curve.finding
    assert [cell.text for cell in offers.rows[0]] == ["tea", "lower", "€10.00", "-15%", "€700", "99%"]
    assert [cell.text for cell in given.rows[0]] == ["tea", "modelled", "€1,000", "€640", "-€340"]


def test_a_gain_that_is_not_sure_asks_for_a_test() -> None:
    found = blocks([answer()], [offer(status="cannot_tell", gain_low=-50.0)], [])
    assert "test it first" in found[1].finding
    assert found[2].rows[0][1].text == "test first"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("moved_too_little", "moved too little"),
        ("followed_demand", "followed demand"),
        ("too_few", "Too little was sold"),
    ],
)
def test_what_is_not_known_says_why_and_what_to_do(status: str, words: str) -> None:
    (said,) = blocks([answer(elasticity=None, status=status)], [], [])
    assert isinstance(said, Note)
    assert words in said.text


@pytest.mark.parametrize(
    ("status", "words"),
    [("no_cost", "what the goods cost"), ("few_sales", "too little was sold"), ("below_floor", "the margin"),
     ("keep", "Prices stand well")],
)  # fmt: skip
def test_why_no_price_is_proposed_is_said(status: str, words: str) -> None:
    found = blocks([answer()], [offer(status=status, change=None, gain=None)], [])
    assert words in found[1].text


def test_segments_with_one_price_stand_in_one_row() -> None:
    rows = [offer(segmentation="tier", segment=name, same_price="basic") for name in ("basic", "gold")]
    offers = next(one for one in blocks([answer()], rows, []) if isinstance(one, Table))
    assert len(offers.rows) == 1


def test_vouchers_are_said_not_to_be_known() -> None:
    row = discount(
        source="vouchers", item="all", evidence="assumed", status="not_measured", anyway=None, given_away=None, net=None
    )
    assert any(
        "€1,000" in one.text and "experiment" in one.text
        for one in blocks([answer()], [], [row])
        if isinstance(one, Note)
    )


def test_cells_of_few_customers_are_withheld() -> None:
    found = blocks([answer(customers=2)], [offer(customers=2)], [discount(least=2)])
    assert not any(isinstance(one, Chart | Table) for one in found)
    assert found


def test_a_run_without_prices_says_what_it_takes() -> None:
    (said,) = prices(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert "twelve weeks" in said.text


def test_charts_of_nothing_say_so() -> None:
    assert charts.elasticities(table("elasticities", [])).layout.annotations
    assert charts.price_curve(offer(change=None), currency="EUR").layout.annotations

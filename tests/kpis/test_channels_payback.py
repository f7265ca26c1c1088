"""When the cost of a customer is back: by hand, months that are not lived yet, and intervals that hold the truth."""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from channel_shop import ChannelShop, of
from kpis_shop import Order

FIRST = date(2024, 1, 1)
COVERAGE = Path(__file__).resolve().parents[2] / "benchmarks" / "references" / "channel_coverage.py"


def buyers(name: str, month: date, *, many: int, later: int, amount: str) -> list[Order]:
    """Customers who order on the second of a month and `later` times again, 40 days apart."""
    return [
        Order(f"{name}{month:%m}{who:02d}", month + timedelta(days=1 + 40 * again), Decimal(amount))
        for who in range(many)
        for again in range(1 + later)
    ]


JANUARY, APRIL = FIRST, date(2024, 4, 1)
# The customers of January order every 40 days, those of April have ordered once so far.
ORDERS = [
    *buyers("a", JANUARY, many=25, later=3, amount="10.00"),
    *buyers("a", APRIL, many=25, later=0, amount="10.00"),
]
SHOP = ChannelShop(
    orders=ORDERS, as_of=date(2024, 5, 15), origins={order.customer: "search" for order in ORDERS},
    began={order.customer: "tea" if order.customer.endswith(tuple("01234")) else "cups" for order in ORDERS},
    spend=[(JANUARY, "search", "500.00"), (APRIL, "search", "375.00")],
)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    return SHOP.payback()


def curve(rows: list[dict[str, Any]], **wanted: str) -> list[dict[str, Any]]:
    """Return the months of one curve, in order."""
    usual = {"channel": "search", "cohort": "all", "item": "all"} | wanted
    return [row for row in rows if all(row[name] == value for name, value in usual.items())]


def test_a_curve_by_hand(made: list[dict[str, Any]]) -> None:
    rows = curve(made, cohort="2024-01")
    # The last of the month's days is 105 days ago: three whole months are lived.
    assert [row["margin"] for row in rows][:4] == [10.0, 10.0, 20.0, 30.0]
    assert [row["watched"] for row in rows][:4] == [25.0] * 4
    assert {row["cac"] for row in rows} == {20.0}
    assert {row["status"] for row in rows} == {"paid_back"}
    january = of(SHOP.acquisition(), channel="search", cohort="2024-01")
    assert january["payback_days"] == pytest.approx(
        60.0
    )  # at the end of month 2 they have brought the 20 that one cost


def test_months_that_are_not_lived_are_those_of_older_cohorts_and_marked(made: list[dict[str, Any]]) -> None:
    rows = curve(made, cohort="2024-04")
    assert [(row["margin"], row["watched"]) for row in rows[:4]] == [
        (10.0, 25.0),
        (10.0, 0.0),
        (20.0, 0.0),
        (30.0, 0.0),
    ]
    assert {row["status"] for row in rows} == {"expected"}
    assert rows[0]["margin_high"] < rows[2]["margin_high"]
    whole = curve(made)
    assert [row["watched"] for row in whole[:4]] == [50.0, 25.0, 25.0, 25.0]
    assert [row["margin"] for row in whole[:4]] == [10.0, 10.0, 20.0, 30.0]
    assert {row["cac"] for row in whole} == {17.5}


def test_what_they_began_with_costs_what_the_channel_costs(made: list[dict[str, Any]]) -> None:
    tea = curve(made, item="tea")
    assert {row["began_with"] for row in tea} == {"category"}
    assert {(row["people"], row["cac"]) for row in tea} == {(30, 17.5)}  # 15 of each month; few for a cohort
    assert not curve(made, item="tea", cohort="2024-01")


def test_no_curve_where_nobody_was_watched() -> None:
    early = ChannelShop(orders=ORDERS[:4], as_of=FIRST + timedelta(days=20), origins=SHOP.origins)
    assert [row["month"] for row in early.payback()] == []


@pytest.mark.slow
def test_the_intervals_hold_what_they_promise() -> None:
    covered = runpy.run_path(str(COVERAGE))["covered"]
    for customers in (20.0, 100.0, 400.0):
        found = covered(customers, repetitions=1_500, seed=int(customers))
        assert min(found.values()) > 0.92, (customers, found)
        assert max(found["cac"], found["ltv"], found["ltv_cac"]) < 0.98, (customers, found)

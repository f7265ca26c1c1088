"""What price changes brought: by hand at a known elasticity, and nothing where nothing moved."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from patron.contracts.price_offer import PRICE_CHANGES
from patron.kpis.price_changes import SHORTEST, price_changes

AS_OF = date(2024, 12, 31)
Row = dict[str, Any]


def week(ago: int, price: float, units: int = 10, *, product: str = "p1", cost: float = 5.0) -> Row:
    return {
        "segmentation": "all", "segment": "all", "product_id": product, "week": ago, "category": "tea",
        "units": Decimal(units), "listed": Decimal(str(price * units)),
        "discount": Decimal(0), "cost": Decimal(str(cost * units)), "lines": 1, "costed": 1,
    }  # fmt: skip


def answer(elasticity: float = -2.0, *, status: str = "learned") -> Row:
    return {
        "level": "category", "category": "tea", "segmentation": "all", "status": status, "elasticity": elasticity,
        "low": elasticity - 0.4, "high": elasticity + 0.4,
    }  # fmt: skip


TOTALS = pa.Table.from_pylist([{"part": "bought", "category": "tea", "customers": 70}])


def changed(rows: list[Row], **more: Any) -> list[Row]:
    table = price_changes(pa.Table.from_pylist(rows), TOTALS, [answer(**more)], as_of=AS_OF)
    PRICE_CHANGES.check(ibis.memtable(table))
    return table.to_pylist()


def periods(before: float, after: float, *, weeks: int = SHORTEST, **more: Any) -> list[Row]:
    return [week(ago, after if ago < weeks else before, **more) for ago in range(2 * weeks)]


def test_a_tenth_more_at_an_elasticity_of_two() -> None:
    """At 11 instead of 10, 130 units were sold; at 10 it would have been 130 x 1.1^2."""
    (row,) = changed(periods(10.0, 11.0))
    assert row["effect"] == pytest.approx(130 * (11 - 5) - 130 * 1.1**2 * (10 - 5))
    assert row["effect_low"] < row["effect"] < row["effect_high"]
    assert row["change"] == pytest.approx(0.1)
    assert row["customers"] == 70
    assert (row["from_day"], row["to_day"]) == (date(2024, 10, 2), AS_OF)


def test_going_there_and_back_adds_up_to_nothing() -> None:
    """What a change brought is the opposite of what taking it back, with the sales it makes, would bring."""
    there = changed(periods(10.0, 11.0, units=100))[0]["effect"]
    sold_then = 100 * 1.1**2
    rows = []
    for ago in range(2 * SHORTEST):
        price = 10.0 if ago < SHORTEST else 11.0
        sums = {"units": sold_then, "listed": sold_then * price, "cost": sold_then * 5.0}
        rows.append(week(ago, price) | {name: Decimal(str(value)) for name, value in sums.items()})
    back = changed(rows)[0]["effect"]
    assert there + back == pytest.approx(0.0, abs=1e-6)


def test_prices_that_stood_still_make_no_row() -> None:
    assert changed(periods(10.0, 10.05)) == []


def test_what_was_not_learned_or_has_no_cost_makes_no_row() -> None:
    assert changed(periods(10.0, 11.0), status="followed_demand") == []
    assert changed([row | {"costed": 0} for row in periods(10.0, 11.0)]) == []


def test_short_data_make_no_row() -> None:
    assert changed(periods(10.0, 11.0, weeks=SHORTEST - 1)) == []


def test_a_new_product_was_not_repriced() -> None:
    new = [week(ago, 20.0, product="p2") for ago in range(SHORTEST)]
    assert changed([*periods(10.0, 11.0), *new])[0]["products"] == 1

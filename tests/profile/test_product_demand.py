"""From cleaned lines to the tables of a run: what is sold and what is not, and nothing where nothing can be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ibis.expr.types as ir
import pytest
from lines_of import AS_OF, line, lines, rows

from patron.contracts.demand import DEMAND, DEMAND_TESTS, TRENDS
from patron.models import product_demand

Keep = Callable[[str, ir.Table], ir.Table]


def sold(weeks: int = 70, **facts: Any) -> list[dict[str, Any]]:
    """Three customers who each buy a mug a week."""
    return [
        line(10 * turn + who, f"c{who}", AS_OF - timedelta(days=7 * turn + who), **facts)
        for turn in range(weeks)
        for who in range(3)
    ]


def tables(made: list[dict[str, Any]], keep: Keep) -> dict[str, list[dict[str, Any]]]:
    found = product_demand(lines(*made), as_of=AS_OF, keep=keep)
    assert list(found) == ["demand", "trends", "demand_tests"]
    for contract in (DEMAND, TRENDS, DEMAND_TESTS):
        contract.check(found[contract.name])
    return {name: sorted(rows(table), key=str) for name, table in found.items()}


def test_a_product_s_weeks_are_told_with_its_name_price_and_customers(keep: Keep) -> None:
    made = sold()
    found = tables(made, keep)
    [whole] = [row for row in found["demand"] if (row["segment"], row["week"]) == ("all", 0)]
    units = made[0]["quantity"] * 3 * 8
    assert whole["units"] == pytest.approx(units, rel=0.05)
    assert (whole["from_day"], whole["to_day"]) == (AS_OF + timedelta(days=1), AS_OF + timedelta(days=56))
    assert float(whole["value"]) == pytest.approx(whole["units"] * float(made[0]["amount"]) / made[0]["quantity"], 0.01)
    assert (whole["customers"], whole["verdict"]) == (3, "sold")
    [trend] = [row for row in found["trends"] if row["kind"] == "product"]
    assert (trend["purchases"], trend["found"], trend["customers"]) == (24, False, 3)
    assert {row["origin"] for row in found["demand_tests"]} == {AS_OF - timedelta(days=56)}


def test_lines_without_a_product_adjustments_and_later_lines_are_left_out(keep: Keep) -> None:
    more = [
        line(9_001, "c1", AS_OF, product_id=None),
        line(9_002, "c1", AS_OF, kind="adjustment"),
        line(9_003, "c1", AS_OF + timedelta(days=1)),
    ]
    assert tables([*sold(), *more], keep) == tables(sold(), keep)


@pytest.mark.parametrize("made", [[], sold(1), sold(5), [line(1, "c1", AS_OF, product_id=None)], sold(quantity=-1.0)])
def test_without_enough_weeks_the_tables_are_empty(made: list[dict[str, Any]], keep: Keep) -> None:
    assert tables(made, keep) == {"demand": [], "trends": [], "demand_tests": []}

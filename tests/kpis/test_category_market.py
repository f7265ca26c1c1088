"""Our growth beside the market's: exact by hand, nothing of later days, and no row where either side is unknown."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.kpis import category_market

FIRST = date(2023, 1, 1)
NOON = datetime.combine(FIRST, time(12))
AS_OF = FIRST + timedelta(days=199)  # two periods of a hundred days


def lines(*sold: tuple[str | None, int, str, str]) -> ir.Table:
    """Lines of (category, day from the first, amount, customer)."""
    table = pa.table({
        "customer_id": [who for *_, who in sold],
        "ordered_at": [NOON + timedelta(days=day) for _, day, _, _ in sold],
        "category": pa.array([category for category, *_ in sold], pa.string()),
        "amount": pa.array([Decimal(amount) for _, _, amount, _ in sold], pa.decimal128(18, 2)),
        "discount": pa.array([Decimal("0.00")] * len(sold), pa.decimal128(18, 2)),
    })  # fmt: skip
    return ibis.memtable(table)


def market(*told: tuple[str, int, float]) -> ir.Table:
    rows = [
        {"day": FIRST + timedelta(days=day), "series": f"index|{category}", "category": category,
         "category_index": index, "file": "m.csv", "row": row}
        for row, (category, day, index) in enumerate(told, start=1)
    ]  # fmt: skip
    schema = TABLES["raw_market"].schema.to_pyarrow()
    return ibis.memtable(pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema))


SOLD = (("Tea", 0, "60.00", "ann"), ("Tea", 10, "40.00", "bob"), ("Tea", 150, "170.00", "ann"),
        ("Tea", 160, "-20.00", "ann"), ("Toys", 20, "10.00", "bob"), (None, 5, "9.00", "bob"))  # fmt: skip
TOLD = (("Tea", 0, 1.0), ("Tea", 50, 1.0), ("Tea", 120, 1.1), ("Tea", 190, 1.3), ("Toys", 30, 1.0), ("Pets", 30, 1.0))


def rows_of(sold: ir.Table, told: ir.Table, as_of: date = AS_OF) -> list[dict[str, Any]]:
    found = TABLES["category_market"].check(category_market(sold, told, as_of=as_of))
    rows: list[dict[str, Any]] = found.to_pyarrow().to_pylist()
    return rows


def test_growth_stands_beside_the_growth_of_the_index() -> None:
    [tea] = rows_of(lines(*SOLD), market(*TOLD))  # of toys nothing was sold in the later period, of pets never
    assert (tea["revenue_before"], tea["revenue_after"]) == (Decimal("100.00"), Decimal("150.00"))
    assert tea["growth"] == pytest.approx(0.5)
    assert tea["market_growth"] == pytest.approx(0.2)
    assert tea["ahead"] == pytest.approx(0.25)
    assert tea["customers"] == 1
    assert (tea["before_from"], tea["after_to"]) == (FIRST, AS_OF)


def test_nothing_of_later_days_is_known() -> None:
    later = lines(*SOLD, ("Tea", 250, "900.00", "cid"))
    assert rows_of(later, market(*TOLD, ("Tea", 260, 9.0))) == rows_of(lines(*SOLD), market(*TOLD))


def test_without_an_index_or_enough_days_there_is_no_row() -> None:
    assert rows_of(lines(*SOLD), market()) == []
    assert rows_of(lines(*SOLD), market(*TOLD), as_of=FIRST + timedelta(days=40)) == []

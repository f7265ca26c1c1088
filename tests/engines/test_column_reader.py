"""A value read where it lies is the one that Arrow gives, of every type that tables have, missing or not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from patron.engines.column_reader import reader_of

COLUMNS = {
    "text": pa.array(["a", None, "", "é\U0001f600"]),
    "large text": pa.array(["a", None, "b"], pa.large_string()),
    "cut text": pa.array(["a", None, "bc", "d"]).slice(1),
    "cut numbers": pa.array([1, None, 3]).slice(1),
    "whole": pa.array([1, None, -(2**63), 2**63 - 1]),
    "small": pa.array([1, -1, None], pa.int16()),
    "float": pa.array([0.5, None, float("inf")]),
    "truth": pa.array([True, None, False] * 5),
    "day": pa.array([date(1, 1, 1), date(2024, 2, 29), None, date(9999, 12, 31)]),
    "moment": pa.array([-1, None, 1_709_168_523_000_004], pa.timestamp("us")),
    "zoned": pa.array([0, None], pa.timestamp("us", "UTC")),
    "money": pa.array([Decimal("12.50"), None, Decimal("-0.01"), Decimal("0.00")], pa.decimal128(18, 2)),
    "long money": pa.array([Decimal("1" * 38), None], pa.decimal128(38, 0)),
    "nothing": pa.nulls(3),
    "all missing": pa.nulls(3, pa.decimal128(18, 2)),
    "list": pa.array([["a"], None, []]),
    "full": pa.array([1.5, 2.5]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_reads_what_arrow_reads(name: str) -> None:
    column = COLUMNS[name]
    read = reader_of(column)
    found, told = [read(at) for at in range(len(column))], column.to_pylist()
    assert [(type(one), repr(one)) for one in found] == [(type(one), repr(one)) for one in told]

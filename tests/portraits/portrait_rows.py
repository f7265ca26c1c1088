"""Small tables and rows for the tests of portraits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import TABLES
from patron.portraits.pains import Pain
from patron.portraits.segment_facts import SegmentFacts

Row = dict[str, Any]


def table(name: str, rows: list[Row]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=TABLES[name].schema.to_pyarrow()))


def finding(attribute: str, value: str, *, kind: str = "other", more: bool = True, **changes: Any) -> Row:
    """Return a row of `portraits`."""
    return {
        "segmentation": "behaviour", "segment": "b1", "attribute": attribute, "value": value, "kind": kind,
        "people": 40, "known": 100, "share": 0.4, "others": 60, "others_known": 300, "share_others": 0.2,
        "lift": 2.0 if more else 0.5, "lift_low": 1.5 if more else 0.3, "lift_high": 2.7 if more else 0.8,
        "p_value": 1e-6, "q_value": 1e-4, "defines": False, "found": True, "rank": 1,
    } | changes  # fmt: skip


def facts(**changes: Any) -> SegmentFacts:
    return SegmentFacts("behaviour", "b1", **changes)


def pain(name: str, item: str = "", *, value: str | None = None, people: int = 12) -> Pain:
    return Pain(
        segmentation="behaviour", segment="b1", pain=name, item=item, people=people, of=100,
        value=None if value is None else Decimal(value), basis=None if value is None else "gap",
    )  # fmt: skip


def theme(
    name: str, *, rating: float | None = None, nps: float | None = None, customers: int = 30, lift: float = 1.5
) -> Row:
    return {
        "segmentation": "behaviour", "segment": "b1", "theme": name, "customers": customers, "share": 0.3,
        "lift": lift, "rating": rating, "nps": nps,
    }  # fmt: skip

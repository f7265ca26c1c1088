"""Small tables of signals, segments and forecasts by which opportunities are tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import TABLES
from patron.contracts.signal import LIBRARY

DAY = date(2024, 6, 30)

BLANK = {"string": "x", "int64": 0, "float64": 0.0, "date": DAY, "boolean": False}


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> ir.Table:
    """Return rows of a contract; what a row does not say is none, or blank where that may not be."""
    contract = TABLES[name]
    blank = {
        column.name: None if column.nullable else BLANK.get(str(column.dtype).removeprefix("!"), Decimal(0))
        for column in contract.columns
    }
    return ibis.memtable(pa.Table.from_pylist([{**blank, **row} for row in rows], schema=contract.schema.to_pyarrow()))


def fired(who: str, signal: str, **told: Any) -> dict[str, Any]:
    """Return one row of signals."""
    family, kind, _ = LIBRARY[signal]
    return {
        "customer_id": who, "signal": signal, "family": family, "subject_kind": kind, "subject": "", "fired_on": DAY,
        "fresh_until": date(2024, 7, 5), "facts": "{}", **told,
    }  # fmt: skip


def ahead(who: str, orders: float, value: float, **told: Any) -> dict[str, Any]:
    """Return one forecast over a year: `value` of margin in all."""
    return {
        "customer_id": who, "horizon_days": 365, "expected_orders": orders, "predicted_value": value,
        "expected_spend": 2 * value / max(orders, 0.01), "basis": "margin", "grade": "B", **told,
    }  # fmt: skip


def member(who: str, segment: str, segmentation: str = "tier") -> dict[str, Any]:
    """Return one membership."""
    return {"customer_id": who, "segmentation": segmentation, "segment": segment}


def states(**fresh_days: int) -> ir.Table:
    """Return the states of some signals."""
    return table(
        "signal_states",
        [
            {"signal": name, "family": LIBRARY[name][0], "subject_kind": "none", "status": "fires", "fresh_days": days}
            for name, days in fresh_days.items()
        ],
    )  # fmt: skip

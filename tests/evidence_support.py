"""A shop of a few hundred customers, a mix model and touches, by hand: for tests of the evidence about channels."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts import TABLES

LAST = date(2024, 12, 31)
CUSTOMERS = 300
Row = dict[str, Any]


def table(name: str, rows: list[Row]) -> ir.Table:
    columns = TABLES[name].schema.to_pyarrow()
    whole = [{column: row.get(column) for column in columns.names} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(whole, schema=columns))


def cents(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def orders(count: int = 2_000, *, days: int = 700, seed: int = 1) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows = []
    for place, (who, ago, worth) in enumerate(
        zip(rng.integers(0, CUSTOMERS, count), rng.integers(0, days, count), rng.gamma(4, 15, count), strict=True)
    ):
        amount = cents(float(worth))
        rows.append({
            "order_id": f"o{place}", "customer_id": f"c{who}", "amount": amount, "revenue": amount,
            "margin": cents(float(amount) / 2), "discount": Decimal(0), "returns": Decimal(0), "lines": 1, "units": 1.0,
            "ordered_at": datetime.combine(LAST - timedelta(days=int(ago)), time(12)),
        })  # fmt: skip
    return rows


def credits_of(placed: list[Row], *, days: int = 500, shares: dict[str, float] | None = None) -> list[Row]:
    """Share each order of the last days among channels; every third has no touch."""
    split = shares or {"paid_search": 0.6, "email": 0.4}
    first: dict[str, Row] = {}
    for row in sorted(placed, key=lambda row: (row["ordered_at"], row["order_id"])):
        first.setdefault(row["customer_id"], row)
    rows = []
    for place, row in enumerate(placed):
        day = row["ordered_at"].date()
        if day < LAST - timedelta(days=days):
            continue
        parts = {"none": 1.0} if place % 3 == 0 else split
        left = {name: row[name] for name in ("amount", "margin")}
        for at, (channel, share) in enumerate(parts.items()):
            money = {name: cents(float(row[name]) * share) for name in left}
            if at == len(parts) - 1:
                money = dict(left)
            left = {name: left[name] - money[name] for name in left}
            rows.append({
                "order_id": row["order_id"], "customer_id": row["customer_id"], "channel": channel, "ordered_on": day,
                "first_order": first[row["customer_id"]] is row, "model": "markov", "credit": share,
                "calibrated": share, "revenue": money["amount"], "margin": money["margin"],
            })  # fmt: skip
    return rows


def members() -> list[Row]:
    return [
        {"customer_id": f"c{who}", "segmentation": "tier", "segment": ("top", "middle", "rest")[who % 3], "as_of": LAST}
        for who in range(CUSTOMERS)
    ]


def weeks(
    channels: dict[str, float], *, count: int = 104, half: float = 0.3, model: str = "mix", **more: Any
) -> list[Row]:
    """Return what a mix model says of weeks that end on the last day: contributions with intervals of so much."""
    rows = []
    for ago in range(count):
        start = LAST - timedelta(days=7 * (ago + 1) - 1)
        for channel, amount in channels.items():
            rows.append({
                "model": model, "channel": channel, "period_start": start, "period_days": 7,
                "contribution": cents(amount), "low": cents(amount * (1 - half)), "high": cents(amount * (1 + half)),
                "level": 0.95, "spend": Decimal(100), "fitted_on": None,
            } | more)  # fmt: skip
    return rows


def lift(channel: str, *, raw: float, error: float, ratio: float | None = None) -> Row:
    """Return a row of CHANNEL_LIFTS: a test of which attribution had given the channel 100 orders."""
    middle = raw if ratio is None else ratio
    return {
        "channel": channel, "model": "markov", "tests": f"{channel} test", "status": "calibrated", "customers": 100,
        "measured": 100 * raw, "measured_low": 100 * (raw - 1.959963984540054 * error),
        "measured_high": 100 * (raw + 1.959963984540054 * error), "attributed": 100.0, "raw": raw, "ratio": middle,
        "ratio_low": max(middle - error, 0.0), "ratio_high": middle + error,
    }  # fmt: skip

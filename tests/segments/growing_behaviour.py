"""Features of customers of planted kinds, month by month: what is counted of each grows by what she ordered since."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.planted_segments import KINDS, middles, ways_of

DAYS, MONTH, MONTHS = 1096, 30, 12
SHARES = {"app_share": "app", "store_share": "store", "evening_share": "evening", "weekend_share": "weekend",
          "year_end_share": "year_end"}  # fmt: skip
Counts = NDArray[np.float64]


def months(customers: int, seed: int) -> Iterator[pa.Table]:
    """Yield the features of the same customers at the end of thirteen months."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(len(KINDS), customers, p=[one.share for one in KINDS])
    own = ways_of(rng, kind, 1.0)
    start = rng.integers(0, DAYS // 2, customers)
    first = DAYS - MONTH * MONTHS
    known: dict[str, Counts] = {}
    for month in range(MONTHS + 1):
        length = (first - start if month == 0 else np.full(customers, MONTH)) / own["interval_days"]
        orders = np.maximum(rng.poisson(length), int(month == 0))
        for name, new in _ordered(rng, own, orders).items():
            known[name] = known.get(name, np.zeros(customers)) + new
        yield _features(known, middles("products")[kind], first + MONTH * month - start)


def _ordered(rng: np.random.Generator, own: dict[str, Counts], orders: NDArray[np.int64]) -> dict[str, Counts]:
    lines = orders + rng.poisson(orders * np.maximum(own["lines"] - 1, 0))
    spent = own["order_value"] * rng.gamma(np.maximum(orders * 2.8, 1e-9)) / 2.8
    return {
        "orders": orders, "lines": lines, "spent": spent,
        "off": spent * own["discount"] * rng.gamma(4, 0.25, len(orders)),
        "back": spent * rng.binomial(np.maximum(lines, 1), own["returns"]) / np.maximum(lines, 1),
        "focus": rng.binomial(lines, own["focus"]),
        **{name: rng.binomial(orders, own[way]) for name, way in SHARES.items()},
    }  # fmt: skip


def _features(known: dict[str, Counts], products: Counts, age: NDArray[np.int64]) -> pa.Table:
    orders, lines, spent = known["orders"], known["lines"], np.maximum(known["spent"], 0.01)
    return pa.table({
        "customer_id": [f"C{number:05d}" for number in range(len(orders))],
        "order_days": orders.astype(np.int64), "lines": lines.astype(np.int64),
        "average_order_value": spent / orders, "lines_per_order": lines / orders,
        "expected_interval_days": age / orders, "discount_rate": known["off"] / spent,
        "return_rate": known["back"] / spent, "top_category_share": known["focus"] / lines,
        "repeat_share": 1 - products * (1 - np.exp(-lines / products)) / lines,
        **{name: known[name] / orders for name in SHARES},
    })  # fmt: skip

"""Order lines at planted prices, one unit a line, as a shop's records would have them after cleaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from patron.simulate import planted_prices

PRODUCTS, WEEKS, UNITS = 30, 156, 20.0  # of a category; a week's units of a usual product
UNITS_DRAWN = 24.0  # a week's, on average
DAY_US, WEEK_DAYS = 86_400_000_000, 7
CUSTOMERS_PER_LINE = 0.02


def write_prices(file: Path, rows: int, seed: int) -> None:
    """Write about `rows` lines of raw_order_lines, and beside them what made them."""
    categories = max(1, round(rows / (UNITS_DRAWN * WEEKS * PRODUCTS)))
    planted = planted_prices(categories=categories, products=PRODUCTS, weeks=WEEKS, units=UNITS, seed=seed)
    rng = np.random.default_rng(seed)
    weeks = planted.rows.select(["product_id", "category", "period", "units", "price", "competitor_price"])
    units = weeks["units"].to_numpy()
    place = rng.permutation(np.repeat(np.arange(len(units)), units))
    lines, size = weeks.take(pa.array(place)), len(place)
    day = lines["period"].cast(pa.int32()).to_numpy().astype(np.int64) + rng.integers(0, WEEK_DAYS, size)
    customers = np.char.add("c", rng.integers(0, max(1, int(size * CUSTOMERS_PER_LINE)), size).astype(str))
    pq.write_table(pa.table({
        "line_id": np.arange(size), "order_id": np.char.add("o", np.arange(size).astype(str)), "customer_id": customers,
        "product_id": lines["product_id"], "category": lines["category"],
        "ordered_at": pa.array(day * DAY_US, pa.timestamp("us", "UTC")), "quantity": np.ones(size),
        "kind": pa.array(["sale"]).take(pa.array(np.zeros(size, dtype=np.int64))),
        "amount": pc.round(lines["price"], 2).cast(pa.decimal128(18, 2)),
        "discount": pa.array(np.zeros(size)).cast(pa.decimal128(18, 2)),
        "cost": pa.nulls(size, pa.decimal128(18, 2)), "reverses": pa.nulls(size, pa.int64()),
    }), file)  # fmt: skip
    truth = pa.table({"product_id": list(planted.products), "elasticity": list(planted.products.values())})
    pq.write_table(truth, file.with_name(f"{file.stem}.parquet".replace("prices_", "elasticities_")))

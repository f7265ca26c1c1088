"""A shop of order lines whose prices were set by lot, with elasticities that are known, and a context to run a step."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts import TABLES
from patron.pipeline.price_settings import PriceSettings
from patron.pipeline.price_steps import PRICE_STEP

LAST = date(2024, 12, 29)
WEEKS, EACH, CUSTOMERS = 60, 6, 120
TRUE = {"tea": -3.0, "rice": -0.8}
COST = 6.0
Row = dict[str, Any]


def lines(*, seed: int = 1, cost: bool = True, moving: bool = True, later: bool = False) -> ir.Table:
    """Draw one line a unit: prices of a week are 10 times a lot's draw, units answer by the category's elasticity."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for category, elasticity in TRUE.items():
        for product in range(EACH):
            move = rng.choice([0.85, 0.95, 1.0, 1.05, 1.15], WEEKS) if moving else np.ones(WEEKS)
            units = rng.poisson(6 * move**elasticity)
            for week in range(WEEKS):
                for _ in range(units[week]):
                    day = LAST - timedelta(days=7 * (WEEKS - 1 - week) + int(rng.integers(0, 7)))
                    who = int(rng.integers(0, CUSTOMERS))
                    price = round(10 * move[week], 2)
                    rows.append({"product_id": f"{category}{product}", "category": category, "day": day, "who": who}
                                | {"price": price})  # fmt: skip
    if later:
        rows += [row | {"day": LAST + timedelta(days=3), "price": 99.0} for row in rows[:500]]
    return _table(rows, cost=cost)


def _table(rows: list[Row], *, cost: bool) -> ir.Table:
    many, schema = len(rows), TABLES["raw_order_lines"].schema.to_pyarrow()
    money = pa.array([Decimal(str(row["price"])) for row in rows], pa.decimal128(18, 2))
    days = [datetime(row["day"].year, row["day"].month, row["day"].day, 12) for row in rows]  # noqa: DTZ001
    told = {
        "line_id": np.arange(many), "row": np.arange(many), "file": ["f"] * many, "ordered_at": days,
        "order_id": [f"o{one}" for one in range(many)], "customer_id": [f"c{row['who']:03d}" for row in rows],
        "product_id": [row["product_id"] for row in rows], "category": [row["category"] for row in rows],
        "quantity": np.ones(many), "unit_price": money.cast(pa.decimal128(18, 4)), "amount": money,
        "discount": [Decimal(0)] * many, "cost": [Decimal(str(COST)) if cost else None] * many, "kind": ["sale"] * many,
        "repeated": [False] * many,
    }  # fmt: skip
    columns = [pa.array(told[one.name], one.type) if one.name in told else pa.nulls(many, one.type) for one in schema]
    return ibis.memtable(pa.table(columns, schema=schema))


def people() -> dict[str, ir.Table]:
    """Return who is in which tier and from where: France lies in both tiers."""
    who = [f"c{one:03d}" for one in range(CUSTOMERS)]
    tier = ["top" if one % 2 else "basic" for one in range(CUSTOMERS)]
    members = ibis.memtable({"customer_id": who, "segmentation": ["tier"] * CUSTOMERS, "segment": tier})
    country = ["FR" if one % 3 else "UK" for one in range(CUSTOMERS)]
    return {"memberships": members, "profiles": ibis.memtable({"customer_id": who, "country": country})}


def made_of(raw: ir.Table, *, settings: PriceSettings | None = None, **tables: ir.Table) -> dict[str, list[Row]]:
    """Run the step, and return the rows that it made."""
    kept = {name: TABLES[name].empty() for name in PRICE_STEP.needs}
    kept |= {"raw_order_lines": raw, **people(), **tables}

    class Asked(SimpleNamespace):
        def __getitem__(self, name: str) -> ir.Table:
            return kept[name]

        def of_customers(self, source: str) -> ir.Table:
            return kept[f"raw_{source}"]

    asked = Asked(
        settings=SimpleNamespace(sampled=False, sells=True, prices=settings or PriceSettings()), as_of=LAST,
        tables=kept, keep=lambda _name, table: ibis.memtable(table.to_pyarrow()),
    )  # fmt: skip
    made = dict(PRICE_STEP.function(asked))  # type: ignore[arg-type]
    assert tuple(made) == PRICE_STEP.makes
    return {name: TABLES[name].check(table).to_pyarrow().to_pylist() for name, table in made.items()}

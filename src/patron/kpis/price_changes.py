"""What did the last changes of prices bring?

In   what `profile.price_weeks` and `price_totals` add up, contracts.price.ELASTICITIES
Out  contracts.price_offer.PRICE_CHANGES

Two periods of equal length: at the later one's prices q units were sold; at the earlier price, with elasticity e, it
would have been q (p0 / p1)^e. Only prices before discount count, for discounts are told by `discount_response`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import ndtri

from patron.contracts.price_offer import PRICE_CHANGES
from patron.models.estimator import NORMAL_95
from patron.profile.price_totals import BOUGHT
from patron.profile.price_weeks import ALL

Row = dict[str, Any]
Floats = NDArray[np.float64]

LONGEST, SHORTEST = 52, 13
"""Weeks of a period: a year, or half of the data; a quarter at least."""

MOVED = 0.01
"""Change of a product's mean price below which it counts as the same."""

PARTS = 200
"""Equally likely parts into which the elasticity's distribution is cut to count a chance."""


def price_changes(
    sums: pa.Table, totals: pa.Table, elasticities: Iterable[Mapping[str, Any]], *, as_of: date
) -> pa.Table:
    """Return what the changes of prices brought, by category.

    Parameters
    ----------
    sums, totals : pyarrow Table
        What `price_weeks` and `price_totals` return.
    elasticities : iterable of mapping
        Rows of contracts.price.ELASTICITIES.
    as_of : date
        The run's day.

    Returns
    -------
    pyarrow Table
        PRICE_CHANGES: categories with a product whose price was changed, whose elasticity is known and of which it is
        known what all goods cost. None where the data are shorter than two quarters.

    Notes
    -----
    All products of a category are taken to answer as the category does, so that the ends of the elasticity are the
    ends of the effect.
    """
    schema = PRICE_CHANGES.schema.to_pyarrow()
    weeks = _weeks(sums)
    if weeks < SHORTEST:
        return schema.empty_table()
    bought = {row["category"]: row["customers"] for row in totals.to_pylist() if row["part"] == BOUGHT}
    learned = {
        row["category"]: row for row in elasticities
        if row["level"] == "category" and row["segmentation"] == ALL and row["status"] == "learned"
    }  # fmt: skip
    by_category: dict[str, list[Row]] = {}
    for row in _moved(sums, weeks):
        by_category.setdefault(row["category"], []).append(row)
    days = {"from_day": as_of - timedelta(days=7 * weeks - 1), "to_day": as_of}
    rows = [
        {"category": name, "customers": bought.get(name, 0), **days, **_effect(moved, learned[name])}
        for name, moved in sorted(by_category.items())
        if name in learned and all(row["costed"] for row in moved)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _weeks(sums: pa.Table) -> int:
    known = (pc.max(sums["week"]).as_py() or 0) + 1 if sums.num_rows else 0
    return min(LONGEST, known // 2)


def _moved(sums: pa.Table, weeks: int) -> list[Row]:
    """Return the products that were sold in both periods at another mean price, with their sums of the later one."""
    within = pc.and_(pc.equal(sums["segmentation"], ALL), pc.less(sums["week"], 2 * weeks))
    told = sums.filter(within)
    told = told.append_column("later", pc.less(told["week"], weeks))
    added = [(name, "sum") for name in ("units", "listed", "discount", "cost", "lines", "costed")]
    each = told.group_by(["product_id", "later"]).aggregate([*added, ("category", "max")]).to_pylist()
    before = {row["product_id"]: row for row in each if not row["later"]}
    rows = []
    for row in (row for row in each if row["later"] and row["product_id"] in before):
        first = before[row["product_id"]]
        ratio = float(row["listed_sum"] / row["units_sum"]) / float(first["listed_sum"] / first["units_sum"])
        if abs(ratio - 1) >= MOVED:
            rows.append({
                "category": row["category_max"] or "", "product_id": row["product_id"], "ratio": ratio,
                "revenue": float(row["listed_sum"] - row["discount_sum"]), "cost": float(row["cost_sum"] or 0),
                "costed": row["costed_sum"] == row["lines_sum"],
            })  # fmt: skip
    return sorted(rows, key=lambda row: row["product_id"])  # so that sums do not depend on the order


def _effect(moved: list[Row], answer: Mapping[str, Any]) -> Row:
    ratio, revenue, cost = (np.array([row[name] for row in moved]) for name in ("ratio", "revenue", "cost"))
    error = (answer["high"] - answer["low"]) / (2 * NORMAL_95)
    parts = answer["elasticity"] + error * ndtri((np.arange(PARTS) + 0.5) / PARTS)
    low, high = sorted(_brought(ratio, revenue, cost, answer[end]) for end in ("low", "high"))
    return {
        "products": len(moved), "revenue": float(revenue.sum()),
        "change": float(((ratio - 1) * revenue).sum() / revenue.sum()),
        "effect": _brought(ratio, revenue, cost, answer["elasticity"]), "effect_low": low, "effect_high": high,
        "chance": float(np.mean([_brought(ratio, revenue, cost, one) > 0 for one in parts.tolist()])),
    }  # fmt: skip


def _brought(ratio: Floats, revenue: Floats, cost: Floats, elasticity: float) -> float:
    """Return the margin less that which the earlier prices would have brought."""
    without = (1 / ratio) ** elasticity * (revenue / ratio - cost)
    return float((revenue - cost - without).sum())

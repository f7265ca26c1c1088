"""Which price or discount for which segment, by what is known of how sales answer to prices?

In   what `profile.price_totals` adds up, contracts.price.ELASTICITIES, segments that must pay the same (`price_fences`)
Out  contracts.price_offer.PRICE_OFFERS
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from patron.contracts.price_offer import PRICE_OFFERS
from patron.decisions.best_price import Best, Sold, best_prices, ratios
from patron.decisions.price_fences import same_price
from patron.models.estimator import NORMAL_95
from patron.profile.price_totals import BASE, PERIOD_DAYS
from patron.profile.price_weeks import ALL

Row = dict[str, Any]
Key = tuple[str, ...]

KEY = ("level", "category", "product_id", "segmentation", "segment")
LEARNED = "learned"

LEAST_CUSTOMERS, LEAST_LINES = 20, 50
"""Of the period, below which what a price brings is a matter of single customers."""


@dataclass(frozen=True, kw_only=True)
class PriceRules:
    """What a price may be: the least margin as a share of it, how far it may move, in which steps, who pays the same.

    ``shared`` are the segments with customers of one value of a fence (`price_fences.fenced`).
    """

    margin_floor: float = 0.10
    most_change: float = 0.15
    step: float = 0.05
    shared: Sequence[tuple[str, str, str]] = field(default_factory=tuple)


def price_offers(
    totals: pa.Table, elasticities: Iterable[Mapping[str, Any]], *, rules: PriceRules, names: Mapping[str, str]
) -> pa.Table:
    """Return the price of each product, category and segment that is expected to earn most.

    Parameters
    ----------
    totals : pyarrow Table
        What `price_totals` returns.
    elasticities : iterable of mapping
        Rows of contracts.price.ELASTICITIES.
    rules : PriceRules
        What a price may be.
    names : mapping
        What products are called.

    Returns
    -------
    pyarrow Table
        PRICE_OFFERS: a row for each cell whose elasticity was asked for.
    """
    known = {cell_of(row): row for row in elasticities if row["level"] != "cross"}
    base = [row for row in totals.to_pylist() if row["part"] == BASE and cell_of(row) in known]
    cells = sorted((_cell(row, known[cell_of(row)], names) for row in base), key=cell_of)
    roots = same_price({_who(row) for row in cells}, rules.shared)
    together: dict[Key, list[Row]] = {}
    for row in cells:
        row["same_price"] = roots[_who(row)]
        together.setdefault((*cell_of(row)[:-1], row["same_price"]), []).append(row)
    for rows in together.values():
        _hold_back(rows)
    for alone in (True, False):  # everybody's price may rise; a segment is only ever given a discount
        wanted = [
            rows for rows in together.values() if rows[0]["status"] == "" and (rows[0]["segment"] == ALL) is alone
        ]
        _decide(wanted, rules, up=alone)
    schema = PRICE_OFFERS.schema.to_pyarrow()
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in cells], schema=schema)


def cell_of(row: Mapping[str, Any]) -> Key:
    """Return what names the cell of a row of `price_totals`, of elasticities or of offers."""
    return tuple(str(row[name]) for name in KEY)


def _who(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["segmentation"], row["segment"]


def _cell(row: Row, answer: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    """Return what was sold in the period and how it answers; `status` is empty where a price can be looked for."""
    revenue = row["listed"] - row["discount"]
    cost = row["cost"] if row["costed"] == row["lines"] else None
    rate = None if cost is None else 1 - float(cost / revenue)
    learned = answer["status"] == LEARNED
    few = row["customers"] < LEAST_CUSTOMERS or row["lines"] < LEAST_LINES
    told = names.get(row["product_id"], row["product_id"]) if row["level"] == "product" else row["category"]
    return {
        **{name: row[name] for name in KEY}, "name": told, "evidence": "modelled",
        "status": answer["status"] if not learned else "few_sales" if few else "no_cost" if cost is None else "",
        "customers": row["customers"], "period_days": PERIOD_DAYS, "units": float(row["units"]), "revenue": revenue,
        "cost": cost, "price": float(revenue / row["units"]), "margin_rate": rate,
        "elasticity": answer["elasticity"] if learned else None,
        "elasticity_low": answer["low"] if learned else None, "elasticity_high": answer["high"] if learned else None,
    }  # fmt: skip


def _hold_back(rows: list[Row]) -> None:
    """Where the answer of one segment is not known, that of all who pay its price is not."""
    reasons = [row["status"] for row in rows if row["status"]]
    for row in rows:
        row["status"] = row["status"] or next(iter(reasons), "")


def _decide(groups: Sequence[list[Row]], rules: PriceRules, *, up: bool) -> None:
    """Add the best change to the rows of each group."""
    if not groups:
        return
    rows = [(place, row) for place, group in enumerate(groups) for row in group]
    low, high = (np.array([row[f"elasticity_{end}"] for _, row in rows]) for end in ("low", "high"))
    sold = Sold(
        revenue=np.array([float(row["revenue"]) for _, row in rows]),
        cost=np.array([float(row["cost"]) for _, row in rows]),
        elasticity=np.array([row["elasticity"] for _, row in rows]), error=(high - low) / (2 * NORMAL_95),
        price=np.array([place for place, _ in rows], dtype=np.int64),
    )  # fmt: skip
    changes = ratios(most_change=rules.most_change, step=rules.step, up=up)
    best = best_prices(sold, changes, floor=rules.margin_floor)
    for place, row in rows:
        row |= _found(row, best, place)


def _found(row: Row, best: Best, place: int) -> Row:
    ratio = float(best.ratio[place])
    if np.isnan(ratio):
        return {"status": "below_floor"}
    low, high = float(best.low[place]), float(best.high[place])
    sure = "raise" if ratio > 1 else "lower"
    moved = ratio != 1
    return {
        "status": "keep" if not moved else sure if low > 0 else "cannot_tell",
        "change": ratio - 1, "best_price": row["price"] * ratio if row["level"] == "product" else None,
        "best_margin_rate": 1 - float(row["cost"]) / (float(row["revenue"]) * ratio),
        "sold": float(best.sold[place]), "gain": float(best.gain[place]), "gain_low": low, "gain_high": high,
        "chance": float(best.chance[place]) if moved else None,
        "bound": "floor" if best.by_floor[place] else "most_change" if best.by_reach[place] else "none",
    }  # fmt: skip

"""A plan as rows that a run keeps: who gets what, the limits with their prices, and the marginal return curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from patron.contracts.budget import BUDGET_PLAN, EVERY
from patron.decisions.budget.acquisition import SHARES, Curve
from patron.decisions.budget.allocate import Allocation

Row = dict[str, Any]


def plan_rows(plan: Allocation) -> pa.Table:
    """Return BUDGET_PLAN."""
    schema = BUDGET_PLAN.schema.to_pyarrow()
    return plan.chosen.select(schema.names).cast(schema)


def price_rows(plan: Allocation, limits: Mapping[str, float], *, more: float, candidates: int) -> list[Row]:
    """Return the rows of BUDGET_PRICES that tell of the plan, its limits and the next amount of money.

    Parameters
    ----------
    plan : Allocation
        Made with the budget.
    limits : mapping
        What there is of each limit, by its name; a share has none.
    more : float
        The next amount of money.
    candidates : int
        Options that the plan was chosen from.
    """
    customers = plan.chosen.num_rows
    blank: Row = dict.fromkeys(("limit", "used", "price", "value", "low", "high", "gap", "evidence"))
    status = plan.status if candidates else "no_candidates"
    evidence = mostly(plan.chosen)
    whole = blank | {
        "part": "plan", "name": EVERY, "customers": customers, "limit": limits.get("budget"), "used": plan.cost,
        "value": plan.value, "low": _sum(plan.chosen, "low"), "high": _sum(plan.chosen, "high"), "gap": plan.gap,
        "evidence": evidence, "status": status,
    }  # fmt: skip
    rows = [whole]
    for name, price in plan.shadow_prices.items():
        rows.append(
            blank | {"part": "limit", "name": name, "customers": customers, "limit": limits.get(name),
                     "used": plan.used[name], "price": price, "status": status}
        )  # fmt: skip
    earns = plan.next_earns(more)
    ahead = blank | {
        "part": "next", "name": "budget", "customers": customers, "limit": more, "value": earns, "evidence": evidence,
        "price": earns / more if more else None, "status": status,
    }  # fmt: skip
    return [*rows, ahead]


def mostly(chosen: pa.Table) -> str:
    """Return how most of what a plan brings is known."""
    by: dict[str, float] = {}
    for kind, value in zip(chosen["evidence"].to_pylist(), chosen["value"].to_pylist(), strict=True):
        by[kind] = by.get(kind, 0.0) + value
    return max(sorted(by), key=lambda kind: by[kind], default="assumed")


def _sum(table: pa.Table, name: str) -> float | None:
    return float(np.sum(table[name].to_numpy())) if table.num_rows else None


def curve_rows(plan: Allocation | None, curves: Sequence[Curve]) -> list[Row]:
    """Return the rows of BUDGET_FRONTIER: of the plan, and of each channel that wins customers."""
    rows: list[Row] = []
    if plan is not None:
        evidence = mostly(plan.chosen)
        for place, row in enumerate(plan.frontier.to_pylist(), start=1):
            rows.append(row | {"side": "retention", "channel": EVERY, "place": place, "evidence": evidence})
    for curve in curves:
        rows += [_point(curve, place, share) for place, share in enumerate(SHARES, start=1)]
    return rows


def _point(curve: Curve, place: int, share: float) -> Row:
    spend = curve.spend * share
    return {
        "side": "acquisition", "channel": curve.channel, "place": place, "now": share == 1.0, "budget": spend,
        "spent": spend, "value": curve.value(spend), "customers": curve.customers(spend),
        "price": curve.price(max(spend, curve.spend * 0.01)), "evidence": curve.evidence,
    }  # fmt: skip

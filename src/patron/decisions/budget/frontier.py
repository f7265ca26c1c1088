"""What would other budgets bring? The value of the best plan by what may be spent, all other limits as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from patron.decisions.budget.choices import Choices, Floats
from patron.decisions.budget.dual import dual_prices, spread

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0)
"""Of the budget, for which the plan is solved again."""

FIRST = (0.0, 0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 1.0)
"""Where the budget is nought, of what everybody's best action costs; where much of it is left, of what is spent."""

PEOPLE = 4_000
"""Customers on whom it is; of more, that many are taken evenly, and the curve goes through the plan of all."""

SCHEMA = pa.schema(
    [("budget", pa.float64()), ("now", pa.bool_()), ("spent", pa.float64()), ("value", pa.float64()),
     ("customers", pa.float64()), ("price", pa.float64())]
)  # fmt: skip

Row = dict[str, Any]


def frontier(choices: Choices, *, unit: float, start: Floats | None = None, bound: float | None = None) -> pa.Table:
    """Return what budgets from none to three times the present one bring, one row a budget.

    Columns: ``budget``; ``now``, whether it is the present one; ``spent``; ``value``, what the best plan brings if a
    customer can be treated in part (a real plan is at most one customer a limit below); ``customers``; ``price``, what
    the next unit of money brings.

    Parameters
    ----------
    choices : Choices
        With the options that only a larger budget can pay.
    unit : float
        Money a unit of cost.
    start : array of float, optional
        Prices to look from.
    bound : float, optional
        What the present plan can bring at most, through which the curve of a part of the customers is drawn.
    """
    if not choices.customers:
        return SCHEMA.empty_table()
    part = choices.part(spread(choices.customers, PEOPLE))
    present = float(part.limits[0])
    budgets = _budgets(part, present, start)
    rows = []
    for budget in budgets:
        row, start = _point(part, budget, start)
        rows.append(row | {"now": budget == present})
    now = next(row["value"] for row in rows if row["now"])
    grown = choices.customers / part.customers
    level = bound / (now * grown) if bound and now > 0 else 1.0
    for row in rows:
        row |= {"budget": row["budget"] * grown * unit, "spent": row["spent"] * grown * unit,
                "customers": row["customers"] * grown, "value": row["value"] * grown * level,
                "price": row["price"] * level / unit}  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _budgets(part: Choices, present: float, start: Floats | None) -> list[float]:
    """Return the budgets of the curve: about the present one where it binds, else up to what there is to spend on."""
    most = _point(part, present, start)[0]["spent"] if present > 0 else _all(part)
    if present > 0 and most >= present / 2:
        return [share * present for share in SHARES]
    return sorted({*(share * most for share in FIRST), present})


def _all(part: Choices) -> float:
    """Return what everybody's best action costs."""
    picks, _ = part.best(np.zeros(len(part.limits)))
    return float(part.used(picks)[0])


def _point(part: Choices, budget: float, start: Floats | None) -> tuple[Row, Floats | None]:
    """Return what one budget brings, and its prices; of none what is free, and the price of the first unit."""
    limits = part.limits.copy()
    limits[0] = budget
    then = replace(part, limits=limits)
    if budget == 0:
        free = then.only(then.cost <= 0)
        row = {"budget": 0.0, "spent": 0.0, "value": 0.0, "customers": 0.0, "price": _first(part)}
        if free.customers:
            prices = dual_prices(free)
            picks, net = free.best(prices)
            row |= {"value": free.bound(prices, net), "customers": float((picks >= 0).sum())}
        return row, start
    prices = dual_prices(then, start=start)
    picks, net = then.best(prices)
    return {
        "budget": budget, "spent": min(budget, float(then.used(picks)[0])), "value": then.bound(prices, net),
        "customers": float((picks >= 0).sum()), "price": float(prices[0]),
    }, prices  # fmt: skip


def _first(part: Choices) -> float:
    """Return what the first unit of money brings: the best value for money."""
    costs = part.cost > 0
    return float((part.value[costs] / part.cost[costs]).max()) if costs.any() else 0.0


def next_earns(curve: pa.Table, amount: float) -> float:
    """Return what `amount` more of budget would bring, by a line between the budgets of the curve.

    Below 0, what so much less would cost; beyond the ends of the curve, what its end brings.
    """
    if not curve.num_rows:
        return 0.0
    budgets, values = curve["budget"].to_numpy(), curve["value"].to_numpy()
    now = int(np.argmax(curve["now"].to_numpy(zero_copy_only=False)))
    return float(np.interp(budgets[now] + amount, budgets, values) - values[now])

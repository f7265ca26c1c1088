"""What would other budgets bring? The value of the best plan against what may be spent, all other limits as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from patron.decisions.budget.choices import Choices, Floats
from patron.decisions.budget.dual import dual_prices, spread
from patron.errors import ArgumentError
from patron.language import failure

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0)
"""Of the budget, for which the plan is solved again."""

PEOPLE = 4_000
"""Customers on whom it is; of more, that many are taken evenly, and the curve goes through the plan of all."""

SCHEMA = pa.schema(
    [("share", pa.float64()), ("budget", pa.float64()), ("spent", pa.float64()), ("value", pa.float64()),
     ("customers", pa.float64()), ("price", pa.float64())]
)  # fmt: skip


def frontier(choices: Choices, prices: Floats, *, unit: float, bound: float) -> pa.Table:
    """Return what budgets from none to three times the present one bring, one row a budget.

    Columns: ``share`` of the present budget, ``budget``, ``spent``, ``value`` (what the best plan brings, if a customer
    could be treated in part: at most by one customer a limit above the plan), ``customers``, ``price`` (what the next
    unit of money brings). Where everything together costs less than three times the budget, the curve ends there.
    """
    if not choices.customers:
        return SCHEMA.empty_table()
    people = spread(choices.customers, PEOPLE)
    part = choices.part(people)
    grown = choices.customers / part.customers
    shares = SHARES if choices.limits[0] > 0 else (0.0,)
    rows = []
    for share in shares:
        rows.append(_point(part, prices, share))
        prices = rows[-1].pop("prices")
    now = next(row for row in rows if row["share"] in (1.0, shares[0]) and (row["share"] == 1.0 or len(shares) == 1))
    level = bound / (now["value"] * grown) if now["value"] > 0 else 1.0
    for row in rows:
        row["budget"] = row["budget"] * grown * unit
        row["spent"] *= grown * unit
        row["customers"] *= grown
        row["value"] *= grown * level
        row["price"] *= level / unit
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _point(part: Choices, start: Floats, share: float) -> dict[str, object]:
    limits = part.limits.copy()
    limits[0] *= share
    then = replace(part, limits=limits)
    prices = dual_prices(then, start=start)
    picks, net = then.best(prices)
    return {
        "share": share, "budget": limits[0], "spent": min(limits[0], then.used(picks)[0]),
        "value": then.bound(prices, net), "customers": float((picks >= 0).sum()), "price": prices[0], "prices": prices,
    }  # fmt: skip


def next_earns(curve: pa.Table, amount: float) -> float:
    """Return what `amount` more of budget would bring, by a line between the budgets of the curve.

    Raises
    ------
    ArgumentError
        The curve has no budget to go on from.
    """
    budgets, values = curve["budget"].to_numpy(), curve["value"].to_numpy()
    now = np.flatnonzero(curve["share"].to_numpy() == 1.0)
    if not len(now):
        raise failure(ArgumentError, "budget.no_curve", argument="amount", came=amount)
    then = float(np.clip(budgets[now[0]] + amount, budgets[0], budgets[-1]))
    return float(np.interp(then, budgets, values) - values[now[0]])

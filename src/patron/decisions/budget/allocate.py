"""Which customer gets which action, at most one each, so that a budget and other limits bring as much as they can?

The problem is a multiple-choice knapsack with several limits. Its Lagrangian dual gives every limit a price (`dual`);
at these prices each customer's best option is found by itself, so that millions of customers are a few passes over an
array. What is over or left is put right (`repair`), and the customers near the margin are decided exactly (`exact`).
The dual is at the same time a proof: no allocation can bring more than it says, so the gap to the best is certified.

In   one row per customer and action: `customer_id, action, value, cost`, and `channel, product, group` where limited
Ref  Sinha & Zoltners (1979), The multiple-choice knapsack problem, Operations Research 27(3)
     Fisher (1981), The Lagrangian relaxation method for solving integer programming problems, Management Science 27(1)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa

from patron.decisions.budget.candidates import BUDGET, Limits, Read, read
from patron.decisions.budget.choices import NOTHING, Choices, Floats, Ints
from patron.decisions.budget.dual import dual_prices
from patron.decisions.budget.exact import core, solved
from patron.decisions.budget.frontier import frontier, next_earns
from patron.decisions.budget.repair import repaired

EXACT, CORE = 1_000, 120
"""Customers below whom all are decided exactly, and near the margin of whom that many are, of more."""

SOLVED, NO_BUDGET, NOTHING_PAYS = "solved", "no_budget", "nothing_pays"


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """Who gets what.

    ``chosen``: the rows of the candidates that were chosen, by customer, with ``dropped_at`` (the price of money, in
    value a unit of cost, from which on nothing would be done for this customer; none for what costs nothing) and
    ``drop_rank`` (1 is dropped first when the budget shrinks).
    ``shadow_prices``: what one more unit of each limit brings: `budget`, `capacity`, `capacity:NAME`, `stock:NAME`,
    `share:NAME`.
    ``gap``: by which share of the best the plan may fall short at most. ``bound`` is what no plan can bring.
    ``status``: `solved`; `no_budget` where the budget is nought, so that only free actions are chosen; `nothing_pays`
    where no option brings anything and fits.
    """

    chosen: pa.Table
    shadow_prices: Mapping[str, float]
    gap: float
    value: float
    cost: float
    bound: float
    used: Mapping[str, float]
    status: str
    curve: Callable[[], pa.Table] = field(repr=False, compare=False)

    @cached_property
    def frontier(self) -> pa.Table:
        """What other budgets would bring, one row a budget; it is solved when it is first asked for."""
        return self.curve()

    def next_earns(self, amount: float) -> float:
        """Return what `amount` more of budget would bring, along the frontier; of less, what would be lost, below 0."""
        return next_earns(self.frontier, amount)


def allocate(
    candidates: Any,
    *,
    budget: float | Decimal | None,
    capacity: float | Mapping[str, float] | None = None,
    stock: Mapping[str, float] | None = None,
    least_share: Mapping[str, float] | None = None,
) -> Allocation:
    """Choose at most one action for each customer so that the sum of values is greatest within all limits.

    Parameters
    ----------
    candidates : Ibis, Arrow, pandas or Polars table, one row per customer and action
        ``customer_id``; ``action``; ``value``, what it is expected to bring, in money: it is what the plan is judged
        by, so pass it net of what is not to be earned back twice (margin less cost, if what is spent shall pay for
        itself); ``cost``, what it takes of the budget, 0 or more. With limits also ``channel`` (else the action counts
        as one), ``product``, ``group``.
    budget : float, decimal or None
        What may be spent. 0 chooses only what is free; None is no limit.
    capacity : float or mapping, optional
        How many customers can be treated in all, or by channel (by action where there is no column ``channel``).
    stock : mapping, optional
        How many of a product there are to give away or sell.
    least_share : mapping, optional
        Of the customers chosen, the least share that belongs to a group.

    Returns
    -------
    Allocation

    Raises
    ------
    ArgumentError
        A limit is negative, no number, or names what no candidate has; shares add up to more than 1; a value or a cost
        is missing, a cost is negative.
    ContractError
        A column is missing.

    Examples
    --------
    >>> offers = pa.table({"customer_id": ["a", "a", "b"], "action": ["call", "mail", "mail"],
    ...                    "value": [9.0, 5.0, 4.0], "cost": [6.0, 2.0, 2.0]})
    >>> plan = allocate(offers, budget=4)
    >>> plan.chosen.select(["customer_id", "action"]).to_pylist()
    [{'customer_id': 'a', 'action': 'mail'}, {'customer_id': 'b', 'action': 'mail'}]
    >>> plan.value, plan.cost
    (9.0, 4.0)
    """
    limits = Limits(budget=budget, capacity=capacity, stock=stock, share=least_share)
    told = read(candidates, limits)
    broke = budget is not None and float(budget) == 0
    if not told.choices.customers:
        return _empty(told, NO_BUDGET if broke else NOTHING_PAYS)
    prices = dual_prices(told.choices)
    picks, bound = _picked(told.choices, prices, told.room)
    value = told.choices.worth(picks)
    used = told.choices.used(picks)
    return Allocation(
        chosen=_chosen(told, picks, prices), shadow_prices=_named(told, prices, per_money=True),
        gap=max(1 - value / bound, 0.0) if bound > 0 else 0.0, value=value, cost=float(used[0] * told.unit),
        bound=max(bound, value), used=_named(told, used), status=NO_BUDGET if broke else SOLVED,
        curve=partial(frontier, told.dear, unit=told.unit, start=prices, bound=bound),
    )  # fmt: skip


def _picked(choices: Choices, prices: Floats, room: Floats) -> tuple[Ints, float]:
    """Return the allocation, and what none can exceed."""
    best, net = choices.best(prices)
    bound = choices.bound(prices, net)
    picks = repaired(choices, prices, best, room)
    few = choices.customers < EXACT
    people = np.arange(choices.customers) if few else core(choices, prices, CORE)
    inner, rows = choices.part(people), _rows_of(choices, people)
    others = picks.copy()
    others[people] = NOTHING
    answer = solved(inner, room - choices.used(others))
    if answer is None:
        return picks, bound
    found, above = answer
    others[people] = np.where(found >= 0, rows[found], NOTHING)
    if (choices.used(others) > room).any():  # by the solver's tolerance
        others = repaired(choices, prices, others, room)
    better = choices.worth(others) > choices.worth(picks)
    return others if better else picks, min(bound, above) if few else bound


def _rows_of(choices: Choices, people: Ints) -> Ints:
    """Return which option each option of a part is."""
    counts = np.diff(choices.starts)[people]
    return np.repeat(choices.starts[people] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())


def _named(told: Read, numbers: Floats, *, per_money: bool = False) -> dict[str, float]:
    """Return a number for each limit by its name, that of the budget in the caller's money."""
    money = 1 / told.unit if per_money else told.unit
    return {name: float(x) * (money if name == BUDGET else 1.0) for name, x in zip(told.names, numbers, strict=True)}


def _chosen(told: Read, picks: Ints, prices: Floats) -> pa.Table:
    """Return the chosen rows of the table, with when each would be dropped."""
    choices = told.choices
    has = picks >= 0
    rows = told.rows[picks[has]]
    left = choices.reduced(np.append(0.0, prices[1:]))
    free = (choices.cost == 0) & (left > 0)
    ratio = np.where(choices.cost > 0, left / np.where(choices.cost > 0, choices.cost, 1.0), np.where(free, np.inf, 0))
    last = np.maximum.reduceat(ratio, choices.starts[:-1])[has] / told.unit
    rank = np.empty(len(last), dtype=np.int64)
    rank[np.argsort(last, kind="stable")] = np.arange(1, len(last) + 1)
    table = told.table.take(pa.array(rows))
    for name, column in (("dropped_at", pa.array(last, mask=np.isinf(last))), ("drop_rank", pa.array(rank))):
        table = table.append_column(name, column)
    return table


def _empty(told: Read, status: str) -> Allocation:
    """Return that nothing is done for anybody."""
    nothing = np.zeros(len(told.names))
    table = told.table.slice(0, 0)
    table = table.append_column("dropped_at", pa.array([], pa.float64()))
    return Allocation(
        chosen=table.append_column("drop_rank", pa.array([], pa.int64())), shadow_prices=_named(told, nothing), gap=0.0,
        curve=partial(frontier, told.dear, unit=told.unit), value=0.0, cost=0.0, bound=0.0,
        used=_named(told, nothing), status=status,
    )  # fmt: skip

"""Whom first, when not everybody can be reached?

In   contracts.response.RESPONSES, or any table like it
Out  one row per chosen customer: her action, her place, and what all up to her are expected to bring and cost
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.language import failure

WANTED = ("customer_id", "action", "effect", "cost")


def most_responsive(responses: Any, *, capacity: int | None = None, budget: float | None = None) -> ir.Table:
    """Return the customers to act on first, each with the action that gains most.

    Parameters
    ----------
    responses : Table, one row per customer and action
        Columns ``customer_id, action, effect, cost`` (of one experiment, in one unit); others are kept.
    capacity : int, optional
        How many customers can be reached. The first are those who gain most.
    budget : float, optional
        What may be spent. The first are those who gain most per unit of cost, until the next would cost too much.

    Returns
    -------
    Table
        ``gain`` is effect - cost; nobody without a gain above 0 is there. ``place`` counts from 1; ``total_gain`` and
        ``total_cost`` are expected of everybody up to the row. These are sums of predictions, which are too high for
        the first of any ranking: `patron.stats.policy_value` says what such a rule brought.

    Raises
    ------
    ArgumentError
        A column is not there, or the capacity or the budget is not above 0.

    Examples
    --------
    >>> rows = {"customer_id": ["a", "a", "b", "c"], "action": ["call", "mail", "mail", "mail"],
    ...         "effect": [9.0, 5.0, 3.0, 0.5], "cost": [5.0, 2.0, 1.0, 1.0]}
    >>> first = most_responsive(ibis.memtable(rows), capacity=5).to_pyarrow()
    >>> first["customer_id"].to_pylist(), first["action"].to_pylist(), first["total_gain"].to_pylist()
    (['a', 'b'], ['call', 'mail'], [4.0, 6.0])
    """
    table = responses if isinstance(responses, ir.Table) else ibis.memtable(responses)
    for column in WANTED:
        if column not in table.columns:
            raise failure(ArgumentError, "targeting.responses", argument="responses", missing=column)
    for name, limit in (("capacity", capacity), ("budget", budget)):
        if limit is not None and not limit > 0:
            raise failure(ArgumentError, "targeting.limit", argument=name, came=limit)
    gaining = table.mutate(gain=table.effect - table.cost).filter(lambda t: t.gain > 0)
    own = ibis.window(group_by="customer_id", order_by=[ibis.desc("gain"), "action"])
    best = gaining.mutate(choice=ibis.row_number().over(own)).filter(lambda t: t.choice == 0).drop("choice")
    # What costs nothing comes first; of equals the id decides, so that a ranking can be repeated.
    worth = ibis.ifelse(best.cost > 0, best.gain / best.cost.nullif(0), float("inf")) if budget else best.gain
    ranked = best.mutate(worth=worth)
    first = [ibis.desc("worth"), ibis.desc("gain"), "customer_id"]
    so_far = ibis.window(order_by=first, preceding=None, following=0)
    placed = ranked.mutate(
        place=ibis.row_number().over(ibis.window(order_by=first)) + 1,
        total_gain=ranked.gain.sum().over(so_far),
        total_cost=ranked.cost.sum().over(so_far),
    ).drop("worth")
    if capacity is not None:
        placed = placed.filter(placed.place <= capacity)
    if budget is not None:
        placed = placed.filter(placed.total_cost <= budget)
    return placed.order_by("place")

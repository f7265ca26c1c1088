"""What is a plan worth before it is launched, by trials that gave some of its customers by chance what it would?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.contracts.budget import EVERY
from patron.decisions.budget import Allocation
from patron.decisions.holdouts import TRIGGER
from patron.experiments.past_trials import LEAST_DAYS, MOST_DAYS, shares_of
from patron.pipeline.step import Context, has_rows
from patron.stats.difference import NotEnough
from patron.stats.policy_value import PolicyValue, policy_difference, policy_value

Row = dict[str, Any]
Ints = NDArray[np.int64]

BLANK: Row = dict.fromkeys(("limit", "used", "price", "value", "low", "high", "gap", "evidence"))

MOST_TRIALS = 3
"""The latest that speak of the plan."""


def launch_rows(context: Context, plan: Allocation) -> list[Row]:
    """Return the rows of BUDGET_PRICES that tell what trials say of the plan.

    A trial speaks of the plan where one of its arms is an action of the plan, or where it has the name of a trigger in
    it, or is the trigger's hold-out. Told is what the plan brings each customer of the trial, against nothing for
    anybody: those get the arm for whom the plan has it. The doubly robust value weighs outcomes by the chances with
    which arms were drawn. It is a little too good where the plan's own values were learned from the same trial.
    """
    found = [_read(context, trial) for trial in _trials(context, plan)]
    return found or [BLANK | {"part": "launch", "name": EVERY, "customers": 0, "status": "no_trial"}]


def _trials(context: Context, plan: Allocation) -> list[Row]:
    if not has_rows(context["experiments"]) or not plan.chosen.num_rows:
        return []
    last = context.as_of - timedelta(days=LEAST_DAYS)
    tried = [
        one | {"given": given}
        for one in context["experiments"].to_pyarrow().to_pylist()
        if one["status"] != "faulty" and one["started_on"] <= last and (given := _given(one, plan.chosen))
    ]
    return sorted(tried, key=lambda one: (one["started_on"], one["experiment"]), reverse=True)[:MOST_TRIALS]


def _given(trial: Mapping[str, Any], chosen: pa.Table) -> dict[str, str]:
    """Return which arm of a trial each customer of the plan would have got."""
    shares = shares_of(trial["arms"]) or {}
    arms = [arm for arm in shares if arm != trial["control"]]
    name = str(trial["experiment"]).removeprefix(TRIGGER)
    rows = zip(*(chosen[column].to_pylist() for column in ("customer_id", "name", "action")), strict=True)
    return {
        customer: action if action in arms else arms[0]
        for customer, by, action in rows
        if action in arms or (by == name and arms)
    }


def _read(context: Context, trial: Row) -> Row:
    """Return what one trial tells."""
    people = _people(context, trial["experiment"])
    shares = shares_of(trial["arms"]) or {}
    names = [trial["control"], *(arm for arm in shares if arm != trial["control"])]
    people = people.filter(pc.is_in(people["arm"], value_set=pa.array(names)))
    given = [trial["given"].get(one) for one in people["customer_id"].to_pylist()]
    chosen = np.array([0 if arm is None else names.index(arm) for arm in given], dtype=np.int64)
    told = _value(
        people, names, chosen, np.array([shares[name] for name in names]), float(trial["cost_per_contact"] or 0)
    )
    row = BLANK | {"part": "launch", "name": trial["experiment"], "customers": int((chosen > 0).sum())}
    if isinstance(told, NotEnough):
        return row | {"status": told.reason}
    return row | {
        "customers": told.followed, "value": told.value, "low": told.low, "high": told.high, "evidence": "measured",
        "status": "read",
    }  # fmt: skip


def _value(
    people: pa.Table, names: Sequence[str], chosen: Ints, shares: NDArray[np.float64], cost: float
) -> PolicyValue | NotEnough:
    """Return what the plan brings against nothing, per customer of the trial."""
    if not chosen.any():
        return NotEnough("too_few")
    arm = pc.index_in(people["arm"], pa.array(names)).to_numpy().astype(np.int64)
    came = people["outcome"].to_numpy()
    chances = shares / shares.sum()
    costs = np.where(np.arange(len(names)) > 0, cost, 0.0)
    values = [policy_value(policy, arm, came, chances, cost=costs) for policy in (chosen, np.zeros_like(chosen))]
    with_plan, without = values
    if isinstance(with_plan, NotEnough) or isinstance(without, NotEnough):
        return with_plan if isinstance(with_plan, NotEnough) else NotEnough("too_few")
    return policy_difference(with_plan, without)


def _people(context: Context, experiment: str) -> pa.Table:
    """Return a trial's customers, the arm of each, and the margin of the days after."""
    drawn = context["assignments"]
    last = ibis.literal(context.as_of - timedelta(days=LEAST_DAYS))
    drawn = drawn.filter(drawn.experiment == experiment, ~drawn.contaminated, drawn.assigned_on <= last)
    drawn = drawn.select("customer_id", "arm", "assigned_on")
    came = drawn.inner_join(context["takings"].select("customer_id", "day", "margin"), "customer_id")
    since = came.day.delta(came.assigned_on, unit="day")
    sums = came.filter(since > 0, since <= MOST_DAYS).group_by("customer_id").aggregate(outcome=came.margin.sum())
    rows: ir.Table = drawn.left_join(sums, "customer_id").select(
        "customer_id", "arm", outcome=ibis.coalesce(sums.outcome.cast("float64"), 0.0)
    )
    return rows.to_pyarrow().sort_by("customer_id")

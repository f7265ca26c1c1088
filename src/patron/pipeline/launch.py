"""What is a plan worth before it is launched, by trials that gave some of its customers by chance what it would?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.decisions.holdouts import TRIGGER
from patron.experiments.past_trials import LEAST_DAYS, MOST_DAYS, shares_of
from patron.pipeline.step import Context, has_rows
from patron.stats.difference import NotEnough
from patron.stats.policy_value import PolicyValue, policy_difference, policy_value

Row = dict[str, Any]
Ints = NDArray[np.int64]

MOST_TRIALS = 3
"""The latest that speak of the plan."""


def trial_rows(context: Context, chosen: pa.Table) -> list[Row]:
    """Return the rows of BUDGET_TRIALS.

    Who was in the trial gets, by the plan, the arm that it has for her, or nothing. The value weighs outcomes by the
    chances with which arms were drawn (doubly robust). It is a little too good where the plan's own values were
    learned from the same trial.

    Parameters
    ----------
    context : Context
        With the tables `experiments`, `assignments` and `takings`.
    chosen : pyarrow Table
        BUDGET_PLAN.
    """
    if not chosen.num_rows or not has_rows(context["experiments"]):
        return []
    last = context.as_of - timedelta(days=LEAST_DAYS)
    tried = [
        one | {"given": given, "shares": shares}
        for one in context["experiments"].to_pyarrow().to_pylist()
        if one["status"] != "faulty" and one["started_on"] <= last and (shares := shares_of(one["arms"]))
        and (given := _given(one, shares, chosen))
    ]  # fmt: skip
    tried.sort(key=lambda one: (one["started_on"], one["experiment"]), reverse=True)
    return [_read(context, one) for one in tried[:MOST_TRIALS]]


def _given(trial: Mapping[str, Any], shares: Mapping[str, float], chosen: pa.Table) -> dict[str, tuple[str, float]]:
    """Return which arm of a trial each customer of the plan would get, and what the plan expects of it."""
    arms = [arm for arm in shares if arm != trial["control"]]
    name = str(trial["experiment"]).removeprefix(TRIGGER)
    columns = ("customer_id", "source", "name", "action", "value")
    return {
        customer: (action if action in arms else arms[0], value)
        for customer, source, by, action, value in zip(*(chosen[one].to_pylist() for one in columns), strict=True)
        if arms and (action in arms or (source == "trigger" and by == name))
    }


def _read(context: Context, trial: Row) -> Row:
    """Return what one trial tells."""
    shares, given = trial["shares"], trial["given"]
    names = [trial["control"], *(arm for arm in shares if arm != trial["control"])]
    people = _people(context, trial["experiment"])
    people = people.filter(pc.is_in(people["arm"], value_set=pa.array(names)))
    ids = people["customer_id"].to_pylist()
    chosen = np.array([names.index(given[one][0]) if one in given else 0 for one in ids], dtype=np.int64)
    expected = sum(given[one][1] for one in ids if one in given) / max(len(ids), 1)
    cost = float(trial["cost_per_contact"] or 0)
    told = _value(people, names, chosen, np.array([shares[name] for name in names]), cost)
    row = {
        "experiment": trial["experiment"], "in_trial": len(ids), "planned": int((chosen > 0).sum()), "customers": 0,
        "value": None, "low": None, "high": None, "expected": expected, "status": "read",
    }  # fmt: skip
    if isinstance(told, NotEnough):
        return row | {"status": told.reason}
    return row | {"customers": told.followed, "value": told.value, "low": told.low, "high": told.high}


def _value(
    people: pa.Table, names: Sequence[str], chosen: Ints, shares: NDArray[np.float64], cost: float
) -> PolicyValue | NotEnough:
    """Return what the plan brings against nothing, per customer of the trial."""
    if not chosen.any():
        return NotEnough("too_few")
    arm = pc.index_in(people["arm"], pa.array(names)).to_numpy().astype(np.int64)
    came, chances = people["outcome"].to_numpy(), shares / shares.sum()
    costs = np.where(np.arange(len(names)) > 0, cost, 0.0)
    planned = policy_value(chosen, arm, came, chances, cost=costs)
    nothing = policy_value(np.zeros_like(chosen), arm, came, chances, cost=costs)
    if isinstance(planned, NotEnough):
        return planned
    return nothing if isinstance(nothing, NotEnough) else policy_difference(planned, nothing)


def _people(context: Context, experiment: str) -> pa.Table:
    """Return a trial's customers who can be watched, the arm of each, and the margin of the days after."""
    drawn = context["assignments"]
    last = ibis.literal(context.as_of - timedelta(days=LEAST_DAYS))
    drawn = drawn.filter(drawn.experiment == experiment, ~drawn.contaminated, drawn.assigned_on <= last)
    drawn = drawn.select("customer_id", "arm", "assigned_on")
    came = drawn.inner_join(context["takings"].select("customer_id", "day", "margin"), "customer_id")
    since = came.day.delta(came.assigned_on, unit="day")
    after = came.filter(since > 0, since <= MOST_DAYS)
    sums = after.group_by("customer_id").aggregate(came=after.margin.sum().cast("float64"))
    rows = drawn.left_join(sums, "customer_id").drop("customer_id_right")
    return rows.select("customer_id", "arm", outcome=rows.came.fill_null(0.0)).to_pyarrow().sort_by("customer_id")

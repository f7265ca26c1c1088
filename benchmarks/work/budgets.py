"""Customers and actions whose best plan is known: by HiGHS where they are few."""

from __future__ import annotations

import time
from typing import Any

from laps import Laps

ACTIONS, SHARE, PLACES = 8, 0.8, 0.01
"""Actions a customer, the budget and the capacity of the first action a customer."""


def budget(laps: Laps, customers: str, small: str) -> None:
    """Share a budget out among many; then among few, beside the exact answer."""
    from patron.decisions import allocate

    few = offers(int(small), seed=2)
    allocate(few, budget=10.0).frontier  # noqa: B018 - the first call of a process waits for imports
    table, count = offers(int(customers), seed=1), int(customers)
    with laps.lap("plan"):
        plan = allocate(table, budget=SHARE * count, capacity={"a0": PLACES * count})
    with laps.lap("curve"):
        plan.frontier  # noqa: B018 - it is made when it is asked for
    count = int(small)
    near = allocate(few, budget=SHARE * count, capacity={"a0": PLACES * count})
    began = time.perf_counter()
    best = exact(few, SHARE * count, PLACES * count)
    laps.facts |= {
        "gap": plan.gap, "short": max(1 - near.value / best, 0.0), "highs": time.perf_counter() - began,
        "spent": plan.cost, "budget": SHARE * int(customers), "used": plan.used["capacity:a0"],
    }  # fmt: skip


def offers(customers: int, *, seed: int) -> Any:
    """Customers who differ in what they bring, actions that differ in depth."""
    import numpy as np
    import pyarrow as pa

    lot = np.random.default_rng(seed)
    cost = np.round(lot.uniform(0.2, 8, ACTIONS) * lot.uniform(0.5, 1.5, (customers, ACTIONS)), 2)
    value = lot.gamma(1.2, 4, (customers, 1)) * lot.uniform(0.2, 1.5, (customers, ACTIONS)) + 0.5 * np.sqrt(cost)
    names = pa.array([f"c{place:07d}" for place in range(customers)])
    actions = [f"a{place}" for place in range(ACTIONS)]
    return pa.table({
        "customer_id": names.take(pa.array(np.repeat(np.arange(customers), ACTIONS))),
        "action": pa.array(actions).take(pa.array(np.tile(np.arange(ACTIONS), customers))),
        "value": value.ravel(), "cost": cost.ravel(),
    })  # fmt: skip


def exact(table: Any, money: float, places: float) -> float:
    """Return what the best plan brings, by HiGHS to a gap of 1e-5."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    from patron.decisions.budget.silent import silent

    value, cost = table["value"].to_numpy(), table["cost"].to_numpy()
    rows = np.arange(len(value))
    first = (rows % ACTIONS == 0).astype(float)
    once = csr_array((np.ones(len(rows)), (rows // ACTIONS, rows)))
    limits = np.concatenate([[money, places], np.ones(len(rows) // ACTIONS)])
    with silent():
        answer = milp(
            -value, integrality=np.ones(len(rows)), bounds=Bounds(0, 1), options={"mip_rel_gap": 1e-5},
            constraints=LinearConstraint(vstack([csr_array(cost[None]), csr_array(first[None]), once]), ub=limits),
        )  # fmt: skip
    return float(-answer.fun)

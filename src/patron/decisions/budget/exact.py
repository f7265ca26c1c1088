"""The best allocation of few customers, by branch and bound: of all where they are few, else of the undecided ones.

Ref  Pisinger (1995), A minimal algorithm for the multiple-choice knapsack problem, European Journal of Operational
     Research 83: only the options near the margin, the core, need be looked at exactly
     Huangfu & Hall (2018), Parallelizing the dual revised simplex method, Mathematical Programming Computation 10
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

from patron.decisions.budget.choices import NOTHING, Choices, Floats, Ints
from patron.decisions.budget.silent import silent

NODES = 2_000
"""Branches at most that are looked at, so that an answer takes as long on every machine."""


def solved(choices: Choices, room: Floats) -> tuple[Ints, float] | None:
    """Return the best allocation, and what none can exceed; none where the solver found nothing in time."""
    options = len(choices.value)
    takes = hstack([csr_array(choices.cost[:, None]), choices.uses[choices.kind]]).T.tocsr()
    once = csr_array((np.ones(options), (choices.owner, np.arange(options))), shape=(choices.customers, options))
    limits = np.append(room, np.ones(choices.customers))
    unit = max(float(choices.value.max()), 1e-300)
    with silent():
        answer = milp(
            -choices.value / unit, integrality=np.ones(options), bounds=Bounds(0, 1),
            constraints=LinearConstraint(vstack([takes, once]), ub=limits),
            options={"node_limit": NODES, "mip_rel_gap": 1e-6},
        )  # fmt: skip
    if answer.x is None:
        return None
    picks = np.full(choices.customers, NOTHING)
    chosen = np.flatnonzero(answer.x > 0.5)
    picks[choices.owner[chosen]] = chosen
    bound = -answer.mip_dual_bound if answer.mip_dual_bound is not None else np.inf
    return picks, float(bound * unit)


def core(choices: Choices, prices: Floats, most: int) -> Ints:
    """Return the customers for whom a slightly other price would change the choice."""
    left = choices.reduced(prices)
    starts = choices.starts[:-1]
    top = np.maximum(np.maximum.reduceat(left, starts), 0.0)
    best = np.repeat(top, np.diff(choices.starts))
    others = np.where(left < best, left, -np.inf)
    second = np.maximum.reduceat(others, starts)
    ahead = top - np.where(top > 0, np.maximum(second, 0.0), second)
    return np.sort(np.argsort(ahead, kind="stable")[:most])

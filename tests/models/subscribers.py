"""Subscriptions drawn from the models, with the days on which they would have been bought and left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from patron.simulate import beta_discrete_weibull

DAY = date(2024, 12, 31)


@dataclass(frozen=True)
class Plan:
    name: str
    period_days: int
    alpha: float
    beta: float
    amount: float
    c: float = 1.0


REGULAR = [0.631, 0.468, 0.382, 0.326, 0.289, 0.262, 0.241]  # Fader & Hardie (2007): share left after 1 to 7 years
HIGH_END = [0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491]
LATER = {  # of years 8 to 12
    "regular": [0.223, 0.207, 0.194, 0.183, 0.173],
    "high end": [0.468, 0.445, 0.427, 0.409, 0.394],
}
BASIC = Plan("basic", 30, 0.8, 4.0, 10.0)
PRO = Plan("pro", 30, 0.5, 6.0, 30.0, c=1.4)
YEARLY = Plan("yearly", 365, 1.0, 3.0, 100.0)


def subscriptions(
    customers: int, *, plan: Plan = BASIC, seed: int, as_of: date = DAY, oldest_days: int = 1_400, ahead_days: int = 0
) -> pa.Table:
    """One subscription a customer, begun on any day of so many; the columns of the contract, tenure and lifetime.

    With `ahead_days` the ends of the time after `as_of` are known, too, as they are in a table that is read later.
    """
    age = np.random.default_rng(seed).integers(0, oldest_days, customers)
    seen = (age + ahead_days) // plan.period_days
    drawn = beta_discrete_weibull(customers, alpha=plan.alpha, beta=plan.beta, c=plan.c, periods=seen, seed=seed)
    lost = drawn["lost"].to_numpy(zero_copy_only=False)
    lifetime = drawn["lifetime"].to_numpy()
    started = [as_of - timedelta(days=int(days)) for days in age]
    ended = [
        day + timedelta(days=int(periods) * plan.period_days - 1) if is_lost else None
        for day, periods, is_lost in zip(started, lifetime, lost, strict=True)
    ]
    return pa.table({
        "subscription_id": [f"{plan.name}{i:05d}" for i in range(customers)],
        "customer_id": [f"c{i:05d}" for i in range(customers)],
        "started_on": pa.array(started, pa.date32()),
        "ended_on": pa.array(ended, pa.date32()),
        "plan": [plan.name] * customers,
        "period_days": np.full(customers, plan.period_days),
        "amount": np.full(customers, plan.amount),
        "tenure": np.minimum(lifetime - 1, age // plan.period_days),
        "lifetime": lifetime,
    })  # fmt: skip


def cohorts(*shares: list[float], size: int = 1_000) -> pa.Table:
    """The table of cohorts whose shares of survivors after 1, 2, ... periods are given."""
    rows = []
    for number, share in enumerate(shares):
        alive = np.round(np.array([1.0, *share]) * size).astype(int).tolist()
        rows += [(f"cohort {number}", t + 1, alive[t], alive[t] - alive[t + 1]) for t in range(len(share))]
    names = ("cohort", "period", "customers", "lost")
    return pa.table({name: [row[column] for row in rows] for column, name in enumerate(names)})

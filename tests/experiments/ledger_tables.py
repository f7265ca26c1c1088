"""A small shop with campaigns by lot, a hold-out and a truth, made by hand for the tests of the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.stats.difference import Difference, Moments, difference

FIRST = date(2024, 1, 1)
DAYS = 200
AS_OF = FIRST + timedelta(days=DAYS - 1)

Row = dict[str, Any]


def on(number: int) -> date:
    return FIRST + timedelta(days=int(number))


def money(values: list[float]) -> pa.Array:
    return pa.array([Decimal(f"{value:.2f}") for value in values], pa.decimal128(18, 2))


def takings_of(rows: list[tuple[str, date, float]], discounts: dict[tuple[str, date], float] | None = None) -> ir.Table:
    given = discounts or {}
    return ibis.memtable(
        pa.table(
            {
                "customer_id": pa.array([row[0] for row in rows], pa.string()),
                "day": pa.array([row[1] for row in rows], pa.date32()),
                "margin": money([row[2] for row in rows]),
                "revenue": money([2 * abs(row[2]) for row in rows]),
                "discount": money([given.get((row[0], row[1]), 0.0) for row in rows]),
            }
        )
    )


def listed(rows: list[Row], **types: str) -> ir.Table:
    """Return rows as a table whose columns of nothing but None have the given types."""
    made = pa.Table.from_pylist(rows)
    for name, kind in types.items():
        made = made.set_column(made.schema.get_field_index(name), name, made[name].cast(kind))
    return ibis.memtable(made)


@dataclass(frozen=True, kw_only=True)
class Campaign:
    name: str
    day: int
    brings: float  # margin a treated customer, on one day of the first two weeks
    cost: float | None = 0.5
    fixed: float | None = None
    programme: str | None = None


@dataclass(kw_only=True)
class Shop:
    experiments: list[Row]
    assignments: list[Row]
    takings: list[tuple[str, date, float]]
    truth: dict[str, float]  # what each campaign really brought in all

    @cached_property
    def tables(self) -> tuple[ir.Table, ir.Table, ir.Table, ir.Table]:
        """Experiments, assignments, effects, takings."""
        return (
            listed(self.experiments, programme="string", stopped_on="date32", fixed_cost="float64",
                   cost_per_contact="float64"),
            listed(self.assignments),
            listed([self._reading(row) for row in self.experiments], p_value="float64"),
            takings_of(self.takings),
        )  # fmt: skip

    def brought(self, experiment: str) -> dict[str, list[float]]:
        """What each customer brought after the assignment, by arm."""
        sums: dict[str, float] = defaultdict(float)
        started = next(row["started_on"] for row in self.experiments if row["experiment"] == experiment)
        for customer, day, amount in self.takings:
            if started < day <= AS_OF:
                sums[customer] += round(amount, 2)
        found: dict[str, list[float]] = defaultdict(list)
        for row in self.assignments:
            if row["experiment"] == experiment:
                found[row["arm"]].append(sums[row["customer_id"]])
        return found

    def _reading(self, row: Row) -> Row:
        arms = self.brought(row["experiment"])
        n = len(arms["treated"])
        found = difference(Moments.of(arms["treated"]), Moments.of(arms["control"]))
        assert isinstance(found, Difference)
        return {
            "experiment": row["experiment"], "metric": "margin", "arm": "treated", "segmentation": "all",
            "segment": "all", "from_day": row["started_on"] + timedelta(days=1), "to_day": AS_OF, "n": n,
            "n_control": len(arms["control"]), "total": found.estimate * n, "total_low": found.low * n,
            "total_high": found.high * n, "p_value": found.p_value, "status": "read", "method": "frequentist",
        }  # fmt: skip


def shop(campaigns: list[Campaign], *, customers: int = 1500, held: float = 0.2, seed: int = 1) -> Shop:
    """Draw a shop: the held-out get no campaign; of the others a third is each campaign's control."""
    rng = np.random.default_rng(seed)
    ids = [f"c{number:05d}" for number in range(customers)]
    rates = rng.gamma(1.0, 0.02, customers)
    amounts: dict[tuple[int, int], float] = defaultdict(float)
    for number in range(customers):
        for day in np.flatnonzero(rng.random(DAYS) < rates[number]):
            amounts[number, int(day)] += float(rng.lognormal(3, 0.8))
    out = rng.random(customers) < held
    assignments = [_assigned("global", ids[n], "control" if out[n] else "treated", 0, held) for n in range(customers)]
    experiments = [_planned("global", "holdout", 0, None, None, None)]
    truth = {}
    for campaign in campaigns:
        experiments.append(
            _planned(campaign.name, "experiment", campaign.day, campaign.cost, campaign.fixed, campaign.programme)
        )
        truth[campaign.name] = 0.0
        for number in np.flatnonzero(~out):
            treated = rng.random() < 2 / 3
            arm = "treated" if treated else "control"
            assignments.append(_assigned(campaign.name, ids[number], arm, campaign.day, 1 / 3))
            if treated and campaign.brings:
                gain = round(float(rng.exponential(campaign.brings)), 2)
                amounts[number, campaign.day + 1 + int(rng.integers(0, 14))] += gain
                truth[campaign.name] += gain
    takings = [(ids[number], on(day), amount) for (number, day), amount in sorted(amounts.items())]
    return Shop(experiments=experiments, assignments=assignments, takings=takings, truth=truth)


def _assigned(experiment: str, customer: str, arm: str, day: int, held: float) -> Row:
    share = held if arm == "control" else 1 - held
    return {"experiment": experiment, "customer_id": customer, "arm": arm, "segment": "all.all", "assigned_on": on(day),
            "propensity": share}  # fmt: skip


def _planned(
    name: str, kind: str, day: int, cost: float | None, fixed: float | None, programme: str | None
) -> Row:  # fmt: skip
    return {
        "experiment": name, "kind": kind, "programme": programme, "control": "control", "started_on": on(day),
        "stopped_on": None, "method": "frequentist", "cost_per_contact": cost, "fixed_cost": fixed,
    }  # fmt: skip

"""What did a claim cost?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import ibis.expr.types as ir

CostSource = Literal["settings", "source", "spend", "nothing", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """How much, and who says so; none where nobody does: that is not 0."""

    amount: float | None
    source: CostSource


UNKNOWN = Cost(amount=None, source="unknown")


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The sources of costs that are no settings: what treating each one cost, and what was spent by day and channel."""

    treated: Mapping[tuple[str, str], float]
    spend: Sequence[Mapping[str, Any]]

    def of_arm(
        self, experiment: Mapping[str, Any], arm: str, *, customers: int, arms: int, from_day: date, to_day: date
    ) -> Cost:
        """Return the cost of one arm: by the settings, else by the source of the arms, else by the spend of its name.

        Parameters
        ----------
        experiment : mapping
            Its row: ``experiment, programme, cost_per_contact, fixed_cost``.
        arm : str
            Which arm.
        customers : int
            Of the arm: everybody on the list counts, whether or not the message arrived.
        arms : int
            Among how many arms the fixed cost is divided.
        from_day, to_day : date
            Days of the spend that count.
        """
        each, fixed = experiment.get("cost_per_contact"), experiment.get("fixed_cost")
        if each is not None or fixed is not None:
            return Cost(amount=float(each or 0) * customers + float(fixed or 0) / arms, source="settings")
        name = experiment["experiment"]
        if (name, arm) in self.treated:
            return Cost(amount=self.treated[name, arm], source="source")
        return self.of_channel(name, from_day=from_day, to_day=to_day) if arms == 1 else UNKNOWN

    def of_channel(self, *names: str, from_day: date, to_day: date) -> Cost:
        """Return what was spent on a channel of one of these names, between two days."""
        wanted = {name.casefold() for name in names}
        amounts = [
            float(row["amount"])
            for row in self.spend
            if row["channel"].casefold() in wanted and from_day <= row["day"] <= to_day
        ]
        return Cost(amount=sum(amounts), source="spend") if amounts else UNKNOWN


def treated_costs(assignments: ir.Table) -> dict[tuple[str, str], float]:
    """Return by experiment and arm what treating its customers cost, where the source says it of each of them.

    Parameters
    ----------
    assignments : Table
        contracts.raw_experiments.RAW_ASSIGNMENTS: ``experiment, arm, cost`` (money, or none).
    """
    sums = assignments.group_by("experiment", "arm").aggregate(
        cost=assignments.cost.sum().cast("float64"), untold=assignments.cost.isnull().sum()
    )
    rows = sums.to_pyarrow().to_pylist()
    return {(row["experiment"], row["arm"]): float(row["cost"]) for row in rows if not row["untold"]}

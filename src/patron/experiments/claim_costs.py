"""What did a claim cost?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import ibis.expr.types as ir

from patron.decisions.holdouts import TRIGGER

CostSource = Literal["deliveries", "settings", "source", "spend", "nothing", "unknown"]


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
    sent: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)  # from `sent_costs`

    def of_arm(
        self, experiment: Mapping[str, Any], arm: str, *, customers: int, arms: int, from_day: date, to_day: date
    ) -> Cost:
        """Return the cost of one arm, by who knows it best.

        That is what the messages that really left cost, where it is known of all of them; else what the settings, the
        source of the arms or the spend of its name say.

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
        paid = self.of_messages(experiment["experiment"], from_day=from_day, to_day=to_day) if arms == 1 else None
        if paid is not None:
            return Cost(amount=paid + float(fixed or 0), source="deliveries")
        if each is not None or fixed is not None:
            return Cost(amount=float(each or 0) * customers + float(fixed or 0) / arms, source="settings")
        name = experiment["experiment"]
        if (name, arm) in self.treated:
            return Cost(amount=self.treated[name, arm], source="source")
        return self.of_channel(name, from_day=from_day, to_day=to_day) if arms == 1 else UNKNOWN

    def of_messages(self, name: str, *, from_day: date, to_day: date) -> float | None:
        """Return what the messages of a trigger or list cost that left between two days.

        None where none left, or where nobody knows what some of them cost. The messages of the day before count, too:
        what is compared begins the day after somebody was meant.
        """
        begins = from_day - timedelta(days=1)
        days = [row for row in self.sent.get(name.removeprefix(TRIGGER), ()) if begins <= row["day"] <= to_day]
        if not days or any(row["untold"] for row in days):
            return None
        return float(sum(row["cost"] for row in days))

    def of_channel(self, *names: str, from_day: date, to_day: date) -> Cost:
        """Return what was spent on a channel of one of these names, between two days."""
        wanted = {name.casefold() for name in names}
        amounts = [
            float(row["amount"])
            for row in self.spend
            if row["channel"].casefold() in wanted and from_day <= row["day"] <= to_day
        ]
        return Cost(amount=sum(amounts), source="spend") if amounts else UNKNOWN


def sent_costs(messages: ir.Table) -> dict[str, list[dict[str, Any]]]:
    """Return by campaign what its messages cost, day by day.

    Parameters
    ----------
    messages : Table
        contracts.raw_messages.RAW_MESSAGES: ``campaign, sent_at, cost`` (money, or none).

    Returns
    -------
    dict
        Of each campaign rows of ``day, cost``, how many messages it had that day (``sent``), and of how many of them
        the cost is not told (``untold``).
    """
    named = messages.filter(messages.campaign.notnull())
    days = named.group_by("campaign", day=named.sent_at.date()).aggregate(
        cost=named.cost.sum().cast("float64"), untold=named.cost.isnull().sum(), sent=named.count()
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in days.order_by("campaign", "day").to_pyarrow().to_pylist():
        found.setdefault(row.pop("campaign"), []).append(row)
    return found


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

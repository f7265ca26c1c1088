"""What did a team's triggers bring, as far as their hold-outs tell?

Each trigger is measured against its own hold-out, drawn by a hash of its own, so that the errors of different triggers
are independent, and variances add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

READ = "read"
MARGIN = "margin"
_Z = NormalDist().inv_cdf(0.975)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Brought:
    """A sum over triggers, with its 95 % interval."""

    customers: int = 0
    least: int = 0  # customers in the smallest arm
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    cost: float | None = None


def brought(iterations: Iterable[Row]) -> Brought:
    """Add up what iterations of triggers brought.

    Parameters
    ----------
    iterations : iterable of mapping
        Rows of contracts.trigger.TRIGGER_ITERATIONS, of triggers that are judged by margin:
        ``reading, treated, control``, and
        ``effect, effect_low, effect_high, cost`` by customer. Those that are not read are passed over.

    Examples
    --------
    >>> one = {"reading": "read", "treated": 100, "control": 10, "effect": 2.0, "effect_low": 1.0,
    ...        "effect_high": 3.0, "cost": 0.5}
    >>> brought([one, one])
    Brought(customers=200, least=10, effect=400.0, low=258.58, high=541.42, cost=100.0)
    """
    read = [row for row in iterations if row["reading"] == READ and row["effect"] is not None]
    if not read:
        return Brought()
    effect = sum(row["effect"] * row["treated"] for row in read)
    spread = _Z * sqrt(sum((_error(row) * row["treated"]) ** 2 for row in read))
    cost = None if any(row["cost"] is None for row in read) else sum(row["cost"] * row["treated"] for row in read)
    return Brought(
        customers=sum(row["treated"] for row in read),
        least=min(min(row["treated"], row["control"]) for row in read),
        effect=round(effect, 2),
        low=round(effect - spread, 2),
        high=round(effect + spread, 2),
        cost=None if cost is None else round(cost, 2),
    )


def _error(row: Row) -> float:
    """Return the standard error of an effect, from its interval."""
    return float(row["effect_high"] - row["effect_low"]) / (2 * _Z)

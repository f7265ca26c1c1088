"""How fast does a team ship and learn?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

WEEKS = 12
"""Weeks back that are looked at."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Pace:
    """How many iterations a team began, and how often it came back to a trigger."""

    weeks: float | None = None
    shipped_per_week: float | None = None
    iterations_per_trigger: float | None = None


def pace(iterations: Iterable[Row], *, as_of: date) -> Pace:
    """Return a team's pace up to a day.

    Parameters
    ----------
    iterations : iterable of mapping
        Rows of contracts.trigger.TRIGGER_ITERATIONS: ``trigger, started_on``. Those that never began are passed over.
    as_of : date
        The last day we may know about.

    Examples
    --------
    >>> told = [{"trigger": "a", "started_on": date(2024, 6, 3)}, {"trigger": "a", "started_on": date(2024, 6, 10)}]
    >>> pace(told, as_of=date(2024, 6, 30))
    Pace(weeks=4.0, shipped_per_week=0.5, iterations_per_trigger=2.0)
    """
    begun = [row for row in iterations if row["started_on"] is not None and row["started_on"] <= as_of]
    if not begun:
        return Pace()
    since = min(row["started_on"] for row in begun)
    days = max(7, min(7 * WEEKS, (as_of - since).days + 1))
    lately = [row for row in begun if (as_of - row["started_on"]).days < days]
    return Pace(days / 7, len(lately) / (days / 7), len(begun) / len({row["trigger"] for row in begun}))

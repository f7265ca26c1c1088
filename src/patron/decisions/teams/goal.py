"""Is a team on its way to its goal?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Better = Literal["up", "down"]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What is to be reached by when: a figure, or a change against where it stood."""

    since: date
    days: int
    better: Better = "up"
    target: float | None = None
    change: float | None = None  # 0.05: five per cent more than it was

    @property
    def until(self) -> date:
        """The day by which it is to be reached."""
        return self.since + timedelta(days=self.days)


@dataclass(frozen=True)
class Stood:
    """Where a goal stands."""

    standing: str  # contracts.team.STANDINGS
    target: float | None
    progress: float | None  # share of the way from where it began
    time_passed: float  # share of the time


def stands(goal: Goal, *, began_at: float | None, stands_at: float | None, as_of: date) -> Stood:
    """Return where a goal stands.

    Parameters
    ----------
    goal : Goal
        What is to be reached.
    began_at, stands_at : float, optional
        The metric before the goal was set, and now; none where it is not known.
    as_of : date
        The last day we may know about.

    Examples
    --------
    >>> half = Goal(since=date(2024, 1, 1), days=100, target=0.3)
    >>> stands(half, began_at=0.2, stands_at=0.27, as_of=date(2024, 2, 20))
    Stood(standing='on_way', target=0.3, progress=0.7, time_passed=0.5)
    """
    passed = min(1.0, max(0.0, (as_of - goal.since).days / goal.days))
    target = goal.target
    if target is None and began_at is not None and goal.change is not None:
        target = began_at * (1 + goal.change)
    if target is None or stands_at is None:
        return Stood("no_data", target, None, passed)
    way = None if began_at is None or began_at == target else round((stands_at - began_at) / (target - began_at), 9)
    if stands_at >= target if _upwards(goal, began_at, target) else stands_at <= target:
        return Stood("reached", target, way, passed)
    if way is None:
        return Stood("no_data" if began_at is None else "behind", target, None, passed)
    return Stood("on_way" if way >= passed else "behind", target, way, passed)


def _upwards(goal: Goal, began_at: float | None, target: float) -> bool:
    """Tell whether more is wanted: as the goal itself says where it tells from where, else as the metric is better."""
    if began_at is None or began_at == target:
        return goal.better == "up"
    return target > began_at if goal.change is not None else goal.better == "up"

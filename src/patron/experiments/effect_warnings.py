"""What has to be minded about a reading: too early, harm to what must not get worse, an effect that fades?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patron.experiments.plans import Plan
from patron.experiments.unit_counts import EVERYBODY

Row = Mapping[str, Any]

WORSE_ABOVE = ("complaints", "unsubscribes", "returns")
"""Metrics of which more is worse; of all others less is."""

POINTS = {"nps": 5.0, "effort": 0.2}
"""Margins of harm in the metric's own points."""

SHARES = {"complaints": 0.10, "unsubscribes": 0.10, "returns": 0.10}
OTHERS = 0.02
"""Margins of harm as shares of control's mean."""

TURNED = 0.01
"""Chance of so large a difference between the halves of the time below which it is called one."""


def warnings(row: Row, plan: Plan, *, turn: Row | None) -> str | None:
    """Return what to mind about one row that was read, comma-separated; none when there is nothing.

    Parameters
    ----------
    row : mapping
        The figures of one metric, arm and segment.
    plan : Plan
        Of its experiment.
    turn : mapping, optional
        The same metric's second half of the time less the first, where it is known.
    """
    found = []
    if plan.method != "sequential" and _early(row, plan):
        found.append("early")
    if row["role"] == "guardrail" and row["segmentation"] == EVERYBODY:
        found += _harm(row)
    if turn is not None and row["segmentation"] == EVERYBODY:
        found += _turned(row, turn)
    return ", ".join(found) or None


def harm_margin(metric: str, mean_control: float) -> float:
    """Return by how much a guardrail may get worse before it is called harm, in the metric's own unit.

    Examples
    --------
    >>> harm_margin("nps", 30.0), round(harm_margin("complaints", 0.05), 6)
    (5.0, 0.005)
    """
    return POINTS.get(metric, SHARES.get(metric, OTHERS) * abs(mean_control))


def minded(row: Mapping[str, Any]) -> list[str]:
    """Return what has to be minded; harm that is merely not ruled out stays in the table of the run."""
    return [name for name in (row["warning"] or "").split(", ") if name and name != "harm_not_ruled_out"]


def _early(row: Row, plan: Plan) -> bool:
    """Tell whether the end that was planned is still to come."""
    if plan.ends_on is not None and row["to_day"] < plan.ends_on:
        return True
    return plan.ends_on is None and plan.planned_units is not None and row["all_units"] < plan.planned_units


def _harm(row: Row) -> list[str]:
    """Tell whether a guardrail got worse by its margin or more, or may have."""
    worse = 1 if row["metric"] in WORSE_ABOVE else -1
    estimate, ends = worse * row["effect"], sorted((worse * row["effect_low"], worse * row["effect_high"]))
    margin = harm_margin(row["metric"], row["mean_control"])
    if ends[0] > 0 and estimate > margin:
        return ["harm"]
    return ["harm_not_ruled_out"] if ends[1] > margin else []


def _turned(row: Row, turn: Row) -> list[str]:
    """Tell whether the effect fades or grows: where it is clear that the halves differ, and that there is an effect."""
    if turn["p_value"] is None or not turn["p_value"] < TURNED or row["p_value"] is None or row["p_value"] >= 0.05:
        return []
    return ["growing" if turn["effect"] * row["effect"] > 0 else "fading"]

"""How fast is a budget shared out among customers and actions, and how near to the best possible plan?"""

from __future__ import annotations

from measure import Readings, child, in_turn
from result import Result, at_most

SECONDS, GIGABYTES, GAP, SHORT = 6.0, 4.0, 1e-3, 1e-3


def budget(*, quick: bool, rounds: int = 3) -> Result:
    """Share a budget with a capacity among customers of eight actions; HiGHS solves the small ones exactly."""
    customers, small = (20_000, 1_000) if quick else (1_000_000, 2_000)
    rounds = 1 if quick else rounds
    readings = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "budget", customers, small)})["patron"]
    facts = readings.facts
    return Result(
        name="budget",
        title=f"A budget for {customers:,} customers x 8 actions, with one budget and one capacity",
        included="An Arrow table of customers, actions, values and costs to the chosen rows, one thread; the curve "
        f"of other budgets apart. The plan falls short of the best possible one by {facts['gap']:.1e} at most "
        f"(certified). Of {small:,} customers HiGHS finds {facts['short']:.1e} more, in {facts['highs']:.1f} s. "
        f"Medians of {rounds} rounds.",
        columns=("part", "s", "processor s"),
        rows=[["plan", *_seconds(readings, "plan")], ["curve of other budgets", *_seconds(readings, "curve")]],
        targets=[
            at_most("customers x actions to the plan", readings.wall("plan"), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
            at_most("certified gap", facts["gap"], GAP, ""),
            at_most("short of the exact optimum", facts["short"], SHORT, ""),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

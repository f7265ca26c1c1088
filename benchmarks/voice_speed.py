"""What do a million customers say? From answers and invitations on disk to weighted scores and the plan."""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_most

LAPS = ("weighted scores", "plan")
SECONDS, GIGABYTES, ENGINE_MEMORY = 30.0, 3.0, "2GB"


def voice(*, quick: bool) -> Result:
    """Weight the answers of a survey in 60 behaviours and 10 stages, and plan the next one."""
    size, rounds = (50_000, 1) if quick else (1_000_000, 2)
    file = file_of("cells", size)
    taken = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "voice", file, ENGINE_MEMORY)})
    readings = taken["patron"]
    facts = readings.facts
    return Result(
        name="voice",
        title=f"A survey of {facts['asked']:,} of {facts['customers']:,} customers, {facts['answered']:,} answers",
        included="Profiles, orders, memberships, invitations and answers in Parquet to bands of the day of asking, "
        f"raked weights, scores with intervals in {facts['segments']:,} segments, and a plan for each. Without the "
        f"import of libraries. The engine may use {ENGINE_MEMORY}.",
        columns=("part", "s", "processor s"),
        rows=[*([lap, *_seconds(readings, lap)] for lap in LAPS), ["all", *_seconds(readings, *LAPS)]],
        targets=[
            at_most("answers to scores and plan", readings.wall(*LAPS), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

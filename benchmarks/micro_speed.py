"""What is in a million customers' micro-segments? From tables on disk to cells, rates and what is at stake."""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_most

LAPS = ("place", "describe")
SECONDS, GIGABYTES, ENGINE_MEMORY = 30.0, 3.0, "2GB"


def micro(*, quick: bool) -> Result:
    """Cut customers by 60 behaviours and 10 stages, and describe the cells."""
    size, rounds = (50_000, 1) if quick else (1_000_000, 2)
    file = file_of("cells", size)
    taken = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "micro", file, ENGINE_MEMORY)})
    readings = taken["patron"]
    facts = readings.facts
    return Result(
        name="micro",
        title=f"Micro-segments of {facts['customers']:,} customers",
        included="Memberships, earlier memberships, profiles, forecasts, orders and takings in Parquet to memberships "
        f"in {facts['segments']:,} micro-segments, and {facts['rows']:,} described cells: pooled rates, intervals, "
        f"power, gaps to peers, q-values. Without the import of libraries. The engine may use {ENGINE_MEMORY}.",
        columns=("part", "s", "processor s"),
        rows=[*([lap, *_seconds(readings, lap)] for lap in LAPS), ["all", *_seconds(readings, *LAPS)]],
        targets=[
            at_most("tables to micro-segments", readings.wall(*LAPS), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
            at_most("error of pooled order rates over that of raw cells", facts["error"], 1.0, ""),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

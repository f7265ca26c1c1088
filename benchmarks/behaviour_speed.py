"""How long until ten million customers are in segments by how they behave, and in how much memory?"""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_least, at_most

LAPS = ("fit", "assign")
SECONDS, GIGABYTES, ENGINE_MEMORY = 120.0, 3.0, "2GB"


def behaviours(*, quick: bool) -> Result:
    """Learn the segments from a sample of the customers' features, and assign all of them."""
    size, rounds = (100_000, 1) if quick else (10_000_000, 2)
    file = file_of("behaviours", size)
    taken = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "behaviours", file, ENGINE_MEMORY)})
    readings = taken["patron"]
    facts = readings.facts
    return Result(
        name="behaviours",
        title=f"Behaviour segments of {facts['customers']:,} customers",
        included=f"The table `behaviour` in Parquet, {facts['features']} features a customer, to `segment` and "
        f"`certainty` of each in Parquet: {facts['segments']} segments, their number chosen by stability on a sample "
        f"that the hash of the ids draws. Without the import of libraries. The engine may use {ENGINE_MEMORY}.",
        columns=("part", "s", "processor s"),
        rows=[*([lap, *_seconds(readings, lap)] for lap in LAPS), ["all", *_seconds(readings, *LAPS)]],
        targets=[
            at_most("features to segments", readings.processor(*LAPS), SECONDS, "s of processor"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
            at_least("adjusted Rand index against the planted kinds", facts["agreement"], 0.9, ""),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

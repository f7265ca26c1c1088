"""Which habits have a million customers? From events on disk to tested rules and critical days."""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_least, at_most

LAPS = ("fit", "critical days")
SECONDS, GIGABYTES, ENGINE_MEMORY = 120.0, 4.0, "2GB"
FALSE = 0.10


def habits(*, quick: bool) -> Result:
    """Mine planted habits among deeds that mean nothing, for two outcomes and six times."""
    size, rounds = (50_000, 1) if quick else (1_000_000, 2)
    file = file_of("habits", size)
    taken = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "habits", file, ENGINE_MEMORY)})
    readings = taken["patron"]
    facts = readings.facts
    return Result(
        name="habits",
        title=f"Habits of {size:,} customers, {facts['events']:,} events",
        included="Events in Parquet to counts by anchor, deed, time and day; survival curves, tests, intervals and "
        f"q-values of {facts['rules']:,} rules (46 deeds, 6 times, 2 outcomes) with their sentences and experiments; "
        f"critical days. Without the import of libraries. The engine may use {ENGINE_MEMORY}.",
        columns=("part", "s", "processor s"),
        rows=[*([lap, *_seconds(readings, lap)] for lap in LAPS), ["all", *_seconds(readings, *LAPS)]],
        targets=[
            at_most("events to habits", readings.wall(*LAPS), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
            at_most("false among the found deeds", facts["false"], FALSE, ""),
            at_least("planted deeds that are found", facts["found"], 1.0, ""),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

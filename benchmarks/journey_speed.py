"""Where do a million visitors go? From ten million events on disk to the map with its intervals and money."""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_most

LAPS = {"visits": "journeys are visits", "silence": "journeys end after 30 days of silence"}
SECONDS, GIGABYTES, ENGINE_MEMORY = 60.0, 4.0, "2GB"


def journeys(*, quick: bool) -> Result:
    """Draw the map of events that come in no order, so that every way between twenty steps is gone."""
    size, rounds = (200_000, 1) if quick else (10_000_000, 2)
    file = file_of("clicks", size)
    taken = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "journeys", file, ENGINE_MEMORY)})
    readings = taken["patron"]
    return Result(
        name="journeys",
        title=f"Journey map of {size:,} events",
        included=f"Events of {size // 10:,} visitors in Parquet to {readings.facts['edges']:,} edges with people, "
        "shares, conversions, median times and value at stake, with intervals; what is read more than once goes to the "
        f"disk. Without the import of libraries. The engine may use {ENGINE_MEMORY}.",
        columns=("part", "s", "processor s"),
        rows=[[words, *_seconds(readings, lap)] for lap, words in LAPS.items()],
        targets=[
            at_most("events to the map, by visits", readings.wall("visits"), SECONDS, "s"),
            at_most("events to the map, by silence", readings.wall("silence"), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

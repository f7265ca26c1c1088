"""What do a million texts speak of? The run's step, from reviews on disk to themes, texts with themes, and quotes."""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_least, at_most

LAPS = ("themes", "segments")
SECONDS, GIGABYTES, ENGINE_MEMORY = 180.0, 4.0, "2GB"
AGREED = 0.7


def themes(*, quick: bool) -> Result:
    """Find planted themes in four languages of three scripts, and say of every text which it is about."""
    size, rounds = (50_000, 1) if quick else (1_000_000, 1)
    file = file_of("texts", size)
    taken = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "themes", file, ENGINE_MEMORY)})
    readings = taken["patron"]
    facts = readings.facts
    return Result(
        name="themes",
        title=f"Themes of {facts['texts']:,} texts",
        included=f"Reviews in Parquet to {facts['themes']} themes in four languages, learned from 20,000 texts; the "
        "theme of every text, masked quotes, what each customer speaks of; and shares by segment with intervals and "
        f"tests. Without the import of libraries. The engine may use {ENGINE_MEMORY}.",
        columns=("part", "s", "processor s"),
        rows=[*([lap, *_seconds(readings, lap)] for lap in LAPS), ["all", *_seconds(readings, *LAPS)]],
        targets=[
            at_most("texts to themes by segment", readings.wall(*LAPS), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
            at_least("adjusted mutual information with the planted themes", facts["agreed"], AGREED, ""),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

"""What sets eight kinds of customers apart? From a table on disk to lifts, intervals and q-values."""

from __future__ import annotations

from files import file_of
from measure import child, in_turn
from result import Result, at_most

SECONDS, GIGABYTES, ENGINE_MEMORY = 30.0, 3.0, "2GB"


def portraits(*, quick: bool) -> Result:
    """Compare each of eight kinds of customers with all others by 20 attributes, four of which are planted."""
    size, rounds = (50_000, 1) if quick else (1_000_000, 2)
    file = file_of("described", size)
    taken = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "portraits", file, ENGINE_MEMORY)})
    readings = taken["patron"]
    facts = readings.facts
    return Result(
        name="portraits",
        title=f"Portraits of {size:,} customers",
        included=f"Customers with 20 attributes in Parquet to {facts['rows']:,} compared shares with intervals and "
        f"q-values. Without the import of libraries. The engine may use {ENGINE_MEMORY}.",
        columns=("part", "s", "processor s"),
        rows=[["all", f"{readings.wall('work'):.1f}", f"{readings.processor('work'):.1f}"]],
        targets=[
            at_most("table to portraits", readings.wall("work"), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
            at_most("planted differences that are missed", facts["missed"], 0, ""),
            at_most("false discoveries", facts["false"], 1, ""),
        ],
    )

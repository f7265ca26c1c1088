"""How long do a hundred own segments of a million customers take? From profiles on disk to memberships on disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_most

SECONDS, GIGABYTES, SHARE, ENGINE_MEMORY = 5.0, 1.0, 1.0, "500MB"


def conditions(*, quick: bool) -> Result:
    """Ask a hundred conditions in one pass, and one after the other as one would write them by hand."""
    size, rounds = (50_000, 1) if quick else (1_000_000, 3)
    file = file_of("profiles", size)
    with tempfile.TemporaryDirectory() as aside:
        calls = {
            name: lambda name=name: child(name, "conditions", file, Path(aside) / f"{name}.parquet", ENGINE_MEMORY)
            for name in ("patron", "sql")
        }
        taken = in_turn(dict.fromkeys(calls, rounds), calls)
    ours, theirs = taken["patron"], taken["sql"]
    apart = abs(ours.facts["members"] - theirs.facts["members"])
    return Result(
        name="conditions",
        title=f"A hundred own segments of {size:,} customers",
        included=f"Conditions read, checked and asked; {ours.facts['members']:,} memberships from Parquet to Parquet. "
        "By hand: one SELECT with its WHERE for each condition, and UNION ALL. Without the import of libraries. "
        f"Two threads and {ENGINE_MEMORY} for the engine.",
        columns=("contestant", "s", "processor s", "GB", "Patron takes"),
        rows=[_row("Patron", ours, ours), _row("DuckDB by hand", theirs, ours)],
        targets=[
            at_most("conditions to memberships, processor time", ours.processor("work"), SECONDS, "s"),
            at_most("time over SQL by hand", ours.over(theirs, "work"), SHARE, "x"),
            at_most("processor time over SQL by hand", ours.over(theirs, "work", clock="processor"), SHARE, "x"),
            at_most("peak memory", ours.peak_gb, GIGABYTES, "GB"),
            at_most("memberships that differ", float(apart), 0.0, ""),
        ],
    )


def _row(name: str, readings: Readings, ours: Readings) -> list[str]:
    return [
        name, f"{readings.wall('work'):.2f}", f"{readings.processor('work'):.2f}", f"{readings.peak_gb:.2f}",
        "" if readings is ours else f"{ours.over(readings, 'work'):.2f} of it",
    ]  # fmt: skip

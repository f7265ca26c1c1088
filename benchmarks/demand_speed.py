"""What will 20,000 products sell? From order lines on disk to forecasts by week and trends."""

from __future__ import annotations

import tempfile
from pathlib import Path

from data import AS_OF
from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_most

LAPS = ("count", "fit", "tell", "trends")
TIMES, GIGABYTES = 12.0, 2.0


def demand(*, quick: bool, rounds: int = 3) -> Result:
    """Compare with units by product and week in SQL by hand, which is the past and no forecast."""
    size, rounds = (500_000, 1) if quick else (5_000_000, rounds)
    lines = file_of("cycles", size)
    with tempfile.TemporaryDirectory(dir=lines.parent) as folder:
        theirs = Path(folder) / "theirs.parquet"
        taken = in_turn(
            {"patron": rounds, "sql": rounds},
            {
                "patron": lambda: child("patron", "demand", lines, AS_OF),
                "sql": lambda: child("sql", "weeks", lines, theirs, AS_OF),
            },
        )
    patron, sql = taken["patron"], taken["sql"]
    facts, seconds = patron.facts, sql.wall("work")
    return Result(
        name="demand",
        title=f"Demand of {facts['products']:,} products from {size:,} order lines",
        included="Parquet to Arrow, two threads. Units by product, segment and week; season, levels and ranges of all "
        f"products; {facts['rows']:,} rows of eight weeks ahead; the same fit eight weeks ago, and what rose or fell "
        f"since. The SQL adds up units by product and week, no more. Medians of {rounds} rounds in turn.",
        columns=("part", "s", "processor s", "over SQL by hand", "peak memory, GB"),
        rows=[
            *([lap, *_seconds(patron, lap), f"{patron.wall(lap) / seconds:.1f} x", ""] for lap in LAPS),
            ["Patron, all", *_seconds(patron, *LAPS), f"{_over(patron, sql):.1f} x", f"{patron.peak_gb:.2f}"],
            ["SQL by hand", *_seconds(sql, "work"), "1", f"{sql.peak_gb:.2f}"],
        ],
        targets=[
            at_most("time over units by week in SQL", _over(patron, sql), TIMES, "x"),
            at_most("peak memory", patron.peak_gb, GIGABYTES, "GB"),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> list[str]:
    return [f"{readings.wall(*laps):.2f}", f"{readings.processor(*laps):.2f}"]


def _over(patron: Readings, sql: Readings) -> float:
    return patron.wall(*LAPS) / sql.wall("work")

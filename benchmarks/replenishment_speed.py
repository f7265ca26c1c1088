"""When do 200,000 customers run out of 20,000 products? From order lines on disk to due dates on disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from data import AS_OF
from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_most

LAPS = ("count", "fit", "dates")
TIMES, GIGABYTES = 10.0, 2.0


def replenishment(*, quick: bool) -> Result:
    """Compare with the mean interval of each customer and product in SQL by hand, which is no date and no interval."""
    size, rounds = (500_000, 1) if quick else (5_000_000, 3)
    lines = file_of("cycles", size)
    with tempfile.TemporaryDirectory(dir=lines.parent) as folder:
        ours, theirs = Path(folder) / "ours.parquet", Path(folder) / "theirs.parquet"
        taken = in_turn(
            {"patron": rounds, "sql": rounds},
            {
                "patron": lambda: child("patron", "replenishment", lines, ours, AS_OF),
                "sql": lambda: child("sql", "intervals", lines, theirs, AS_OF),
            },
        )
    patron, sql = taken["patron"], taken["sql"]
    facts, left_out = patron.facts, patron.facts["left_out"]
    with_cycle = facts["products"] - sum(left_out.values())
    seconds = sql.wall("work")
    return Result(
        name="replenishment",
        title=f"Due dates from {size:,} order lines of {size // 25:,} customers",
        included=f"Parquet to Parquet, two threads. Counted sums of each customer and product, the fit of "
        f"{with_cycle:,} products with a cycle of {facts['products']:,}, and {facts['rows']:,} due dates with their "
        "interval, chance and sentence. The SQL computes the mean interval of each customer and product, no more. "
        f"Medians of {rounds} rounds in turn.",
        columns=("part", "s", "over SQL by hand", "peak memory, GB"),
        rows=[
            *([lap, f"{patron.wall(lap):.2f}", f"{patron.wall(lap) / seconds:.1f} x", ""] for lap in LAPS),
            ["Patron, all", f"{patron.wall(*LAPS):.2f}", f"{_over(patron, sql):.1f} x", f"{patron.peak_gb:.2f}"],
            ["SQL by hand", f"{seconds:.2f}", "1", f"{sql.peak_gb:.2f}"],
        ],
        targets=[
            at_most("time over the mean interval in SQL", _over(patron, sql), TIMES, "x"),
            at_most("peak memory", patron.peak_gb, GIGABYTES, "GB"),
        ],
    )


def _over(patron: Readings, sql: Readings) -> float:
    return patron.wall(*LAPS) / sql.wall("work")

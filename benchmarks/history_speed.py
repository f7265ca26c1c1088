"""The purchase history against DuckDB SQL that was written by hand for the same result."""

from __future__ import annotations

import tempfile
from pathlib import Path

from data import AS_OF
from files import file_of
from measure import Readings, child, in_turn
from result import Result, Target, at_most

COLUMNS = ("contestant", "first call, s", "warm, s", "warm, processor s", "peak memory, GB")


def history(*, quick: bool) -> Result:
    """Compare warm calls on ten million orders."""
    size, rounds, calls = (1_000_000, 3, 3) if quick else (10_000_000, 5, 4)
    orders = file_of("orders", size)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.parquet", Path(folder) / "theirs.parquet"
        taken = in_turn(
            {"patron": rounds, "sql": rounds},
            {
                "patron": lambda: child("patron", "history", orders, ours, AS_OF, calls),
                "sql": lambda: child("sql", "history", orders, theirs, AS_OF, calls),
            },
        )
        same = child("sql", "same", ours, theirs).facts
    ratio = taken["patron"].over(taken["sql"], "work")
    processor = taken["patron"].over(taken["sql"], "work", clock="processor")
    return Result(
        name="history",
        title=f"Purchase history of {size:,} orders",
        included=f"Parquet to Parquet, two threads; {same['customers']:,} customers; {same['different']} differ. "
        f"The first call of a process reads its libraries and compiles the expression; a warm one is the mean of "
        f"{calls - 1}. Medians of {rounds} rounds in turn.",
        columns=COLUMNS,
        rows=[_row("Patron", taken["patron"], calls), _row("SQL by hand", taken["sql"], calls)],
        targets=[
            at_most("warm time over SQL by hand", ratio, 1.15, "x"),
            at_most("warm processor time over SQL by hand", processor, 1.15, "x"),
            _all_equal(same["different"]),
        ],
    )


def large_history(*, quick: bool) -> Result:
    """Show the memory of a hundred million orders, with and without a limit."""
    size = 1_000_000 if quick else 100_000_000
    limit, allowed = ("300MB", 0.6) if quick else ("3GB", 4.0)
    orders = file_of("orders", size)
    with tempfile.TemporaryDirectory(dir=orders.parent) as folder:
        limited, plain, by_hand = (Path(folder) / f"{name}.parquet" for name in ("limited", "plain", "by_hand"))
        taken = in_turn(
            {"limited": 1, "plain": 1, "by hand": 1},
            {
                "limited": lambda: child("patron", "history", orders, limited, AS_OF, 1, limit),
                "plain": lambda: child("patron", "history", orders, plain, AS_OF, 1),
                "by hand": lambda: child("sql", "history", orders, by_hand, AS_OF, 1),
            },
        )
        same = child("sql", "same", limited, by_hand).facts
    return Result(
        name="large_history",
        title=f"Purchase history of {size:,} orders",
        included=f"Parquet to Parquet, two threads, one call each; {same['customers']:,} customers; "
        f"{same['different']} differ. With a limit (`connect(memory=..., spill=...)`) DuckDB puts on the disk what "
        "does not fit.",
        columns=("contestant", "s", "processor s", "peak memory, GB"),
        rows=[
            _call(f"Patron, memory limit {limit}", taken["limited"]),
            _call("Patron, no limit", taken["plain"]),
            _call("SQL by hand, no limit", taken["by hand"]),
        ],
        targets=[at_most("peak memory", taken["limited"].peak_gb, allowed, "GB"), _all_equal(same["different"])],
    )


def _row(name: str, readings: Readings, calls: int) -> list[str]:
    first, warm, processor = (
        readings.wall("import", "first call"),
        readings.wall("work") / (calls - 1),
        readings.processor("work") / (calls - 1),
    )
    return [name, f"{first:.2f}", f"{warm:.2f}", f"{processor:.2f}", f"{readings.peak_gb:.2f}"]


def _call(name: str, readings: Readings) -> list[str]:
    wall, processor = readings.wall("first call"), readings.processor("first call")
    return [name, f"{wall:.1f}", f"{processor:.1f}", f"{readings.peak_gb:.2f}"]


def _all_equal(different: int) -> Target:
    return Target(what="customers whose history differs", limit="none", came=str(different), met=different == 0)

"""Effects of an experiment: against DuckDB sums that were written by hand, and gbstats, which reads such sums."""

from __future__ import annotations

import tempfile
from pathlib import Path

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_most

COLUMNS = ("contestant", "first call, s", "warm, s", "warm, processor s", "peak memory, GB")
SEGMENTS = 50
EQUAL = 1e-9


def effects(*, quick: bool) -> Result:
    """One metric with a covariate in fifty segments of ten million units; fifty metrics of a million."""
    size, many, rounds, calls = (1_000_000, 100_000, 2, 3) if quick else (10_000_000, 1_000_000, 5, 4)
    one, all_fifty = file_of("units", size), file_of("measured_units", many)
    with tempfile.TemporaryDirectory() as folder:
        single, sums = Path(folder) / "single.json", Path(folder) / "sums.json"
        taken = in_turn(
            dict.fromkeys(("one", "one by hand", "fifty", "fifty by hand"), rounds) | {"gbstats": 1},
            {
                "one": lambda: child("patron", "effects", one, 1, calls),
                "one by hand": lambda: child("sql", "effects", one, 1, calls, single),
                "fifty": lambda: child("patron", "effects", all_fifty, 50, calls),
                "fifty by hand": lambda: child("sql", "effects", all_fifty, 50, calls, sums),
                "gbstats": lambda: child("gbstats", "effects", sums, 50),
            },
        )
    theirs, ours = taken["gbstats"].facts["low"], taken["fifty"].facts["low"]
    apart = max(abs(ours[name] / low - 1) for name, low in theirs.items())
    return Result(
        name="effects",
        title=f"Effects in {SEGMENTS} segments: one metric of {size:,} units, fifty of {many:,}",
        included="A table in DuckDB's memory, two threads; CUPED with one covariate. By hand: the sums alone, without "
        "any reading. gbstats: the reading alone, of those sums, one metric of one segment after the other. Patron: "
        "sums, readings, relative effects, q-values and shrunk effects. The first call compiles the expression; a warm "
        f"one is the mean of {calls - 1}. Medians of {rounds} rounds in turn.",
        columns=COLUMNS,
        rows=[
            _row("Patron, one metric", taken["one"], calls),
            _row("SQL by hand, sums of one metric", taken["one by hand"], calls),
            _row("Patron, fifty metrics", taken["fifty"], calls),
            _row("SQL by hand, sums of fifty metrics", taken["fifty by hand"], calls),
            ["gbstats, readings of fifty metrics", "", *_seconds(taken["gbstats"], 2)],
        ],
        targets=[
            at_most("one metric over SQL by hand", taken["one"].over(taken["one by hand"], "work"), 1.5, "x"),
            at_most(
                "one metric over SQL by hand, processor",
                taken["one"].over(taken["one by hand"], "work", clock="processor"), 1.5, "x",
            ),
            at_most("lower ends of intervals, apart from gbstats by", apart, EQUAL, "of their size"),
        ],
    )  # fmt: skip


def _row(name: str, readings: Readings, calls: int) -> list[str]:
    return [name, f"{readings.wall('first call'):.2f}", *_seconds(readings, calls)]


def _seconds(readings: Readings, calls: int) -> list[str]:
    warm = calls - 1
    return [
        f"{readings.wall('work') / warm:.2f}", f"{readings.processor('work') / warm:.2f}", f"{readings.peak_gb:.2f}",
    ]  # fmt: skip

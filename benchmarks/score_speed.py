"""Scores of many customers against lifetimes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from files import file_of
from measure import Readings, child, in_turn
from result import Result, Target, at_most

COLUMNS = ("contestant", "s", "processor s", "peak memory, GB", "Patron in memory takes", "sum of expected purchases")


def scores(*, quick: bool) -> Result:
    """Score ten million customers: purchases of the next year, and the chance to be alive."""
    size, rounds = (1_000_000, 2) if quick else (10_000_000, 3)
    file = file_of("customers", size)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        calls = {
            "patron": lambda: child("patron", "score", file),
            "files": lambda: child("patron", "score_files", file, Path(folder) / "scores.parquet"),
            "lifetimes": lambda: child("lifetimes", "score", file),
        }
        taken = in_turn(dict.fromkeys(calls, rounds), calls)
    names = {
        "patron": "Patron, table in memory to arrays", "files": "Patron, Parquet to Parquet",
        "lifetimes": "lifetimes, arrays to arrays",
    }  # fmt: skip
    return Result(
        name="scores",
        title=f"Expected purchases and probability alive of {size:,} customers",
        included="BG/NBD with given parameters; two calls, one a score; Parquet to Parquet counts the patterns twice. "
        "Without the import of libraries and, where the histories stand in memory, without reading them.",
        columns=COLUMNS,
        rows=[_row(names[name], readings, taken["patron"]) for name, readings in taken.items()],
        targets=[
            at_most("two scores, in memory", taken["patron"].wall("work"), 2.0, "s"),
            at_most("two scores, in memory, processor time", taken["patron"].processor("work"), 2.0, "s"),
            _agreeing(taken["patron"], taken["lifetimes"]),
        ],
    )


def pareto_nbd_scores(*, quick: bool) -> Result:
    """Score ten million customers by Pareto/NBD: purchases of the next year, and the chance to be alive."""
    size = 100_000 if quick else 10_000_000
    file = file_of("customers", size)
    names = {"patron": "Patron, table in memory to arrays", "lifetimes": "lifetimes, arrays to arrays"}
    calls = {name: lambda name=name: child(name, "score", file, "pareto_nbd") for name in names}
    taken = in_turn({"patron": 3, "lifetimes": 1}, calls)
    return Result(
        name="pareto_nbd_scores",
        title=f"Expected purchases and probability alive of {size:,} customers by Pareto/NBD",
        included="Given parameters; two calls, one a score. Without the import of libraries and without reading.",
        columns=COLUMNS,
        rows=[_row(names[name], readings, taken["patron"]) for name, readings in taken.items()],
        targets=[
            at_most("two scores, in memory", taken["patron"].wall("work"), 2.0, "s"),
            at_most("two scores, in memory, processor time", taken["patron"].processor("work"), 2.0, "s"),
            _agreeing(taken["patron"], taken["lifetimes"]),
        ],
    )


def _row(name: str, readings: Readings, ours: Readings) -> list[str]:
    total = readings.facts.get("expected")
    return [
        name, f"{readings.wall('work'):.2f}", f"{readings.processor('work'):.2f}", f"{readings.peak_gb:.2f}",
        "" if readings is ours else f"{ours.over(readings, 'work'):.2f} of it",
        "" if total is None else f"{total:,.3f}",
    ]  # fmt: skip


def _agreeing(ours: Readings, theirs: Readings) -> Target:
    apart = max(abs(ours.facts[name] / theirs.facts[name] - 1) for name in ("expected", "alive"))
    return Target(what="sums of the scores", limit="1e-9 apart", came=f"{apart:.1e} apart", met=apart < 1e-9)

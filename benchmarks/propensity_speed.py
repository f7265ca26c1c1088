"""What are a million customers likely to do? From orders on disk to chances and reasons on disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from data import AS_OF
from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_least, at_most

LAPS = ("orders", "features", "fit, predict, reasons")
SECONDS, GIGABYTES, ENGINE_MEMORY = 180.0, 6.0, "3GB"


def propensity(*, quick: bool) -> Result:
    """Foretell who buys within 90 days, with the model's test, its peer and three reasons each."""
    size, rounds = (900_000, 1) if quick else (9_000_000, 2)
    file = file_of("orders", size)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        to = Path(folder) / "propensities.parquet"
        calls = {"patron": lambda: child("patron", "propensity", file, to, AS_OF, ENGINE_MEMORY)}
        taken = in_turn({"patron": rounds}, calls)
    readings = taken["patron"]
    facts = readings.facts
    return Result(
        name="propensity",
        title=f"Propensities of {facts['customers']:,} customers, from {size:,} orders",
        included="Orders in Parquet to dated facts; features as of the days that are learned from, of the judged day "
        "and of today; two fits, a test beside its peer; chances and three reasons for all, written as Parquet. "
        f"Without the import of libraries. The engine may use {ENGINE_MEMORY}.",
        columns=("part", "s", "processor s"),
        rows=[*([lap, *_seconds(readings, lap)] for lap in LAPS), ["all", *_seconds(readings, *LAPS)]],
        targets=[
            at_most("orders to reasons", readings.wall(*LAPS), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
            at_least("AUC above RFM alone", facts["auc"] - facts["auc_rfm"], 0.0, ""),
            at_most("calibration error above a perfect forecast's", facts["ece"] - facts["ece_perfect"], 0.02, ""),
        ],
    )


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

"""How do sales answer to prices? From five million order lines on disk to the elasticity of every product."""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_least, at_most

LAPS = ("weeks", "fit")
SECONDS, GIGABYTES, COVERED = 60.0, 4.0, 0.85


def prices(*, quick: bool, rounds: int = 3) -> Result:
    """Fit planted prices that follow demand, with lines alone as a run does and with trees."""
    size, rounds = (500_000, 1) if quick else (5_000_000, rounds)
    lines = file_of("prices", size)
    truth = lines.with_name(lines.name.replace("prices_", "elasticities_"))
    readings = in_turn({"patron": rounds}, {"patron": lambda: child("patron", "prices", lines, truth)})["patron"]
    facts = readings.facts
    return Result(
        name="prices",
        title=f"Elasticities of {facts['products']:,} products from {size:,} order lines",
        included=f"Lines in Parquet to {facts['rows']:,} weekly rows in the engine, two threads; elasticities "
        "of products, categories and all, those across products, and what each price followed, one thread. With trees: "
        f"the fit again with boosted trees for what else moves prices and sales, two threads. Of {facts['learned']:,} "
        f"learned elasticities {facts['inside']:.0%} lie in their 95 % interval; a plain regression is "
        f"{facts['naive']:+.2f} off on average. What the competitor asks is not told. Medians of {rounds} rounds.",
        columns=("part", "s", "processor s"),
        rows=[
            *([lap, *_seconds(readings, lap)] for lap in LAPS), ["all", *_seconds(readings, *LAPS)],
            ["fit with trees", *_seconds(readings, "fit with trees")],
        ],
        targets=[
            at_most("order lines to elasticities", readings.wall(*LAPS), SECONDS, "s"),
            at_most("the same with trees", readings.wall("weeks", "fit with trees"), SECONDS, "s"),
            at_most("peak memory", readings.peak_gb, GIGABYTES, "GB"),
            at_least("elasticities in their interval", facts["inside"], COVERED, ""),
        ],
    )  # fmt: skip


def _seconds(readings: Readings, *laps: str) -> tuple[str, str]:
    return f"{readings.wall(*laps):.1f}", f"{readings.processor(*laps):.1f}"

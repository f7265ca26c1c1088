"""Ten products for each of 200,000 customers, from 5 million order lines and 20,000 products."""

from __future__ import annotations

from data import AS_OF
from files import file_of
from measure import Readings, child, in_turn
from result import Result, at_least, at_most

LAPS = ("fit", "recommend")
GIGABYTES = 2.0
SECONDS = 27.0  # what implicit took where the bar was set, on an idle machine of two cores


def next_product(*, quick: bool, rounds: int = 3) -> Result:
    """Compare with neighbours of products by cosine, as implicit finds them."""
    size, rounds = (20_000, 1) if quick else (200_000, rounds)
    lines = file_of("tastes", size)
    following = lines.with_name(f"next_{size}.parquet")
    taken = in_turn(
        {"patron": rounds, "implicit": rounds},
        {
            "patron": lambda: child("patron", "next_product", lines, following, AS_OF),
            "implicit": lambda: child("implicit", "next_product", lines, following),
        },
    )
    patron, implicit = taken["patron"], taken["implicit"]
    hits = {name: readings.facts["hit_rate"] for name, readings in taken.items()}
    return Result(
        name="next_product",
        title=f"Next products of {size:,} customers from {patron.facts['lines']:,} order lines",
        included="Lines in memory to ten products a customer, two threads. Patron counts baskets, learns trees from "
        "the last basket of 12,000 customers, and gives each row a chance and a sentence; implicit finds 20 neighbours "
        "of each product by cosine. What was bought before may come again. The hit rate is the share of customers who "
        f"next bought one of their ten: {hits['patron']:.3f}, and {hits['implicit']:.3f} of implicit's. Medians of "
        f"{rounds} rounds in turn.",
        columns=("part", "Patron, s", "processor s", "implicit, s", "processor s", "ratio of processor s"),
        rows=[*(_row(lap, patron, implicit, lap) for lap in LAPS), _row("all", patron, implicit, *LAPS)],
        targets=[
            at_most("lines to lists", patron.wall(*LAPS), SECONDS, "s"),
            at_most("processor time over implicit", patron.over(implicit, *LAPS, clock="processor"), 1.0, "x"),
            at_least("hit rate over implicit", hits["patron"] / hits["implicit"], 1.0, "x"),
            at_most("peak memory", patron.peak_gb, GIGABYTES, "GB"),
        ],
    )


def _row(name: str, patron: Readings, implicit: Readings, *laps: str) -> list[str]:
    seconds = [f"{clock(*laps):.1f}" for one in (patron, implicit) for clock in (one.wall, one.processor)]
    return [name, *seconds, f"{patron.over(implicit, *laps, clock='processor'):.2f} x"]

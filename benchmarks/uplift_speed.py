"""Qini curve and coefficient of a million people against scikit-uplift and causalml; ours with an interval."""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, Target, at_least, at_most

FASTER, SECONDS = 2.0, 2.0


def uplift(*, quick: bool) -> Result:
    """Rank people by a score and say how well it does."""
    size, rounds = (100_000, 1) if quick else (1_000_000, 3)
    file = file_of("scores", size)
    calls = {
        "patron": lambda: child("patron", "uplift", file),
        "scikit": lambda: child("uplift", "scikit_uplift", file),
        "causalml": lambda: child("uplift", "causalml", file),
    }
    taken = in_turn(dict.fromkeys(calls, rounds), calls)
    ours, scikit, causalml = (taken[name] for name in calls)
    apart = [
        abs(ours.facts[name] - other.facts["value"]) for name, other in (("scikit", scikit), ("causalml", causalml))
    ]
    return Result(
        name="uplift",
        title=f"Qini of {size:,} people",
        included="Arrays in memory, scores without ties, half of them treated. Ours has intervals of the coefficient "
        "and of 100 points of the curve; the others have none. The second call of a process, without the import of "
        "libraries.",
        columns=("", "s", "processor s", "peak memory, GB"),
        rows=[
            _row("Patron, curve", ours, "curve"),
            _row("Patron, coefficient and curve, both with intervals", ours, "interval"),
            _row("scikit-uplift, curve", scikit, "curve"),
            _row("scikit-uplift, coefficient", scikit, "coefficient"),
            _row("causalml, coefficient", causalml, "coefficient"),
        ],
        targets=[
            at_least(
                "times faster than scikit-uplift's coefficient, ours with intervals, processor time",
                scikit.processor("coefficient") / ours.processor("interval"), FASTER, "",
            ),
            at_most("coefficient and curve with intervals", ours.wall("interval"), SECONDS, "s"),
            Target(what="coefficients equal to both", limit="1e-9", came=f"{max(apart):.1e}", met=max(apart) < 1e-9),
        ],
    )  # fmt: skip


def _row(name: str, readings: Readings, lap: str) -> list[str]:
    return [name, f"{readings.wall(lap):.2f}", f"{readings.processor(lap):.2f}", f"{readings.peak_gb:.2f}"]

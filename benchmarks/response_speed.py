"""How long does it take to learn whom an action moves, and how wrong is what was learned?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from measure import Readings, child, in_turn
from response_data import Truth, randomised
from result import Result, Target, at_most

ROWS = (
    ("raw", "response", "LightGBM: the fits inside a doubly robust learner"),
    ("patron_dr", "response", "Patron, doubly robust, the same trees, known chances"),
    ("causalml_dr", "econml", "causalml DR"),
    ("patron_dr_estimated", "response", "Patron, doubly robust, the same trees, chances estimated"),
    ("econml_dr", "econml", "econml DR, chances estimated"),
    ("patron_x", "response", "Patron, X, the same trees"),
    ("causalml_x", "econml", "causalml X"),
    ("econml_x", "econml", "econml X, chances estimated"),
    ("patron_ensemble", "response", "Patron, ensemble of its own trees with its held-out value"),
)
OVER_RAW = 1.25
SIGNAL = 18


def response(*, quick: bool) -> Result:
    """Compare with econml and causalml on customers whose effects are known."""
    size, rounds = (20_000, 1) if quick else (100_000, 3)
    truth = randomised(1, signal=SIGNAL, customers=size)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        np.savez(data, features=truth.features, treated=truth.treated, outcome=truth.outcome)
        taken = in_turn(
            {how: rounds for how, _, _ in ROWS},
            {how: _call(who, how, data, Path(folder) / f"{how}.npy") for how, who, _ in ROWS},
        )
        said = {how: np.load(Path(folder) / f"{how}.npy") for how, _, _ in ROWS}
    return Result(
        name="response",
        title=f"Effects of one action from {size:,} customers and 20 features",
        included="Fitting, from arrays in memory, one thread; processor seconds, which other work on the machine moves "
        "least. The same trees are 100 of 31 leaves, in two folds (causalml: three). Error is that of the effect, over "
        f"its spread of {truth.effect.std():.3f}; share is that of the oracle's policy value. Medians of {rounds} "
        "rounds in turn.",
        columns=("learner", "s, processor", "s, wall", "error", "share", "peak memory, GB"),
        rows=[_row(name, taken[how], said[how], truth, raw=how == "raw") for how, _, name in ROWS],
        targets=_targets(taken, said, truth),
    )


def _call(who: str, how: str, data: Path, said: Path):  # type: ignore[no-untyped-def]
    return lambda: child(who, how, data, said)


def _row(name: str, took: Readings, said: np.ndarray, truth: Truth, *, raw: bool) -> list[str]:
    right = (
        ["", ""] if raw else [f"{truth.error(said) / truth.effect.std():.2f}", f"{truth.share(said, truth.cost):.3f}"]
    )
    return [name, f"{took.processor('fit'):.2f}", f"{took.wall('fit'):.2f}", *right, f"{took.peak_gb:.2f}"]


def _targets(taken: dict[str, Readings], said: dict[str, np.ndarray], truth: Truth) -> list[Target]:
    def over(one: str, other: str) -> float:
        return taken[one].over(taken[other], "fit", clock="processor")

    peers = min(truth.error(said[how]) for how, who, _ in ROWS if who == "econml")
    return [
        at_most("doubly robust over the raw fits", over("patron_dr", "raw"), OVER_RAW, "x"),
        at_most("doubly robust over causalml", over("patron_dr", "causalml_dr"), 1.0, "x"),
        at_most("doubly robust over econml", over("patron_dr_estimated", "econml_dr"), 1.0, "x"),
        at_most("error of the ensemble over the best peer's", truth.error(said["patron_ensemble"]) / peers, 0.9, "x"),
    ]

"""How often do the ledger's intervals hold the truth, and how often does it claim a gain that is none?

Repeats a shop whose money is skewed: three customers in ten buy in a stretch, for a log-normal amount. A tenth is held
out from everything. Of the others each of four campaigns, one after the other, draws its own control group by lot; what
a campaign brings differs from customer to customer and fades. Its claim counts all that was brought since it began, so
that the claims are about the same customers, days and orders.

    python benchmarks/references/ledger_coverage.py 10000

Vectorised over repetitions with the formulas of `patron.experiments`: `side_weights`, shares of 1, Student's t left to
`effects`. A test repeats it a few hundred times.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from patron.experiments.influence import side_weights
from patron.models.estimator import NORMAL_95
from patron.stats.false_discovery import PROVEN, q_values

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HELD, BUYS, SPREAD = 0.1, 0.3, 1.0
CONTROLS = (0.2, 0.3, 0.2, 0.5)
FADES = 0.4  # what is left of an effect in the next stretch
AT_ONCE = 50


@dataclass
class Tally:
    """What happened, by repetition."""

    total: list[Bools] = field(default_factory=list)  # the measured total holds the truth
    naive: list[Bools] = field(default_factory=list)  # its interval if claims were independent does
    holdout: list[Bools] = field(default_factory=list)
    gap: list[Bools] = field(default_factory=list)  # the gap holds 0
    claims: list[Bools] = field(default_factory=list)  # each claim holds its truth
    winners: list[Floats] = field(default_factory=list)  # winners among campaigns that do nothing
    found: list[Bools] = field(default_factory=list)  # one of them has a q-value below 5 %

    def rates(self) -> dict[str, float]:
        """Return the shares, and the mean number of false winners."""
        return {name: float(np.mean(np.concatenate(values))) for name, values in vars(self).items() if values}


def repeat(repetitions: int, *, brings: Sequence[float], customers: int = 8000, seed: int = 1) -> Tally:
    """Repeat the shop.

    Parameters
    ----------
    repetitions : int
        How often.
    brings : sequence of float
        What each campaign brings a treated customer in its first stretch, on average.
    customers : int
        Of the shop.
    """
    rng, tally = np.random.default_rng(seed), Tally()
    for start in range(0, repetitions, AT_ONCE):
        _some(rng, tally, min(AT_ONCE, repetitions - start), customers, brings)
    return tally


def _some(rng: np.random.Generator, tally: Tally, many: int, customers: int, brings: Sequence[float]) -> None:
    shape = (many, customers)
    held = rng.random(shape) < HELD
    level = np.exp(rng.normal(0, 0.5, shape))  # some spend more than others, always
    brought = [(rng.random(shape) < BUYS) * rng.lognormal(3, SPREAD, shape) * level for _ in brings]
    arms, truths = [], np.zeros((len(brings), many))
    for place, mean in enumerate(brings):
        treated = ~held & (rng.random(shape) >= CONTROLS[place])
        arms.append(treated)
        if mean:
            gain = treated * rng.exponential(mean, shape) * level
            for later in range(place, len(brings)):
                part = gain * FADES ** (later - place)
                brought[later] += part
                truths[place] += part.sum(axis=1)
    since = np.cumsum(brought[::-1], axis=0)[::-1]  # what each claim counts: all from its stretch on
    figures = [_claim(since[place], treated, ~held & ~treated) for place, treated in enumerate(arms)]
    whole, whole_moves = _claim(since[0], ~held, held)
    effects, moves = np.array([one for one, _ in figures]), [one for _, one in figures]
    joint = sum(moves)
    errors = np.array([_error(one) for one in moves])
    _tell(tally, brings, effects, errors, truths)
    total, truth = effects.sum(axis=0), truths.sum(axis=0)
    tally.total.append(np.abs(total - truth) <= NORMAL_95 * _error(joint))
    tally.naive.append(np.abs(total - truth) <= NORMAL_95 * np.sqrt((errors**2).sum(axis=0)))
    tally.holdout.append(np.abs(whole - truth) <= NORMAL_95 * _error(whole_moves))
    tally.gap.append(np.abs(total - whole) <= NORMAL_95 * _error(joint - whole_moves))


def _claim(amounts: Floats, treated: Bools, control: Bools) -> tuple[Floats, Floats]:
    """Return the claim of each repetition, and by how much each customer moves it."""
    n, m = treated.sum(axis=1), control.sum(axis=1)
    means = [(amounts * side).sum(axis=1) / count for side, count in ((treated, n), (control, m))]
    weights = np.array([side_weights(int(one), int(other)) for one, other in zip(n, m, strict=True)])
    moves = sum(
        side * weights[:, place, None] * (amounts - means[place][:, None])
        for place, side in enumerate((treated, control))
    )
    return n * (means[0] - means[1]), moves


def _error(moves: Floats) -> Floats:
    error: Floats = np.sqrt((moves**2).sum(axis=1))
    return error


def _tell(tally: Tally, brings: Sequence[float], effects: Floats, errors: Floats, truths: Floats) -> None:
    from scipy.special import ndtr

    tally.claims.append((np.abs(effects - truths) <= NORMAL_95 * errors).ravel())
    null = [place for place, mean in enumerate(brings) if not mean]
    if null:
        won = effects - NORMAL_95 * errors > 0
        p = 2 * ndtr(-np.abs(effects) / errors)
        q = np.array([q_values(column, dependence="positive") for column in p.T]).T
        tally.winners.append(won[null].sum(axis=0).astype(np.float64))
        tally.found.append((won & (q < PROVEN))[null].any(axis=0))


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for name, brings in (
        ("four that work", (3.0, 2.0, 4.0, 1.0)),
        ("two of four", (3.0, 0.0, 4.0, 0.0)),
        ("none", (0.0,) * 4),
    ):
        began, used = time.perf_counter(), time.process_time()
        rates = repeat(repetitions, brings=brings).rates()
        seconds = time.perf_counter() - began, time.process_time() - used
        print(f"{name:>15}: " + ", ".join(f"{key} {value:.4f}" for key, value in rates.items()), end="; ")
        print(f"{repetitions} repetitions, {seconds[0]:.0f} s ({seconds[1]:.0f} s of processor)")


if __name__ == "__main__":
    main()

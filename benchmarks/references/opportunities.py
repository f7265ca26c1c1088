"""How well do opportunities order what could be launched, and do their intervals hold? For docs/opportunities.md.

Shops of 6 signals in 3 families, 4 actions of 2 kinds and 2 channels: 48 cells. Their true effects are drawn: as the
prior says; with half its mean; with twice its spread; and with twice the spread and nothing in common between cells.
A shop tries some cells, each with a trial of 6,000 customers, a tenth of them held out, of whom one in ten orders. The
ten cells that are thought best are launched. Told are the share of the gain of the truly ten best that they bring, how
many of the 95 % intervals hold the truth, and the error of the effects.

    python benchmarks/references/opportunities.py
"""

from __future__ import annotations

import math

import numpy as np

from patron.decisions.opportunity.pooled import SHARED, About, pooled

SHOPS, LAUNCHED, LIFT, SPREAD = 400, 10, 0.10, 0.12
CHANCE, SIZE, HELD = 0.10, 6000, 0.10

CELLS = [
    About(
        family=f"f{signal // 2}", signal=f"s{signal}", action=f"a{action}", kind=f"k{action // 2}", channel=channel,
        segmentation="all", segment="all",
    )
    for signal in range(6)
    for action in range(4)
    for channel in ("email", "sms")
]  # fmt: skip

WORLDS = {
    "as believed": (1.0, 1.0, True),
    "half the mean": (0.5, 1.0, True),
    "twice the spread": (1.0, 2.0, True),
    "twice the spread, nothing in common": (1.0, 2.0, False),
}


def drawn(rng: np.random.Generator, mean: float, spread: float, *, alike: bool) -> np.ndarray:
    """Draw the true effects of one shop."""
    if not alike:
        return rng.normal(mean * LIFT, spread * SPREAD, len(CELLS))
    effect = np.full(len(CELLS), mean * LIFT)
    for share, names in SHARED:
        parts = sorted({tuple(getattr(one, name) for name in names) for one in CELLS})
        values = dict(zip(parts, rng.normal(0, spread * SPREAD * math.sqrt(share), len(parts)), strict=True))
        effect += np.array([values[tuple(getattr(one, name) for name in names)] for one in CELLS])
    return effect


def shop(rng: np.random.Generator, world: str, tried: int) -> list[float]:
    """Return of one shop the best gain, that of each way of ordering, coverage, and squared errors."""
    mean, spread, alike = WORLDS[world]
    truth = drawn(rng, mean, spread, alike=alike)
    worth = rng.lognormal(0, 0.7, len(CELLS))  # what a cell's customers bring without an action
    places = rng.choice(len(CELLS), tried, replace=False)
    held, treated = int(SIZE * HELD), int(SIZE * (1 - HELD))
    control = rng.binomial(held, CHANCE, tried) / held
    reached = rng.binomial(treated, np.clip(CHANCE * (1 + truth[places]), 0, 1)) / treated
    shown = reached / control - 1
    error = np.sqrt(reached * (1 - reached) / treated + control * (1 - control) / held) / control
    prior = np.full(len(CELLS), LIFT)
    found = pooled(
        CELLS, prior, np.full(len(CELLS), SPREAD), trials=[CELLS[place] for place in places], trial_mean=prior[:tried],
        trial_spread=np.full(tried, SPREAD), effect=shown, error=error,
    )  # fmt: skip
    alone = prior.copy()
    alone[places] = shown
    gains = truth * worth
    best = float(np.sort(np.maximum(gains, 0))[-LAUNCHED:].sum())
    had = [float(gains[np.argsort(guess * worth)[-LAUNCHED:]].sum()) for guess in (found.effect, alone, prior)]
    covered = float(np.mean(np.abs(found.effect - truth) <= 1.96 * found.deviation))
    return [best, *had, covered, *(float(np.mean((guess - truth) ** 2)) for guess in (found.effect, alone, prior))]


def main() -> None:
    """Print the table."""
    print("| true effects | trials | pooled | alone | prior | intervals | error pooled | alone | prior |")
    print("|---|---|---|---|---|---|---|---|---|")
    for world in WORLDS:
        for tried in (3, 10, 30):
            rng = np.random.default_rng(11)
            told = np.mean([shop(rng, world, tried) for _ in range(SHOPS)], axis=0)
            shares = " | ".join(f"{one:.1%}" for one in (*told[1:4] / told[0], told[4]))
            errors = " | ".join(f"{math.sqrt(one):.3f}" for one in told[5:])
            print(f"| {world} | {tried} | {shares} | {errors} |", flush=True)


if __name__ == "__main__":
    main()

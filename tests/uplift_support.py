"""Draws of a randomised campaign whose truth is known, for the tests of targeting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def congruential(seed: int, people: int, ties: int) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return score, treated and outcome as benchmarks/references/uplift_peers.py draws them."""
    state, drawn = seed, []
    for _ in range(3 * people):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        drawn.append((state >> 11) / 2**53)
    first, second, third = np.array(drawn).reshape(3, people)
    score = np.floor(first * ties) / ties if ties else first
    treated = (second < 0.4).astype(np.int64)
    return score, treated, (third < 0.15 + treated * (0.25 * first - 0.05)).astype(np.int64)


def campaign(
    generator: np.random.Generator, people: int, *, money: bool = False, share: float = 0.5
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Return score, treated and outcome; the score knows a part of the effect, which is above 0 for most."""
    known, hidden = generator.normal(size=(2, people))
    treated = generator.random(people) < share
    chance = np.clip(0.15 + treated * (0.04 + 0.03 * known + 0.02 * hidden), 0, 1)
    outcome = (generator.random(people) < chance).astype(np.float64)
    if money:
        outcome *= np.exp(generator.normal(3, 1, people))
    return known, treated, outcome

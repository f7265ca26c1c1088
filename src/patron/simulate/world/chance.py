"""Chances that depend on who, when and what alone, never on what was drawn before.

Two policies that do different things to some people meet the same luck with all others: what differs between two worlds
of one seed is what the policies did.

Ref  Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators, OOPSLA 2014: the mixing function
     of SplitMix64
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_BITS = 53  # of a float


def uniforms(seed: int, *keys: ArrayLike) -> NDArray[np.float64]:
    """Return one chance in [0, 1) for each combination of whole numbers; the keys are broadcast."""
    state = np.asarray(seed, dtype=np.uint64)
    with np.errstate(over="ignore"):  # the arithmetic is modulo 2**64
        for key in keys:
            state = _mixed(state + _STEP + np.asarray(key, dtype=np.int64).astype(np.uint64) * _MIX[0])
    return np.asarray((state >> np.uint64(64 - _BITS)).astype(np.float64) / 2.0**_BITS)


def counts(chance: NDArray[np.float64], mean: NDArray[np.float64], *, most: int) -> NDArray[np.int64]:
    """Return Poisson counts by inversion: with one chance, a greater mean never gives a smaller count."""
    found = np.zeros(len(chance), np.int64)
    term = np.exp(-mean)
    below = term.copy()
    for number in range(1, most + 1):
        found += chance >= below
        term = term * mean / number
        below += term
    return found


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _MIX[0]
    state = (state ^ (state >> np.uint64(27))) * _MIX[1]
    return np.asarray(state ^ (state >> np.uint64(31)))

"""The sequential sample ratio test: its level at any number of looks, its laws, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import beta

from patron.errors import ArgumentError
from patron.stats.sequential_ratio import log_evidence, sequential_ratio


def _looks(shares: list[float], people: int, repeats: int, looks: int, seed: int) -> np.ndarray:
    arrived = np.random.default_rng(seed).multinomial(people // looks, shares, size=(repeats, looks))
    return arrived.cumsum(axis=1)


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.9, 0.1], [0.25, 0.25, 0.5]])
def test_looking_a_hundred_times_keeps_the_level(shares: list[float]) -> None:
    strongest = log_evidence(_looks(shares, 20_000, 4_000, 100, 1), shares).max(axis=1)
    for level in (0.05, 0.01):
        alarms = (strongest >= -math.log(level)).mean()
        assert alarms <= level
    assert (strongest >= -math.log(0.05)).mean() > 0.005  # a test that never rings would pass the line above


def test_a_shift_is_found_and_stays_found() -> None:
    looks = _looks([0.53, 0.47], 20_000, 50, 40, 2)
    found = log_evidence(looks, [0.5, 0.5]).max(axis=1) >= math.log(1_000)
    assert found.all()
    mended = np.vstack([looks[0], looks[0][-1] + [[0, looks[0][-1][0] - looks[0][-1][1]]]])
    assert sequential_ratio(mended[-1], [0.5, 0.5]) == 1.0
    assert sequential_ratio(mended, [0.5, 0.5]) < 0.001


def test_the_evidence_is_the_mean_likelihood_over_the_prior() -> None:
    shares, concentration, counts = [0.7, 0.3], 20.0, (9, 7)

    def likelihood(share: float) -> float:
        return (share / 0.7) ** counts[0] * ((1 - share) / 0.3) ** counts[1] * beta.pdf(share, 14, 6)

    wanted, _ = integrate.quad(likelihood, 0, 1)
    assert math.exp(float(log_evidence(counts, shares, concentration=concentration))) == pytest.approx(wanted, rel=1e-8)


@given(st.lists(st.integers(0, 400), min_size=3, max_size=3), st.permutations([0, 1, 2]))
def test_the_order_of_the_arms_does_not_matter(counts: list[int], order: list[int]) -> None:
    shares = [0.5, 0.3, 0.2]
    moved = sequential_ratio([counts[i] for i in order], [shares[i] for i in order])
    assert moved == pytest.approx(sequential_ratio(counts, shares), rel=1e-9)


@pytest.mark.parametrize(
    ("counts", "shares", "concentration"),
    [
        ([5], [1.0], 10.0),
        ([5, 5], [0.5, 0.4], 10.0),
        ([5, 5], [1.0, 0.0], 10.0),
        ([5, -1], [0.5, 0.5], 10.0),
        ([[5, 5], [4, 6]], [0.5, 0.5], 10.0),
        ([5, math.nan], [0.5, 0.5], 10.0),
        ([5, 5, 5], [0.5, 0.5], 10.0),
        ([5, 5], [0.5, 0.5], 0.0),
    ],
)
def test_what_cannot_be_is_refused(counts: list[float], shares: list[float], concentration: float) -> None:
    with pytest.raises(ArgumentError):
        sequential_ratio(counts, shares, concentration=concentration)

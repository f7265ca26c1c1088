"""Factors between counts and their expectation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from patron.stats.poisson_regression import poisson_regression

RNG = np.random.default_rng(1)
FEATURES = np.column_stack([np.ones(4_000), RNG.normal(size=(4_000, 3))])
EXPECTED = RNG.gamma(1.0, 2.0, 4_000)


def test_planted_weights_are_found_within_their_errors() -> None:
    truth = np.array([-0.3, 0.5, 0.0, -0.2])
    counts = RNG.poisson(EXPECTED * np.exp(FEATURES @ truth)).astype(float)
    found = poisson_regression(FEATURES, counts, EXPECTED, dispersion=1.0)
    assert (np.abs(found.weights - truth) < 4 * np.sqrt(np.diag(found.covariance))).all()


def test_top_is_that_of_a_general_optimiser() -> None:
    counts = RNG.poisson(EXPECTED * np.exp(FEATURES @ [0.1, 0.2, -0.4, 0.0])).astype(float)
    found = poisson_regression(FEATURES, counts, EXPECTED, dispersion=2.0)

    def depth(weights: np.ndarray) -> float:
        log_factor = FEATURES @ weights
        likelihood = (counts * log_factor - EXPECTED * np.exp(log_factor)).sum() / 2.0
        return float(-likelihood + weights @ weights / (2 * found.width**2))

    assert found.weights == pytest.approx(optimize.minimize(depth, np.zeros(4), method="BFGS").x, abs=1e-5)


def test_counts_as_expected_change_next_to_nothing() -> None:
    changes = []
    for seed in range(8):
        counts = np.random.default_rng(seed).poisson(EXPECTED).astype(float)
        found = poisson_regression(FEATURES, counts, EXPECTED, dispersion=1.0)
        changes.append(np.abs(FEATURES @ found.weights).max())
    assert np.median(changes) < 0.02
    assert max(changes) < 0.1


def test_the_more_counts_the_more_is_believed() -> None:
    level = np.ones((1, 1))
    believed = [
        poisson_regression(level, np.array([2.0 * n]), np.array([float(n)]), dispersion=1.0).weights[0]
        for n in (1, 10, 100, 10_000)
    ]
    assert believed == sorted(believed)
    assert believed[0] < 0.5 * np.log(2)
    assert believed[-1] == pytest.approx(np.log(2), rel=1e-3)


def test_counts_that_scatter_count_for_less() -> None:
    level, counts, expected = np.ones((1, 1)), np.array([130.0]), np.array([100.0])
    alike, scattered = (poisson_regression(level, counts, expected, dispersion=d).weights[0] for d in (1.0, 30.0))
    assert 0 <= scattered < alike < np.log(1.3)


def test_no_count_at_all_is_no_disaster() -> None:
    found = poisson_regression(FEATURES, np.zeros(4_000), EXPECTED, dispersion=1.0)
    assert np.isfinite(found.weights).all()
    assert found.weights[0] < -2

"""Ratios of counts to expectations: the mixture is found again, and its guesses are better than the plain ratios."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from patron.errors import ArgumentError
from patron.stats.gamma_poisson import RatioMixture, _log_count, ratio_mixture

TRUE = RatioMixture(shapes=(50.0, 3.0), rates=(50.0, 1.0), weight=0.9)


def drawn(size: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    first = rng.random(size) < TRUE.weight
    ratio = np.where(first, rng.gamma(50, 1 / 50, size), rng.gamma(3, 1, size))
    expected = rng.lognormal(1.5, 1.0, size)
    return ratio, rng.poisson(ratio * expected).astype(float), expected


def test_ratios_are_found_again_though_small_counts_were_not_looked_at() -> None:
    ratio, count, expected = drawn(30_000, 1)
    seen = count >= 10
    ratio, count, expected = ratio[seen], count[seen], expected[seen]
    found = ratio_mixture(count, expected, least=10)
    guess = found.geometric_mean(count, expected)
    assert np.abs(np.log(guess / ratio)).mean() < 0.75 * np.abs(np.log(count / expected / ratio)).mean()
    low, high = (found.quantile(count, expected, level=level) for level in (0.025, 0.975))
    assert 0.93 < ((low <= ratio) & (ratio <= high)).mean() < 0.97
    large = (count / expected > 2) & (expected > 20)
    assert np.abs(np.log(guess / ratio))[large].mean() < 0.2, "those that stand out are not drawn away"


def test_the_likelihood_is_negative_binomial() -> None:
    n, e = np.array([0.0, 3, 12]), np.array([0.5, 2, 30])
    peer = stats.nbinom.logpmf(n, 3.0, 1.5 / (1.5 + e))
    assert _log_count(n, e, 3.0, 1.5) == pytest.approx(peer)


def test_quantiles_are_those_of_the_mixture() -> None:
    n, e = np.array([2.0, 40.0]), np.array([1.0, 12.0])
    weight = TRUE.posterior_weight(n, e)
    for level in (0.025, 0.5, 0.975):
        at = TRUE.quantile(n, e, level=level)
        below = weight * stats.gamma.cdf(at, 50 + n, scale=1 / (50 + e)) + (1 - weight) * stats.gamma.cdf(
            at, 3 + n, scale=1 / (1 + e)
        )
        assert below == pytest.approx([level, level], abs=1e-9)


@pytest.mark.parametrize(("counts", "expected"), [([], []), ([3.0], [1.0]), ([12.0], [0.0])])
def test_counts_that_cannot_be_are_refused(counts: list[float], expected: list[float]) -> None:
    with pytest.raises(ArgumentError, match="at least 10"):
        ratio_mixture(counts, expected, least=10)

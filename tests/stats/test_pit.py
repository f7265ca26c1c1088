"""Whether distributions of counts are right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from patron.stats.pit import distance_from_uniform, randomised_pit


def test_right_forecasts_are_uniform_and_wrong_ones_are_not() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(0.7, 50_000)
    right = randomised_pit(stats.poisson.cdf(counts - 1, 0.7), stats.poisson.cdf(counts, 0.7), rng=rng)
    wrong = randomised_pit(stats.poisson.cdf(counts - 1, 0.8), stats.poisson.cdf(counts, 0.8), rng=rng)
    assert distance_from_uniform(right) < 0.008
    assert distance_from_uniform(wrong) > 0.03


def test_distance_is_that_of_kolmogorov() -> None:
    values = np.random.default_rng(2).random(200) ** 1.2
    assert distance_from_uniform(values) == pytest.approx(stats.kstest(values, "uniform").statistic)

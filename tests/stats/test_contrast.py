"""Readings against gbstats 0.8.0 and spotify-confidence 4.1.0, and laws. The figures' script: benchmarks/references."""

from __future__ import annotations

import numpy as np
import pytest

from patron.stats.contrast import always_valid, difference_of, posterior, relative_of, welch
from patron.stats.ratio_moments import ArmMeans, Ratio, RatioMoments, adjusted_means


def _moments(n: float, total: float, squares: float, *before: float) -> RatioMoments:
    """An arm of a metric, and of a covariate with its sum, squares and products with the metric."""
    if not before:
        return RatioMoments(n=np.array(n), sums=np.array([total]), products=np.array([[squares]]))
    own, own_squares, cross = before
    return RatioMoments(
        n=np.array(n), sums=np.array([total, own]), products=np.array([[squares, cross], [cross, own_squares]])
    )


MEANS = _moments(10_100, 124_230, 2_560_000), _moments(10_000, 120_000, 2_440_000)
COVARIATE = (
    _moments(10_100, 124_230, 2_560_000, 101_500, 1_930_000, 1_850_000),
    _moments(10_000, 120_000, 2_440_000, 100_000, 1_900_000, 1_800_000),
)


def _share(n: float, total: float) -> ArmMeans:
    mean = np.array(total / n)
    return ArmMeans(n=np.array(n), plain=mean, mean=mean, variance=mean * (1 - mean), plain_variance=mean * (1 - mean))


@pytest.mark.parametrize(
    ("contrast", "read", "estimate", "low", "high", "p"),
    [
        (difference_of, welch, 0.3, 0.021983435909, 0.578016564091, 0.0344362190),
        (relative_of, welch, 0.025, 0.001542239911, 0.048457760089, 0.0367249152),
        (difference_of, always_valid, 0.3, -0.143626924733, 0.743626924733, 0.6557376167),
        (relative_of, always_valid, 0.025, -0.012431201280, 0.062431201280, 0.6915950752),
    ],
)
def test_means_are_read_as_by_gbstats_and_confidence(contrast, read, estimate, low, high, p) -> None:
    found = read(contrast(*adjusted_means(*MEANS, [Ratio(0)])))
    assert (found.estimate, found.low, found.high, found.p_value) == pytest.approx((estimate, low, high, p), abs=1e-9)


def test_shares_are_read_as_by_confidence_and_gbstats() -> None:
    arms = _share(10_100, 1090), _share(10_000, 1000)
    found = welch(difference_of(*arms), normal=True)
    assert (found.estimate, found.low, found.high) == pytest.approx(
        (0.007920792079, -0.000516635200, 0.016358219359), abs=1e-9
    )
    assert found.p_value == pytest.approx(0.0657751802, abs=1e-9)
    relative = welch(relative_of(*arms))
    assert (relative.estimate, relative.low, relative.high) == pytest.approx(
        (0.079207920792, -0.008480895539, 0.166896737124), abs=1e-9
    )
    assert relative.p_value == pytest.approx(0.0766571927, abs=1e-9)


def test_covariates_are_taken_off_as_by_gbstats() -> None:
    arms = adjusted_means(*COVARIATE, [Ratio(0), Ratio(1)])
    found, relative = welch(difference_of(*arms)), welch(relative_of(*arms))
    assert (found.estimate, found.low, found.high) == pytest.approx(
        (0.267134377656, 0.050463602457, 0.483805152854), abs=1e-9
    )
    assert found.p_value == pytest.approx(0.0156753307, abs=1e-9)
    assert (relative.estimate, relative.low, relative.high) == pytest.approx(
        (0.022261198138, 0.003982237333, 0.040540158943), abs=1e-9
    )
    assert relative.p_value == pytest.approx(0.0169908908, abs=1e-9)


def test_a_flat_prior_believes_as_gbstats() -> None:
    found = posterior(relative_of(*adjusted_means(*MEANS, [Ratio(0)])))
    assert (found.estimate, found.low, found.high, found.chance_to_win) == pytest.approx(
        (0.025, 0.001543652610, 0.048456347390, 0.9816438163), abs=1e-9
    )

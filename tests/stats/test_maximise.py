"""Climbing to a top, and saying so when there is none."""

from __future__ import annotations

import numpy as np
import pytest

from patron.errors import FitError
from patron.stats.maximise import maximise


def gamma_likelihood(values: np.ndarray, *, n: float = 500.0) -> tuple[float, np.ndarray]:
    """n gamma draws with known sufficient statistics: mean 2, mean logarithm .5."""
    from scipy.special import digamma, gammaln

    k, rate = values
    height = n * (k * np.log(rate) - gammaln(k) + (k - 1) * 0.5 - rate * 2)
    return float(height), n * np.array([np.log(rate) - digamma(k) + 0.5, k / rate - 2])


def test_top_and_covariance_are_those_of_the_gamma_distribution() -> None:
    from scipy.special import digamma, polygamma

    top = maximise(gamma_likelihood, starts=[[1.0, 1.0], [20.0, 0.1]], names=["k", "rate"], size=500.0)
    k, rate = top.values
    assert k / rate == pytest.approx(2, rel=1e-10)
    assert np.log(k) - digamma(k) == pytest.approx(np.log(2) - 0.5, rel=1e-9)
    information = 500 * np.array([[k**2 * polygamma(1, k), -k], [-k, k]])  # on the log scale
    assert top.covariance == pytest.approx(np.linalg.inv(information), rel=1e-6)


def test_the_starts_do_not_change_the_top() -> None:
    tops = [
        maximise(gamma_likelihood, starts=[start], names=["k", "rate"], size=500.0).values
        for start in ([0.1, 10.0], [30.0, 30.0])
    ]
    assert tops[0] == pytest.approx(tops[1], rel=1e-9)


def test_a_parameter_that_runs_away_is_named() -> None:
    def no_top(values: np.ndarray) -> tuple[float, np.ndarray]:
        fine, endless = values
        return float(-((np.log(fine)) ** 2) - 1 / endless), np.array([-2 * np.log(fine) / fine, 1 / endless**2])

    with pytest.raises(FitError, match="endless") as caught:
        maximise(no_top, starts=[[2.0, 1.0]], names=["fine", "endless"], size=100.0)
    assert caught.value.data["parameters"] == "endless"


def test_two_parameters_that_only_their_product_determines_are_named() -> None:
    def ridge(values: np.ndarray) -> tuple[float, np.ndarray]:
        gap = np.log(values).sum()
        return float(-(gap**2) * 100), -200 * gap / values

    with pytest.raises(FitError) as caught:
        maximise(ridge, starts=[[2.0, 3.0]], names=["this", "that"], size=100.0)
    assert caught.value.data["parameters"] == "this, that"


def test_a_kink_is_no_top() -> None:
    def kink(values: np.ndarray) -> tuple[float, np.ndarray]:
        gap = float(np.log(values[0]))
        return -100 * (abs(gap) + gap**2), -100 * (np.sign(gap) + 2 * gap) / values

    with pytest.raises(FitError, match="slope"):
        maximise(kink, starts=[[3.0]], names=["sharp"], size=100.0)

"""Figures of a forecast's error: what they say, and that their intervals hold what they promise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from patron.stats.forecast_error import Figure, bias, error_against, mean_absolute_error
from patron.stats.ranking import gini_gain

RATES = np.random.default_rng(1).gamma(0.8, 2.0, 200_000)


def drawn(rng: np.random.Generator, customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A good forecast, one that knows the last period only, and what came."""
    rate = rng.choice(RATES, customers)
    return 1.1 * rate, rng.poisson(rate).astype(float), rng.poisson(rate).astype(float)


Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], Figure]
MEASURES: dict[str, Measure] = {
    "bias": lambda mine, _, came: bias(mine, came),
    "mae": lambda mine, _, came: mean_absolute_error(mine, came),
    "error against": error_against,
    "gini gain": gini_gain,
}


@pytest.mark.parametrize("name", MEASURES)
def test_intervals_hold_the_truth_95_times_in_100(name: str) -> None:
    measure, rng = MEASURES[name], np.random.default_rng(3)
    truth = measure(*drawn(rng, 400_000)).value
    assert truth is not None
    held = 0
    for _ in range(600):
        figure = measure(*drawn(rng, 800))
        assert figure.low is not None
        assert figure.high is not None
        held += figure.low <= truth <= figure.high
    assert 0.925 < held / 600 < 0.975  # a binomial of 600 at .95 lies in this range 99.4 times in 100


def test_pairs_see_what_the_single_intervals_do_not() -> None:
    mine, naive, came = drawn(np.random.default_rng(4), 3_000)
    paired = error_against(mine, naive, came)
    single = mean_absolute_error(mine, came), mean_absolute_error(naive, came)
    assert paired.high is not None
    assert paired.high < 0
    apart = np.hypot(*(figure.high - figure.value for figure in single)) / single[1].value
    assert paired.high - paired.value < apart


def test_what_is_not_defined_is_none() -> None:
    for figure in (bias([1.0], [0.0]), error_against([1.0], [2.0], [2.0]), gini_gain([1, 2], [2, 1], [3, 3])):
        assert figure == Figure(value=None, low=None, high=None)
    one = bias([2.0], [1.0])
    assert (one.value, one.low, one.high) == (1.0, None, None)


def test_a_forecast_against_itself_is_no_better() -> None:
    mine, _, came = drawn(np.random.default_rng(5), 500)
    assert error_against(mine, mine, came) == Figure(value=0.0, low=0.0, high=0.0)
    assert gini_gain(mine, mine, came) == Figure(value=0.0, low=0.0, high=0.0)

"""The lifetimes of those who leave by chance, against sums and the paper's hypergeometric function."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.stats.beta_geometric import discounted_periods, log_share_staying, mean_periods

PARTS = st.floats(-3, 4).map(lambda power: 10.0**power)


@settings(max_examples=100)
@given(
    leave=PARTS | st.just(1.0) | st.floats(-1e-6, 1e-6).map(lambda e: 1 + e), stay=PARTS, periods=st.integers(0, 400)
)
def test_mean_periods_are_the_sum_of_the_shares(leave: float, stay: float, periods: int) -> None:
    steps = np.array([(stay + k) / (leave + stay + k) for k in range(periods)])
    shares = np.cumprod(steps)
    assert float(mean_periods(leave, stay, periods)) == pytest.approx(shares.sum(), rel=1e-11, abs=1e-300)
    assert float(log_share_staying(leave, stay, periods)) == pytest.approx(np.log(steps).sum(), rel=1e-10, abs=1e-11)


@settings(max_examples=100)
@given(leave=st.floats(0.01, 50), stay=st.floats(0.01, 5_000), rate=st.floats(-5, 2).map(lambda power: 10.0**power))
def test_discounted_periods_are_the_hypergeometric_function(leave: float, stay: float, rate: float) -> None:
    with mpmath.workdps(40):
        z = 1 / (1 + mpmath.mpf(rate))
        share = mpmath.mpf(stay) / (mpmath.mpf(leave) + mpmath.mpf(stay))
        exact = share * z * mpmath.hyp2f1(1, mpmath.mpf(stay) + 1, mpmath.mpf(leave) + mpmath.mpf(stay) + 1, z)
    assert float(discounted_periods(leave, stay, rate)) == pytest.approx(float(exact), rel=1e-10)


def test_without_a_discount_the_sum_ends_only_where_all_leave_soon_enough() -> None:
    assert float(discounted_periods(3.0, 4.0, 0.0)) == 2.0
    assert float(discounted_periods(1.0, 4.0, 0.0)) == math.inf

"""Differences of log gamma and digamma against fifty digits."""

from __future__ import annotations

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from patron.stats.gamma_ratio import digamma_difference, log_gamma_ratio

POINTS = st.floats(-4, 15).map(lambda power: 10.0**power)
STEPS = st.floats(-9, 7).map(lambda power: 10.0**power) | st.floats(-0.9, -1e-9)


@settings(max_examples=300)
@given(x=POINTS, a=STEPS)
def test_all_digits_are_right_however_small_the_step_and_large_the_point(x: float, a: float) -> None:
    assume(x + a > 1e-6)
    with mpmath.workdps(60):
        exact = mpmath.loggamma(mpmath.mpf(x) + mpmath.mpf(a)) - mpmath.loggamma(mpmath.mpf(x))
        slope = mpmath.digamma(mpmath.mpf(x) + mpmath.mpf(a)) - mpmath.digamma(mpmath.mpf(x))
    assert abs(float(log_gamma_ratio(x, a) - exact)) <= 1e-14 * (abs(float(exact)) + abs(a))
    assert float(digamma_difference(x, a)) == pytest.approx(float(slope), rel=1e-13)


def test_no_step_no_difference() -> None:
    assert log_gamma_ratio([1e-3, 1.0, 1e12], 0.0).tolist() == [0.0, 0.0, 0.0]
    assert digamma_difference([1e-3, 1.0, 1e12], 0.0).tolist() == [0.0, 0.0, 0.0]

"""The scaled generalised exponential integral against 40-digit arithmetic."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from patron.stats.exponential_integral import scaled_exponential_integral


@settings(max_examples=100, deadline=None)
@given(order=st.floats(-6, 5).map(np.exp).map(float), z=st.floats(-14, 7).map(np.exp).map(float))
def test_twelve_digits_everywhere(order: float, z: float) -> None:
    with mp.workdps(40):
        truth = mp.exp(mp.mpf(z)) * mp.expint(mp.mpf(order), mp.mpf(z))
        assert abs(mp.mpf(float(scaled_exponential_integral(order, z))) / truth - 1) < 1e-12


def test_whole_orders_are_scipy_s() -> None:
    z = np.geomspace(1e-4, 50, 20)
    for order in (1, 2, 5):
        assert scaled_exponential_integral(order, z) == pytest.approx(np.exp(z) * special.expn(order, z), rel=1e-12)


def test_the_shape_of_the_input_is_kept() -> None:
    assert scaled_exponential_integral(0.6, np.ones((2, 3))).shape == (2, 3)
    assert scaled_exponential_integral(0.6, 1.0).shape == ()
    assert scaled_exponential_integral(0.6, np.empty(0)).shape == (0,)


def test_without_discount_only_the_power_is_left() -> None:
    assert scaled_exponential_integral(3.0, 1e-13) == pytest.approx(1 / 2, rel=1e-9)  # the integral of (1 + y)^-3

"""The ratio of measured to attributed lift: drawn to one by what chance may have done, never below nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.stats.lift_ratio import Lift, lift_ratio


def lift(measured: float, error: float, attributed: float = 1.0) -> Lift:
    return Lift(measured=measured, measured_error=error, attributed=attributed, attributed_error=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(-5, 5), st.floats(0.01, 10))
def test_it_lies_between_the_test_and_one_or_is_cut_off_at_nothing(measured: float, error: float) -> None:
    found = lift_ratio([lift(measured, error)])
    assert found is not None
    assert found.raw == pytest.approx(measured)
    assert 0 <= found.low <= found.shrunk <= found.high
    assert found.shrunk == pytest.approx(max((measured / error**2 + 1) / (1 / error**2 + 1), 0.0))
    assert min(measured, 1.0) <= found.shrunk + 1e-9
    assert found.shrunk <= max(measured, 1.0) + 1e-9


def test_a_sure_test_is_believed_and_a_vague_one_is_not() -> None:
    sure, vague = lift_ratio([lift(0.2, 0.001)]), lift_ratio([lift(0.2, 50.0)])
    assert sure is not None
    assert vague is not None
    assert sure.shrunk == pytest.approx(0.2, abs=1e-3)
    assert vague.shrunk == pytest.approx(1, abs=1e-3)
    prior = np.random.default_rng(0).normal(1, 1, 200_000)
    assert (vague.low, vague.high) == pytest.approx((0, np.quantile(prior[prior > 0], 0.95)), abs=0.02)


def test_a_channel_that_brings_nothing_keeps_nothing() -> None:
    found = lift_ratio([lift(-0.3, 0.1)])
    assert found is not None
    assert (found.shrunk, found.low) == (0.0, 0.0)
    assert found.high < 0.15


def test_two_tests_are_weighted_by_how_sure_they_are() -> None:
    found = lift_ratio([lift(1.0, 0.1), lift(2.0, 0.2)])
    assert found is not None
    assert found.raw == pytest.approx((1.0 / 0.01 + 2.0 / 0.04) / (1 / 0.01 + 1 / 0.04))


def test_nobody_divides_by_what_may_be_nothing() -> None:
    assert lift_ratio([]) is None
    assert lift_ratio([Lift(measured=1.0, measured_error=0.1, attributed=0.1, attributed_error=0.2)]) is None


@pytest.mark.parametrize("error", [0.2, 0.6, 2.0])
def test_its_interval_holds_the_truth_as_often_as_it_says(error: float) -> None:
    """Over truths as they are assumed to be: normal around 1, and never below 0."""
    rng = np.random.default_rng(1)
    truths = rng.normal(1, 1, 1500)
    truths = truths[truths > 0][:1000]
    inside = 0
    for truth, measured in zip(truths, truths + rng.normal(0, error, len(truths)), strict=True):
        found = lift_ratio([lift(float(measured), error)])
        assert found is not None
        inside += found.low <= truth <= found.high
    assert 0.93 <= inside / len(truths) <= 0.97

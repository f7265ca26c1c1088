"""The expected count before dropout, against 60-digit arithmetic and its own laws."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.stats.special import count_until_dropout

A_LITTLE = mp.mpf(10) ** -30


def exact(shape: float, odds: float, a: float, b: float) -> mp.mpf:
    """The closed form with Euler's transformation, moved off its removable poles by 1e-30."""
    with mp.workdps(80):
        s, w, a_, b_ = (mp.mpf(v) for v in (shape, odds, a, b))
        a_ += A_LITTLE if abs(a_ - 1) < A_LITTLE else 0
        b_ += A_LITTLE if abs(a_ + b_ - 1) < A_LITTLE else 0
        z, c = w / (1 + w), a_ + b_ - 1
        return c / (a_ - 1) * (1 - (1 - z) ** (a_ - 1) * mp.hyp2f1(c - s, a_ - 1, c, z))


def relative_error(shape: float, odds: float, a: float, b: float) -> float:
    truth = exact(shape, odds, a, b)
    return float(abs(mp.mpf(float(count_until_dropout(shape, odds, a, b))) - truth) / truth)


LOGS = st.floats(-6, 6).map(np.exp).map(float)


@settings(max_examples=150, deadline=None)
@given(
    r=LOGS, a=LOGS, b=LOGS, odds=st.floats(-8, 9).map(np.exp).map(float), x=st.sampled_from([0, 1, 3, 20, 500, 20_000])
)
def test_ten_digits_everywhere(r: float, a: float, b: float, odds: float, x: int) -> None:
    assert relative_error(r + x, odds, a, b + x) < 1e-10


@pytest.mark.parametrize(
    ("shape", "odds", "a", "b"),
    [
        (0.25, 1.0, 1.0, 2.0),  # a = 1: the formula is 0 / 0
        (0.25, 1.0, 0.4, 0.6),  # a + b = 1 without a purchase: the hypergeometric function has a pole
        (0.25, 1.0, 0.4, 0.6 + 1e-9),
        (0.25, 1.0, 1.0 + 1e-12, 2.0),
        (0.25, 1e6, 0.4, 0.5),  # z next to 1
        (20_000.25, 0.9, 0.79, 20_002.4),  # the usual series is wrong at 40 digits
        (60.0, 0.5, 0.5, 0.7),  # alternating signs
        (0.02, 0.9, 32.0, 3.5),  # a small difference of large numbers
    ],
)
def test_ten_digits_where_it_is_hard(shape: float, odds: float, a: float, b: float) -> None:
    assert relative_error(shape, odds, a, b) < 1e-10


@settings(max_examples=50, deadline=None)
@given(shape=LOGS, a=LOGS, b=LOGS, odds=LOGS)
def test_more_time_and_more_pace_bring_more_events(shape: float, a: float, b: float, odds: float) -> None:
    less, longer, faster = count_until_dropout([shape, shape, shape * 1.5], [odds, odds * 1.5, odds], a, b)
    a_little_more = 1 + 1e-12  # where nearly everybody has left, more time brings less than a rounding error
    assert 0 < less <= longer * a_little_more
    assert less <= faster * a_little_more
    assert less <= shape * odds * a_little_more  # no more than without dropout


def test_no_time_no_events_and_the_shape_of_the_input_is_kept() -> None:
    result = count_until_dropout(np.ones((2, 3)), 0.0, 0.5, 2.0)
    assert result.shape == (2, 3)
    assert not result.any()

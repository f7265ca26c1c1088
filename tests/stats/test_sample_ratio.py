"""Chi-square against the planned shares."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from patron.errors import ArgumentError
from patron.stats.difference import NotEnough
from patron.stats.sample_ratio import ALARM, SMALLEST_EXPECTED, sample_ratio


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([4_900, 5_100], [0.5, 0.5]), ([9_100, 900], [0.9, 0.1]), ([300, 330, 370], [0.3, 0.3, 0.4])],
)
def test_equals_scipy(counts, shares):
    expected = chisquare(counts, [sum(counts) * share for share in shares]).pvalue
    assert sample_ratio(counts, shares) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n", "share"), [(100, 0.1), (400, 0.5), (1_000, 0.1), (10_000, 0.1), (10_000, 0.01)])
def test_false_alarms_come_at_their_level(n, share):
    """Exactly, over every split that luck can give; twice the level is what the fewest customers may cost."""
    control = np.arange(n + 1)
    alarms = np.array([sample_ratio([n - held, held], [1 - share, share]) < ALARM for held in control.tolist()])
    level = binom.pmf(control, n, share)[alarms].sum()
    assert 0.3 * ALARM < level < 2.1 * ALARM
    if n * share >= 100:
        assert level == pytest.approx(ALARM, rel=0.25)


def test_a_split_that_loses_one_control_customer_in_five_is_found():
    rng = np.random.default_rng(3)
    held = rng.binomial(10_000, 0.1, 500)
    kept = rng.binomial(held, 0.8)
    found = [
        sample_ratio([10_000 - h, k], [0.9, 0.1]) < ALARM for h, k in zip(held.tolist(), kept.tolist(), strict=True)
    ]
    assert np.mean(found) > 0.95


def test_too_few_planned_customers_give_no_chance():
    assert sample_ratio([90, SMALLEST_EXPECTED - 1], [0.9, 0.1]) == NotEnough("too_few")


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([5], [1.0]), ([5, 5], [1.0]), ([5, -1], [0.5, 0.5]), ([5, 5], [1.0, 0.0]), ([5, 5], [50, 50])],
)
def test_arms_that_cannot_be_are_refused(counts, shares):
    with pytest.raises(ArgumentError) as error:
        sample_ratio(counts, shares)
    assert error.value.data["argument"] in {"counts", "shares"}
    assert error.value.remedy

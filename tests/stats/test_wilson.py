from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from patron.stats.wilson import wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (81, 263, 0.2553, 0.3662)]
)
def test_the_published_examples(count, of, low, high):
    """Newcombe (1998), Statistics in Medicine 17, 857-872: table I, method 3."""
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


def test_an_interval_covers_its_rate_as_often_as_it_says():
    rates = np.linspace(0.02, 0.98, 49)
    counts = np.arange(41)
    low, high = wilson(counts, 40)
    inside = (low <= rates[:, None]) & (rates[:, None] <= high)
    covered = (binom.pmf(counts, 40, rates[:, None]) * inside).sum(axis=1)
    assert covered.mean() == pytest.approx(0.95, abs=0.01)
    assert covered.min() > 0.83


def test_who_did_not_and_who_did_mirror_each_other():
    low, high = wilson(np.array([3.0, 0.0]), np.array([10.0, 7.0]))
    mirrored = wilson(np.array([7.0, 7.0]), np.array([10.0, 7.0]))
    assert 1 - mirrored[1] == pytest.approx(low)
    assert 1 - mirrored[0] == pytest.approx(high)

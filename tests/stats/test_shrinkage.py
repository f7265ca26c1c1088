"""Shrinking groups towards their mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.stats.shrinkage import between_variance, shrink


def test_the_truth_is_nearer_to_the_shrunk_estimates() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(5, 2, 4000)
    noise = rng.uniform(1, 9, 4000)
    own = rng.normal(truth, np.sqrt(noise))
    shrunk = shrink(own, noise)
    assert shrunk.mean == pytest.approx(5, abs=0.15)
    assert shrunk.between == pytest.approx(4, rel=0.1)
    assert ((shrunk.estimate - truth) ** 2).mean() == pytest.approx(shrunk.variance.mean(), rel=0.08)
    assert ((shrunk.estimate - truth) ** 2).mean() < 0.6 * ((own - truth) ** 2).mean()


def test_groups_that_differ_by_chance_only_become_one() -> None:
    shrunk = shrink([1.0, 1.1, 0.9], [1.0, 1.0, 1.0])
    assert shrunk.between == 0
    assert shrunk.estimate == pytest.approx([1.0, 1.0, 1.0])


def test_moments_add_up() -> None:
    assert between_variance(4, 20.0, 120.0, 4.0) == pytest.approx((120 - 100) / 3 - 1)
    assert between_variance(1, 5.0, 25.0, 1.0) == 0


@settings(max_examples=60, deadline=None)
@given(
    own=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20),
    noise=st.floats(0.01, 100),
)
def test_nobody_is_moved_past_the_mean_and_precise_groups_move_less(own: list[float], noise: float) -> None:
    variances = np.full(len(own), noise)
    variances[0] = noise / 10
    shrunk = shrink(own, variances)
    assert ((shrunk.weight >= 0) & (shrunk.weight < 1)).all()
    assert shrunk.weight[0] == shrunk.weight.max()
    assert min(own) - 1e-9 <= shrunk.mean <= max(own) + 1e-9


@pytest.mark.parametrize(("own", "noise"), [([], []), ([1.0], [1.0, 2.0]), ([1.0], [0.0]), ([float("nan")], [1.0])])
def test_what_cannot_be_is_refused(own: list[float], noise: list[float]) -> None:
    with pytest.raises(ArgumentError):
        shrink(own, noise)

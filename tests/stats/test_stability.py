"""The population stability index: Siddiqi (2006), chapter 8, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.stats.stability import Distribution, distribution, stability_index

values = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=80).map(np.array)


@given(values, values)
def test_shares_add_up_and_the_index_is_never_negative(then: np.ndarray, now: np.ndarray) -> None:
    before = distribution(then)
    after = distribution(now, edges=before.edges)
    assert before.shares.sum() == pytest.approx(1)
    assert after.shares.sum() == pytest.approx(1)
    assert stability_index(before, after, people=len(now)) >= 0
    assert stability_index(before, distribution(then, edges=before.edges), people=len(then)) == pytest.approx(0)


def test_a_shift_of_half_a_deviation_is_another_population_and_a_new_sample_is_not() -> None:
    rng = np.random.default_rng(1)
    before = distribution(rng.normal(size=10_000))
    same, moved = (distribution(rng.normal(shift, size=10_000), edges=before.edges) for shift in (0.0, 0.5))
    assert stability_index(before, same, people=10_000) < 0.01
    assert stability_index(before, moved, people=10_000) > 0.2


def test_a_bin_that_empties_counts_as_half_a_person() -> None:
    then = Distribution(edges=np.array([0.0, 1.0, 2.0]), shares=np.array([0.0, 0.5, 0.5]))
    now = Distribution(edges=then.edges, shares=np.array([0.0, 1.0, 0.0]))
    expected = 0.5 * np.log(2) + (0.005 - 0.5) * np.log(0.01)
    assert stability_index(then, now, people=100) == pytest.approx(expected)

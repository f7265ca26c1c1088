"""Rows and columns that must both add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.stats.raking import rake


@given(st.integers(0, 10_000))
def test_what_some_division_gives_is_found_again(seed: int) -> None:
    """Columns that come of a division of the rows among their own cells can be met, and are."""
    rng = np.random.default_rng(seed)
    held = rng.random((12, 5)) < 0.5
    held[:, 0] |= ~held.any(axis=1)
    row, column = np.nonzero(held)
    weight = rng.gamma(1.0, 10.0, 12)
    some = held * rng.uniform(0.2, 1.0, held.shape)
    wanted = weight @ (some / some.sum(axis=1, keepdims=True))
    share, missed = rake(row, column, weight, wanted)
    assert np.bincount(row, share) == pytest.approx(np.ones(12), abs=1e-12)
    assert missed == pytest.approx(np.zeros(5), abs=1e-6 * weight.sum())
    assert (share >= 0).all()


def test_even_shares_that_fit_are_left_alone() -> None:
    row, column = np.array([0, 0, 1]), np.array([0, 1, 1])
    share, missed = rake(row, column, np.array([10.0, 4.0]), np.array([5.0, 9.0]))
    assert share.tolist() == [0.5, 0.5, 1.0]
    assert missed.tolist() == [0.0, 0.0]


def test_what_cannot_fit_is_told() -> None:
    """Column 1 alone may have the second row's 10, and is to get 4 in all."""
    row, column = np.array([0, 0, 1]), np.array([0, 1, 1])
    share, missed = rake(row, column, np.array([10.0, 10.0]), np.array([16.0, 4.0]))
    assert missed == pytest.approx([-6.0, 6.0])
    assert share == pytest.approx([1.0, 0.0, 1.0])

"""Where a rising function reaches a value: against its inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.stats.rising_root import rising_root


@settings(max_examples=60, deadline=None)
@given(power=st.floats(0.05, 12), root=st.floats(1, 1_000), scale=st.floats(1e-6, 1e6))
def test_powers(power: float, root: float, scale: float) -> None:
    found = rising_root(lambda x, _: scale * x**power, np.array([scale * root**power]), high=1_000.0)
    assert found[0] == pytest.approx(root, rel=1e-7)


@settings(max_examples=60, deadline=None)
@given(root=st.floats(1, 900), turn=st.floats(0.1, 500), power=st.floats(1, 6))
def test_curves_that_start_steep_and_end_flat(root: float, turn: float, power: float) -> None:
    def value(x: np.ndarray, _: object = None) -> np.ndarray:
        return (x / turn) ** power / (1 + (x / turn) ** power)

    found = rising_root(value, value(np.array([root])), high=1_000.0)
    assert value(found)[0] == pytest.approx(value(np.array([root]))[0], rel=1e-9)


def test_ends() -> None:
    wanted = np.array([0.0, 0.5, 1.0, 2_000.0])
    assert rising_root(lambda x, _: x, wanted, high=1_000.0) == pytest.approx([1, 1, 1, 1_000])
    assert rising_root(lambda x, _: 0.0 * x, np.zeros(2), high=1_000.0).tolist() == [1, 1]
    assert rising_root(lambda x, _: x, np.empty(0), high=10.0).shape == (0,)

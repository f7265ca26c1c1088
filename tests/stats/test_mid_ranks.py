"""Places in order: those of SciPy, to the last digit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from patron.stats.mid_ranks import mid_ranks

NUMBERS = st.floats(allow_nan=False, width=32) | st.integers(-3, 3).map(float)


@given(st.lists(NUMBERS, max_size=60))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    numbers = np.array(values, dtype=np.float64)
    assert mid_ranks(numbers).tolist() == stats.rankdata(numbers).tolist()

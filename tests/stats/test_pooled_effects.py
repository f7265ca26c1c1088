"""Effects of segments drawn to their mean: the eight schools, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.stats.pooled_effects import pooled_effects

SCHOOLS = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]
ERRORS = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]


def test_the_eight_schools_are_what_the_textbook_says() -> None:
    """Bayesian Data Analysis, 3rd ed., table 5.3: medians 10, 8, 7, 8, 5, 6, 10, 8 of 200 draws."""
    found = pooled_effects(SCHOOLS, np.square(ERRORS))
    assert found.estimate == pytest.approx([10, 8, 7, 8, 5, 6, 10, 8], abs=1.7)
    assert found.between == pytest.approx(6.6, abs=1.0)  # figure 5.5: between 0 and 10 mostly
    assert (found.high - found.low > 20).all()


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=12), st.floats(0.1, 50), st.floats(-50, 50))
def test_units_of_measure_do_not_matter_and_order_is_kept(own: list[float], error: float, off: float) -> None:
    variances = np.full(len(own), error**2)
    found = pooled_effects(own, variances)
    other = pooled_effects(np.array(own) * 3 + off, variances * 9)
    assert other.estimate == pytest.approx(found.estimate * 3 + off, rel=1e-6, abs=1e-6)
    assert other.low == pytest.approx(found.low * 3 + off, rel=1e-6, abs=1e-6)
    assert (np.diff(found.estimate[np.argsort(own)]) >= -1e-9).all()
    assert min(own) - 1e-9 <= found.estimate.min() <= found.estimate.max() <= max(own) + 1e-9


def test_an_estimate_that_is_sure_of_itself_stays() -> None:
    found = pooled_effects([0.0, 10.0, 20.0, 30.0], [1e-6] * 4)
    assert found.estimate == pytest.approx([0, 10, 20, 30], abs=1e-3)


@pytest.mark.parametrize(
    ("own", "variances"), [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [1.0, 0.0]), ([1.0, np.nan], [1.0, 1.0])]
)
def test_what_cannot_be_pooled_is_refused(own: list[float], variances: list[float]) -> None:
    with pytest.raises(ArgumentError):
        pooled_effects(own, variances)

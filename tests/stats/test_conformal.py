"""Conformal prediction holds whatever the outcomes are: Romano, Patterson & Candès (2019), theorem 1, one-sided."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.stats.conformal import conformal_shift


@pytest.mark.parametrize("quantile", [0.5, 0.8, 0.9])
@pytest.mark.parametrize("draw", ["normal", "pareto", "standard_cauchy"])
def test_the_next_outcome_is_covered_as_often_as_said(quantile: float, draw: str) -> None:
    rng = np.random.default_rng(1)
    covered, tries, known = 0, 4_000, 60
    for _ in range(tries):
        values = getattr(rng, draw)(*([3.0] if draw == "pareto" else []), size=known + 1)
        bad = rng.normal(5, 3, known + 1)  # a prediction that knows nothing
        covered += values[-1] <= bad[-1] + conformal_shift(values[:-1], bad[:-1], quantile=quantile)
    assert quantile - 0.02 <= covered / tries <= quantile + 1 / (known + 1) + 0.02


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=50), st.floats(-1e3, 1e3), st.sampled_from([0.5, 0.8, 0.9]))
@settings(max_examples=100, deadline=None)
def test_it_moves_with_the_outcomes_and_grows_with_the_quantile(
    values: list[float], by: float, quantile: float
) -> None:
    outcome, told = np.array(values), np.zeros(len(values))
    shift = conformal_shift(outcome, told, quantile=quantile)
    assert conformal_shift(outcome + by, told, quantile=quantile) == pytest.approx(shift + by, abs=1e-6)
    assert shift <= conformal_shift(outcome, told, quantile=0.9)
    assert (outcome <= shift).mean() >= quantile


def test_too_few_outcomes_are_said() -> None:
    with pytest.raises(ArgumentError) as caught:
        conformal_shift([1.0] * 8, [0.0] * 8, quantile=0.9)
    assert caught.value.data["came"] == 8
    assert caught.value.remedy

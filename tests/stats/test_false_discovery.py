"""False discovery rates against the papers that defined them, and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from patron.errors import ArgumentError
from patron.stats.false_discovery import Dependence, q_values

# Benjamini & Hochberg (1995), section 3.3: fifteen p-values of a trial on myocardial infarction
TRIAL = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_benjamini_hochberg_1995_reject_the_four_smallest() -> None:
    assert (q_values(TRIAL, dependence="positive") <= 0.05).sum() == 4


def test_benjamini_yekutieli_divide_by_the_sum_of_reciprocals() -> None:
    """2001, theorem 1.3: the procedure at q / (1 + 1/2 + ... + 1/m)."""
    assert (q_values(TRIAL) <= 0.05).sum() == 3
    factor = sum(1 / rank for rank in range(1, 16))
    assert np.array_equal(
        q_values(TRIAL) <= 0.05, q_values(TRIAL, dependence="positive") <= 0.05 / factor
    )  # fmt: skip


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_they_are_scipys(p: list[float]) -> None:
    ways: dict[Dependence, str] = {"positive": "bh", "any": "by"}
    for ours, theirs in ways.items():
        assert q_values(p, dependence=ours) == pytest.approx(false_discovery_control(p, method=theirs))


def test_of_no_tests_there_are_no_findings() -> None:
    assert len(q_values([])) == 0


@pytest.mark.parametrize("p", [[0.5, float("nan")], [1.2], [-0.1], [[0.1]]])
def test_what_is_no_p_value_is_refused(p: list[float]) -> None:
    with pytest.raises(ArgumentError, match="p-value"):
        q_values(p)


def test_an_unknown_dependence_is_refused() -> None:
    with pytest.raises(ArgumentError, match="'any' and 'positive'"):
        q_values([0.1], dependence="none")  # type: ignore[arg-type]


@pytest.mark.parametrize("dependence", ["any", "positive"])
def test_tests_that_are_only_counted_are_tests_of_chance_alone(dependence: Dependence) -> None:
    some = [0.0001, 0.003, 0.02]
    whole = q_values([*some, *[1.0] * 97], dependence=dependence)[:3]
    assert q_values(some, dependence=dependence, tests=100) == pytest.approx(whole)
    with pytest.raises(ArgumentError, match="3 p-values came"):
        q_values(some, tests=2)

"""Values drawn to their groups, and groups to the mean, against truth and against what must hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.stats.nested_normal import nested_normal


@pytest.mark.parametrize("common", [0.0, 0.5])
def test_intervals_cover_units_groups_and_the_mean(common: float) -> None:
    rng, shops, groups = np.random.default_rng(1), 100, 6
    inside: tuple[list[bool], list[bool], list[bool]] = ([], [], [])
    where = np.repeat(np.arange(groups), 10)
    for _ in range(shops):
        between, within = np.abs(rng.normal(size=2))
        middle = -2 + between * rng.normal(size=groups)
        unit = middle[where] + within * rng.normal(size=len(where))
        noise = rng.uniform(0.02, 0.5, len(where))
        shared = np.sqrt(common / np.bincount(where, 1 / noise)) * rng.normal(size=groups)
        seen = unit + np.sqrt(noise) * rng.normal(size=len(where)) + shared[where]
        drawn = nested_normal(seen, noise, where, count=groups, common=common)
        inside[0].extend(np.abs(drawn.unit - unit) <= 1.96 * np.sqrt(drawn.unit_variance))
        inside[1].extend(np.abs(drawn.group - middle) <= 1.96 * np.sqrt(drawn.group_variance))
        inside[2].append(abs(drawn.mean + 2.0) <= 1.96 * drawn.mean_variance**0.5)
    units, middles, means = (np.mean(one) for one in inside)
    assert 0.93 < units < 0.97
    assert 0.92 < middles < 0.98
    assert means > 0.88


def test_without_noise_nothing_is_drawn() -> None:
    own = np.array([-3.0, -1.0, -2.5, -0.5])
    drawn = nested_normal(own, np.full(4, 1e-10), [0, 0, 1, 1], count=2)
    np.testing.assert_allclose(drawn.unit, own, atol=1e-6)
    np.testing.assert_allclose(drawn.weight, 1.0, atol=1e-6)


def test_a_group_without_units_lies_about_the_mean_of_all() -> None:
    drawn = nested_normal([-2.0, -1.0], [0.01, 0.01], [0, 1], count=3)
    assert drawn.group[2] == pytest.approx(drawn.mean)
    assert drawn.group_variance[2] > drawn.group_variance[:2].max()
    assert drawn.group_weight[2] == 0


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 2), st.integers(0, 3)), min_size=1, max_size=12))
def test_values_lie_among_the_estimates_and_shift_with_them(units: list[tuple[float, float, int]]) -> None:
    own, noise, where = (np.array(one) for one in zip(*units, strict=True))
    drawn = nested_normal(own, noise, where, count=4)
    moved = nested_normal(own + 1, noise, where, count=4)
    assert own.min() - 1e-9 <= drawn.unit.min()
    assert drawn.unit.max() <= own.max() + 1e-9
    assert (drawn.unit_variance > 0).all()
    np.testing.assert_allclose(moved.unit, drawn.unit + 1, atol=1e-7)
    np.testing.assert_allclose(moved.group_variance, drawn.group_variance, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("own", "noise", "where"),
    [([], [], []), ([1.0], [1.0, 2.0], [0]), ([np.nan], [1.0], [0]), ([1.0], [0.0], [0]), ([1.0], [np.inf], [0])],
)
def test_what_cannot_be_drawn_is_refused(own: list[float], noise: list[float], where: list[int]) -> None:
    with pytest.raises(ArgumentError):
        nested_normal(own, noise, where, count=1)

"""How fast an effect fades: recovery, coverage, laws, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.stats.decay import decay

EDGES = np.array([0.0, 7, 14, 21, 28, 56, 91, 182])
DAYS = np.diff(EDGES)


def brought(half_life: float, start: float = 10.0) -> np.ndarray:
    """By numerical integration, a hundredth of a day at a time."""
    days = np.arange(0, EDGES[-1], 0.01) + 0.005
    daily = start * 0.5 ** (days / half_life) * 0.01
    return np.histogram(days, EDGES, weights=daily)[0]


@pytest.mark.parametrize("half_life", [3.0, 14.0, 60.0])
def test_a_half_life_without_noise_is_recovered(half_life: float) -> None:
    found = decay(brought(half_life), np.diag(DAYS * 0.01), EDGES)
    assert found.status == "fades"
    assert found.half_life == pytest.approx(half_life, rel=0.03)  # a step of the half-lives that are tried
    assert found.low is not None
    assert found.high is not None
    assert found.low <= half_life <= found.high
    assert found.at_start == pytest.approx(10, rel=0.03)


def test_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(5)
    spread = np.diag(DAYS * 6.0)
    spread[0, 1] = spread[1, 0] = 15.0  # neighbouring weeks go together
    truth, held, told = brought(14.0), 0, 0
    for errors in rng.multivariate_normal(np.zeros(len(DAYS)), spread, 400):
        found = decay(truth + errors, spread, EDGES)
        if found.status == "fades":
            told += 1
            held += (found.low or 0.0) <= 14 <= (found.high or np.inf)
    assert told > 380
    assert 0.92 <= held / told <= 0.98


def test_without_an_effect_nothing_is_told() -> None:
    rng = np.random.default_rng(6)
    statuses = [decay(rng.normal(0, np.sqrt(DAYS)), np.diag(DAYS), EDGES).status for _ in range(400)]
    assert sum(status == "cannot_tell" for status in statuses) >= 0.9 * 400


def test_what_lasts_has_no_half_life_but_a_shortest_one() -> None:
    found = decay(DAYS * 5.0, np.diag(DAYS * 4.0), EDGES)
    assert (found.status, found.half_life, found.high) == ("lasts", None, None)
    assert found.low is not None
    assert found.low > 100


def test_sales_that_were_only_moved_forward_have_another_shape() -> None:
    moved = np.array([100.0, 60, -40, -50, -60, 0, 0])
    assert decay(moved, np.diag(DAYS), EDGES).status == "other_shape"


def test_two_weeks_are_too_short() -> None:
    assert decay([5.0, 3.0], np.eye(2), EDGES[:3]).status == "too_short"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 100))
def test_the_currency_does_not_matter(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    own = brought(rng.uniform(3, 60)) + rng.normal(0, np.sqrt(DAYS))
    one, other = decay(own, np.diag(DAYS), EDGES), decay(own * factor, np.diag(DAYS) * factor**2, EDGES)
    assert (one.status, one.half_life, one.low, one.high) == (other.status, other.half_life, other.low, other.high)


@pytest.mark.parametrize(
    ("effects", "covariance", "edges"),
    [
        ([1.0, 2, 3], np.eye(2), [0, 1, 2, 3]),
        ([1.0, 2, 3], np.eye(3), [0, 1, 2]),
        ([1.0, 2, 3], np.eye(3), [0, 2, 2, 3]),
    ],
)
def test_shapes_that_do_not_go_together(effects: list[float], covariance: np.ndarray, edges: list[float]) -> None:
    with pytest.raises(ArgumentError, match="`edges` came with the shapes"):
        decay(effects, covariance, edges)


def test_a_stretch_without_an_error_is_refused() -> None:
    with pytest.raises(ArgumentError, match="not positive definite"):
        decay([1.0, 2, 3], np.diag([1.0, 0, 1]), [0, 1, 2, 3])

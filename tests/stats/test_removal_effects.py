"""What an absorbing chain loses without some of its states, by differences and by both ways to work it out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from patron.stats.removal_effects import Chain, Floats, gains, removal_effects


def chain(seed: int, *, states: int = 7, groups: int = 3) -> Chain:
    rng = np.random.default_rng(seed)
    moves = rng.dirichlet(np.full(states + 1, 0.4), states)[:, :states] * (rng.random((states, states)) < 0.7)
    left = 1.0 - moves.sum(axis=1, keepdims=True)
    return Chain(
        begin=rng.dirichlet(np.ones(states)), moves=csr_array(moves), wins=left * rng.random((states, 2)),
        group=rng.integers(0, groups, states),
    )  # fmt: skip


def by_difference(one: Chain, group: int) -> Floats:
    """Return what is won with all states, less what is won when those who enter the group are lost."""
    kept = (one.group != group).astype(float)
    without = Chain(begin=one.begin * kept, moves=csr_array(one.moves.toarray() * kept), wins=one.wins, group=one.group)
    return gains(one) - gains(without)


WAYS = {"at once": {}, "by series": {"SMALL": 0}, "system by system": {"SMALL": 0, "TERMS": 1, "DENSE": 0},
        "in pieces": {"SMALL": 0, "CELLS": 8}}  # fmt: skip


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAYS[request.param].items():
        monkeypatch.setattr(f"patron.stats.removal_effects.{name}", value)


@pytest.mark.usefixtures("way")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.integers(0, 10_000))
def test_what_is_lost_is_the_difference(seed: int) -> None:
    one = chain(seed)
    expected = np.array([by_difference(one, group) for group in range(3)])
    assert removal_effects(one, 3) == pytest.approx(expected, abs=1e-12)


def test_a_series_that_does_not_settle_is_left_for_a_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody leaves the two states but one time in ten thousand."""
    moves = csr_array([[0.0, 0.9999], [0.9999, 0.0]])
    slow = Chain(begin=np.array([1.0, 0.0]), moves=moves, wins=np.full((2, 1), 1e-4), group=np.array([0, 1]))
    at_once = removal_effects(slow, 2)
    for dense in (0, 2000):
        monkeypatch.setattr("patron.stats.removal_effects.SMALL", 0)
        monkeypatch.setattr("patron.stats.removal_effects.DENSE", dense)
        assert removal_effects(slow, 2) == pytest.approx(at_once, rel=1e-9)
    assert at_once[:, 0] == pytest.approx([1.0, 0.9999])


@pytest.mark.usefixtures("way")
def test_a_group_without_states_and_one_with_all_of_them() -> None:
    one = chain(1, groups=1)
    assert removal_effects(one, 2) == pytest.approx(np.array([gains(one), [0.0, 0.0]]))

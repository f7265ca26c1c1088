"""What an absorbing chain loses without some of its states, by differences and by both ways to work it out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
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


@given(st.integers(0, 10_000))
def test_what_is_lost_is_the_difference(seed: int) -> None:
    one = chain(seed)
    expected = np.array([by_difference(one, group) for group in range(3)])
    assert removal_effects(one, 3) == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 10_000))
def test_many_states_are_taken_out_one_system_at_a_time(
    seed: int,
) -> None:
    one = chain(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("patron.stats.removal_effects.DENSE", 0)
        sparse = removal_effects(one, 3)
    assert sparse == pytest.approx(removal_effects(one, 3), abs=1e-12)


def test_a_group_without_states_and_one_with_all_of_them() -> None:
    one = chain(1, groups=1)
    for dense in (0, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("patron.stats.removal_effects.DENSE", dense)
            assert removal_effects(one, 2) == pytest.approx(np.array([gains(one), [0.0, 0.0]]))

"""What does an absorbing Markov chain lose when a group of its states is taken out?

Everybody who would enter the group is lost instead. What is lost is worked out by itself, not as a difference of two
nearly equal numbers: the chance to enter the group for the first time at each of its states, times what would still
have been won from there.

Ref  Kemeny & Snell (1976), Finite Markov Chains, 2nd ed., theorem 3.2.1 (N = (I - Q)^-1) and 3.3.7 (absorption)
     Anderl, Becker, von Wangenheim & Schumann (2016), Mapping the customer journey, International Journal of Research
     in Marketing 33(3), 457-474: the removal effect
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import splu

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SMALL = 600
"""States up to which the whole fundamental matrix is worked out at once."""

DENSE = 2000
"""Beyond, where the series does not settle, one sparse system is solved per group instead."""

TERMS = 1000
LEFT = 1e-16
"""What all further terms of a series may add, as a share of the sum: less than its rounding."""

CELLS = 4_000_000  # of an array that is worked on at once


@dataclass(frozen=True, kw_only=True)
class Chain:
    """An absorbing chain: where it begins, its moves, and what it wins on leaving each state.

    `begin` has shape (states,), `moves` (states, states), `wins` (states, kinds of gain); `group` is each state's.
    """

    begin: Floats
    moves: csr_array
    wins: Floats
    group: Ints

    @property
    def states(self) -> int:
        """How many states there are."""
        return len(self.begin)


def gains(chain: Chain) -> Floats:
    """Return what the chain wins from its beginning on, of each kind."""
    return np.asarray(chain.begin @ _still(chain))


def removal_effects(chain: Chain, groups: int) -> Floats:
    """Return what is lost when each group of states is taken out: shape (groups, kinds of gain).

    Examples
    --------
    Two of three who come go by state 0, one of them on to state 1, who wins; so does the third, who starts there.

    >>> chain = Chain(begin=np.array([2 / 3, 1 / 3]), moves=csr_array([[0, 0.5], [0, 0]]),
    ...               wins=np.array([[0.0], [1.0]]), group=np.array([0, 1]))
    >>> gains(chain).round(4), removal_effects(chain, 2).round(4).ravel()
    (array([0.6667]), array([0.3333, 0.6667]))
    """
    lost = None if chain.states <= SMALL else _by_series(chain, groups)
    if lost is None:
        lost = (_by_inverse if chain.states <= DENSE else _by_systems)(chain, groups)
    return np.maximum(lost, 0.0)


def _by_series(chain: Chain, groups: int) -> Floats | None:
    """Follow all paths step by step until next to nobody is on the way; none where too many steps would be needed.

    Those who enter a group stop there. What is left after the last step is bounded by how fast the steps shrink.
    """
    still, back = _still(chain), chain.moves.T.tocsr()
    lost = np.zeros((groups, chain.wins.shape[1]))
    at_once = max(CELLS // chain.states, 1)
    for first in range(0, groups, at_once):
        some = np.arange(first, min(first + at_once, groups))
        come = _first_entries(chain, back, some)
        if come is None:
            return None
        lost[some] = come.T @ still
    return lost


def _first_entries(chain: Chain, back: csr_array, groups: Ints) -> Floats | None:
    """Return the chance to enter each group first at each of its states: shape (states, groups)."""
    own = chain.group[:, None] == groups

    def step(come: Floats) -> Floats:
        return np.asarray(back @ np.where(own, 0.0, come))

    come = _series(step, np.repeat(chain.begin[:, None], len(groups), 1))
    return None if come is None else np.where(own, come, 0.0)


def _series(step: Callable[[Floats], Floats], first: Floats) -> Floats | None:
    """Return the sum of terms that are never negative, each a linear step after the one before."""
    total, term = first.copy(), first
    before = term.sum(axis=0)
    for _ in range(TERMS):
        term = step(term)
        total += term
        now = term.sum(axis=0)
        shrinks = np.divide(now, before, out=np.zeros_like(now), where=before > 0).max()
        if shrinks < 1 and (now * shrinks <= LEFT * (1 - shrinks) * total.sum(axis=0)).all():
            return total
        before = now
    return None


def _still(chain: Chain) -> Floats:
    """Return what is still won from each state on."""
    if chain.states > SMALL:
        found = _series(lambda term: np.asarray(chain.moves @ term), chain.wins)
        if found is not None:
            return found
    return _solved(chain.moves, chain.wins)


def _by_inverse(chain: Chain, groups: int) -> Floats:
    fundamental = np.linalg.inv(np.eye(chain.states) - chain.moves.toarray())
    visits, still = chain.begin @ fundamental, fundamental @ chain.wins
    lost = np.zeros((groups, chain.wins.shape[1]))
    for number in range(groups):
        own = np.flatnonzero(chain.group == number)
        if len(own):
            # visits = chance to enter first there times the visits from there on, within the group
            entered = np.linalg.solve(fundamental[np.ix_(own, own)].T, visits[own])
            lost[number] = entered @ still[own]
    return lost


def _by_systems(chain: Chain, groups: int) -> Floats:
    still = _still(chain)
    lost = np.zeros((groups, chain.wins.shape[1]))
    for number in range(groups):
        gone = chain.group == number
        if gone.any():
            rest = ~gone
            before = _solved(chain.moves[rest][:, rest].T, chain.begin[rest])
            entered = chain.begin[gone] + before @ chain.moves[rest][:, gone]
            lost[number] = entered @ still[gone]
    return lost


def _solved(moves: csr_array, right: Floats) -> Floats:
    if not moves.shape[0]:
        return right
    return np.asarray(splu((eye_array(moves.shape[0]) - moves).tocsc()).solve(right))

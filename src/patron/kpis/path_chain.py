"""Paths of touches as an absorbing Markov chain of any order.

A state is the last k channels of a path, fewer at its beginning. Leaving it, a path comes to its next channel,
converts, or ends in nothing. What a channel is worth is what would be lost if every path that comes to it ended there.

Ref  Anderl, Becker, von Wangenheim & Schumann (2016), International Journal of Research in Marketing 33(3), 457-474:
     section 3, higher orders and removal effect
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from patron.kpis.counted_paths import Floats, Ints, Paths, only, sums
from patron.models.distinct import distinct_rows
from patron.stats.removal_effects import Chain
from patron.stats.shapley import Coalitions

DENSE = 500  # states up to which moves are counted in a square
CELLS = 4_000_000  # of systems that are solved at once


def path_chain(paths: Paths, *, order: int = 1) -> Chain:
    """Return the chain that the paths were drawn from; its gains are conversions and their value, per path.

    Each state belongs to the group of its latest channel: a path that has not come to a channel yet cannot be in a
    state that holds it.
    """
    paths = only(paths, paths.conversions + paths.nulls > 0)
    times = paths.conversions + paths.nulls
    state = _states(paths, order)
    size, last = int(state.max()) + 1, paths.starts[1:] - 1
    often = np.repeat(times, paths.lengths)
    left = np.bincount(state, often, size)  # how often each state is left; never 0
    often[last] = 0.0  # what stands behind it is another path
    moved = _counted_moves(state[:-1], state[1:], often[:-1], size)
    rows = np.repeat(np.arange(size), np.diff(moved.indptr))
    won = [np.bincount(state[last], gain, size) / left for gain in (paths.conversions, paths.money())]
    group = np.zeros(size, dtype=np.int64)
    group[state] = paths.codes
    return Chain(
        begin=np.bincount(state[paths.starts[:-1]], times, size) / times.sum(),
        moves=csr_array((moved.data / left[rows], moved.indices, moved.indptr), shape=moved.shape),
        wins=np.column_stack(won), group=group,
    )  # fmt: skip


def _counted_moves(origin: Ints, to: Ints, times: Floats, size: int) -> csr_array:
    if size <= DENSE:
        return csr_array(sums(origin * size + to, times, size * size).reshape(size, size))
    moved = csr_array((times, (origin, to)), shape=(size, size))
    moved.sum_duplicates()
    moved.eliminate_zeros()
    return moved


def coalition_gains(chain: Chain, coalitions: Coalitions) -> Floats:
    """Return what a chain of the first order wins when paths end at every channel outside of a coalition.

    Parameters
    ----------
    chain : Chain
        Each of its states is one channel.
    coalitions : array of shape (coalitions, channels)

    Returns
    -------
    array of shape (coalitions, kinds of gain)
    """
    kept = coalitions[:, chain.group].astype(np.float64)
    at_once = max(CELLS // chain.states**2, 1)
    pieces = [kept[first : first + at_once] for first in range(0, len(kept), at_once)]
    return np.concatenate([_gains_of(chain, piece) for piece in pieces])


def _gains_of(chain: Chain, kept: Floats) -> Floats:
    systems = np.eye(chain.states) - chain.moves.toarray() * kept[:, None, :]
    still = np.linalg.solve(systems, np.broadcast_to(chain.wins, (len(kept), *chain.wins.shape)))
    return np.asarray(((chain.begin * kept)[:, :, None] * still).sum(axis=1))


def _states(paths: Paths, order: int) -> Ints:
    """Return a number for the last `order` channels of each touch, by doubling: those of 4 are those of 2, twice."""
    met = np.bincount(paths.codes, minlength=len(paths.channels)) > 0
    power = (np.cumsum(met) - 1)[paths.codes]
    span, state, reached = 1, power, 1
    rest = min(order, int(paths.lengths.max())) - 1
    if not rest:
        return state
    place = np.arange(len(paths.codes)) - np.repeat(paths.starts[:-1], paths.lengths)
    while rest:
        if rest & span:
            state, reached = _joined(state, power, reached, place), reached + span
        rest -= rest & span
        if rest:
            power, span = _joined(power, power, span, place), 2 * span
    return state


def _joined(near: Ints, far: Ints, shift: int, place: Ints) -> Ints:
    """Return a number for the pairs of what a touch has near, and what the touch `shift` before it has."""
    before = np.full(len(near), -1.0)
    told = np.flatnonzero(place >= shift)
    before[told] = far[told - shift]
    return distinct_rows([near.astype(np.float64), before])[0]

"""From prices to an allocation that keeps every limit: drop what fits least, then fill what is left.

At the prices of the dual everybody's best option uses up about what there is, a little more or less. What is over is
taken from the customers for whom it matters least; what is left goes to options that were nearly as good as the best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patron.decisions.budget.choices import NOTHING, Choices, Floats, Ints

NEAREST = 20_000
"""Options that are looked at to fill what is left: those that lose least at the prices, and all as good as these."""

PASSES = 12

_DENSE = 20_000_000
"""Moves x limits that are added up at once."""


def repaired(choices: Choices, prices: Floats, picks: Ints, room: Floats) -> Ints:
    """Return an allocation near `picks` that uses no more than `room`.

    Parameters
    ----------
    choices : Choices
    prices : array of float, one a limit
        At which an option's worth is told.
    picks : array of int, one a customer
        The option of each.
    room : array of float
        The limits, or a trifle less.
    """
    return filled(choices, prices, dropped(choices, prices, picks, room), room)


def dropped(choices: Choices, prices: Floats, picks: Ints, room: Floats) -> Ints:
    """Return the allocation without those of least worth for what is over, until nothing is."""
    picks = picks.copy()
    while True:
        over = choices.used(picks) - room
        worst = int(np.argmax(over / np.where(room > 0, room, 1.0)))
        if over[worst] <= 0:
            return picks
        people = np.flatnonzero(picks >= 0)
        takes = taken(choices, picks[people], worst)
        people, takes = people[takes > 0], takes[takes > 0]
        loss = np.maximum(choices.reduced(prices, picks[people]), 0.0) / takes
        order = np.argsort(loss, kind="stable")
        enough = np.searchsorted(np.cumsum(takes[order]), over[worst]) + 1
        picks[people[order[:enough]]] = NOTHING


def taken(choices: Choices, rows: Ints, limit: int) -> Floats:
    """Return how much options take of one limit."""
    if limit == 0:
        return choices.cost[rows]
    column = choices.uses[:, [limit - 1]].toarray().ravel()
    return np.asarray(column[choices.kind[rows]])


def filled(choices: Choices, prices: Floats, picks: Ints, room: Floats) -> Ints:
    """Return the allocation with what is left given to the options that are worth most at the prices."""
    rows = _near(choices, prices, picks)
    picks = picks.copy()
    for _ in range(PASSES):
        moves = _moves(choices, prices, picks, rows)
        if not len(moves) or len(moves) * len(room) > _DENSE or not _take_first(choices, picks, moves, room):
            break
    _take_singly(choices, picks, _moves(choices, prices, picks, rows)[:NEAREST], room)
    return picks


def _near(choices: Choices, prices: Floats, picks: Ints) -> Ints:
    """Return the options, but those that are taken, that lose least against their customer's best."""
    left = choices.reduced(prices)
    top = np.maximum(np.maximum.reduceat(left, choices.starts[:-1]), 0.0)
    loss = np.repeat(top, np.diff(choices.starts)) - left
    loss[picks[picks >= 0]] = np.inf
    if len(loss) <= NEAREST:
        return np.flatnonzero(np.isfinite(loss))
    most = np.partition(loss, NEAREST)[NEAREST]
    return np.flatnonzero(loss <= most * (1 + 1e-12))


def _moves(choices: Choices, prices: Floats, picks: Ints, rows: Ints) -> Ints:
    """Return those of the options that bring more than their customer has, the best at the prices first."""
    owner = _owners(choices, rows)
    now = picks[owner]
    has = np.where(now >= 0, choices.value[now], 0.0)
    better = choices.value[rows] > has
    rows, now = rows[better], now[better]
    gain = choices.reduced(prices, rows) - np.where(now >= 0, choices.reduced(prices, now), 0.0)
    return rows[np.argsort(-gain, kind="stable")]


def _owners(choices: Choices, rows: Ints) -> Ints:
    return np.searchsorted(choices.starts, rows, side="right") - 1


def _extra(choices: Choices, picks: Ints, moves: Ints) -> Floats:
    """Return what each move takes of each limit more than what the customer has, one row a move."""
    now = picks[_owners(choices, moves)]
    used = np.column_stack([choices.cost[moves], choices.uses[choices.kind[moves]].toarray()])
    before = np.column_stack([choices.cost[now], choices.uses[choices.kind[now]].toarray()])
    return np.asarray(used - np.where((now >= 0)[:, None], before, 0.0))


def _take_first(choices: Choices, picks: Ints, moves: Ints, room: Floats) -> bool:
    """Make the moves that fit one after the other, until one does not; tell whether any was made."""
    free = room - choices.used(picks)
    extra = _extra(choices, picks, moves)
    fits = (extra <= free).all(axis=1)
    moves, extra = moves[fits], extra[fits]
    owner = _owners(choices, moves)
    once = np.sort(np.unique(owner, return_index=True)[1])
    moves, extra, owner = moves[once], extra[once], owner[once]
    stops = (np.cumsum(extra, axis=0) > free).any(axis=1)
    count = int(np.argmax(stops)) if stops.any() else len(moves)
    picks[owner[:count]] = moves[:count]
    return count > 0


def _take_singly(choices: Choices, picks: Ints, moves: Ints, room: Floats) -> None:
    """Make every move that still fits, in order."""
    free: NDArray[np.float64] = room - choices.used(picks)
    extra, owners = _extra(choices, picks, moves), _owners(choices, moves)
    moved = set()
    for place, owner in enumerate(owners.tolist()):
        if owner not in moved and (extra[place] <= free).all():
            free -= extra[place]
            picks[owner] = moves[place]
            moved.add(owner)

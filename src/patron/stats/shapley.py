"""What is each player's fair share of what all of them win together?

A game is a function that says what each coalition wins. A player's share is the mean, over all orders in which the
players may come, of what is added when it comes. It is the only share that hands out all that is won, gives equal
players alike, gives nothing to a player who never adds anything, and of two games' sum gives the sum.

Ref  Shapley (1953), A value for n-person games, Contributions to the Theory of Games II, 307-317: equation 12
     Castro, Gomez & Tejada (2009), Computers & Operations Research 36(5), 1726-1730: sampled orders
     Mitchell, Cooper, Frank & Holmes (2022), JMLR 23(43), section 3.2: an order and its reverse together
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Coalitions = NDArray[np.bool_]
Worth = Callable[[Coalitions], Floats]
"""From coalitions, an array of shape (coalitions, players), to what each wins: an array of shape (coalitions, any)."""

EXACT = 12
"""Players up to which every coalition is asked: 4,096 of them."""

AT_ONCE = 4096


def shapley(worth: Worth, players: int, *, orders: int = 1000, seed: int = 0) -> tuple[Floats, Floats | None]:
    """Return each player's share of a game, or of several at once.

    Parameters
    ----------
    worth : callable
        What each of some coalitions wins; that of the empty one may be other than nothing, and is not shared out.
    players : int
    orders : int
        Beyond 12 players: how many orders are drawn, half of them the other half reversed.
    seed : int
        Of the drawn orders.

    Returns
    -------
    array of shape (players, games), array of the same shape or None
        The shares, and beyond 12 players their standard errors. The shares of a game add up either way.

    Examples
    --------
    >>> gloves = lambda who: np.minimum(who[:, 0], who[:, 1] | who[:, 2]).astype(float)[:, None]  # a left, two right
    >>> shapley(gloves, 3)[0].round(4).ravel().tolist()
    [0.6667, 0.1667, 0.1667]
    """
    if players <= EXACT:
        return _exact(worth, players), None
    return _sampled(worth, players, max(orders // 2, 2), np.random.default_rng(seed))


def _exact(worth: Worth, players: int) -> Floats:
    numbers = np.arange(1 << players)
    member = (numbers[:, None] >> np.arange(players)) & 1 == 1
    won = worth(member)
    size = member.sum(axis=1)
    whole = factorial(players)
    weight = np.array([factorial(s) * factorial(players - s - 1) / whole for s in range(players)])
    shares = np.empty((players, won.shape[1]))
    for player in range(players):
        without = numbers[~member[:, player]]
        shares[player] = weight[size[without]] @ (won[without | (1 << player)] - won[without])
    return shares


def _sampled(worth: Worth, players: int, pairs: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw orders in pairs, each with its reverse; the error is that of the mean of independent pairs."""
    total, squares, done = 0.0, 0.0, 0
    while done < pairs:
        now = min(pairs - done, max(AT_ONCE // (2 * (players + 1)), 1))
        order = rng.permuted(np.tile(np.arange(players), (now, 1)), axis=1)
        both = 0.5 * (_added(worth, order) + _added(worth, order[:, ::-1]))
        total, squares, done = total + both.sum(axis=0), squares + (both**2).sum(axis=0), done + now
    mean = np.asarray(total / pairs)
    variance = np.maximum(squares / pairs - mean**2, 0.0) * pairs / (pairs - 1)
    return mean, np.sqrt(variance / pairs)


def _added(worth: Worth, order: NDArray[np.int64]) -> Floats:
    """Return what each player adds when the players come in each of some orders: shape (orders, players, games)."""
    count, players = order.shape
    arrival = np.argsort(order, axis=1)
    member = arrival[:, None, :] < np.arange(players + 1)[None, :, None]
    won = worth(member.reshape(-1, players)).reshape(count, players + 1, -1)
    steps = np.diff(won, axis=1)
    return np.asarray(np.take_along_axis(steps, arrival[:, :, None], axis=1))

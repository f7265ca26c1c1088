"""Which group is a person in, as far as the interval of the effect can tell?

Nobody sees one person with and without the action, so what a single person is cannot be known: a group says what people
with such features do on average, and "cannot tell" is an answer.

Ref  Athey & Wager (2021), Econometrica 89(1): who should be treated follows from the effect net of its cost
     Rubin (1974), Journal of Educational Psychology 66(5), 688-701: one of the two outcomes is never seen
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GROUPS = ("would_be_won", "buys_anyway", "not_moved", "driven_away", "cannot_tell")
WON, ANYWAY, NOT_MOVED, AWAY, UNKNOWN = range(len(GROUPS))


def groups(low: Floats, high: Floats, baseline: Floats, *, negligible: float, usual: float) -> NDArray[np.int64]:
    """Return the place of each person's group in `GROUPS`.

    Parameters
    ----------
    low, high : array
        The interval of the effect.
    baseline : array
        What the person is expected to bring without the action.
    negligible : float
        An effect that is surely smaller than this, upwards and downwards, is none.
    usual : float
        The baseline from which on a person without an effect buys anyway.

    Examples
    --------
    >>> low, high = np.array([0.1, -0.1, -0.1, -0.9, -0.9]), np.array([0.9, 0.1, 0.1, -0.1, 0.9])
    >>> found = groups(low, high, np.array([1.0, 5.0, 0.0, 1.0, 1.0]), negligible=0.2, usual=2.0)
    >>> [GROUPS[place] for place in found]
    ['would_be_won', 'buys_anyway', 'not_moved', 'driven_away', 'cannot_tell']
    """
    small = (low > -negligible) & (high < negligible)
    still = np.where(baseline >= usual, ANYWAY, NOT_MOVED)
    found = np.select([low > 0, high < 0, small], [WON, AWAY, still], UNKNOWN)
    return np.asarray(found, dtype=np.int64)


def best_action(gains: Floats) -> NDArray[np.int64]:
    """Return each person's action with the greatest gain, counted from 1; 0 where none gains anything.

    Parameters
    ----------
    gains : array of shape (people, actions)
        In money, net of the action's cost.

    Examples
    --------
    >>> best_action(np.array([[1.0, 2.0], [-1.0, -2.0]])).tolist()
    [2, 0]
    """
    return np.where(gains.max(axis=1) > 0, gains.argmax(axis=1) + 1, 0)

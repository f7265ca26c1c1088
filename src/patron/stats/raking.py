"""Divide rows among columns such that both the rows and the columns add up to what is told.

Rows and columns are scaled in turn until both fit (iterative proportional fitting). Of all divisions that fit, the one
that is found is nearest to where it began in relative entropy. When none can fit, for a column must get more than its
rows have, or less than the rows have that no other column may share, what is found fits the rows, and what is left over
at the columns is told.

Ref  Deming & Stephan (1940), Annals of Mathematical Statistics 11(4), 427-444: section 5
     Csiszar (1975), Annals of Probability 3(1), 146-158: theorem 3.2 (convergence, and to what)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDS = 2000
CLOSE = 1e-13  # of the whole
NOTHING = 1e-15  # a share that fades away round by round


def rake(row: Ints, column: Ints, weight: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """Return shares of cells, and by how much the columns miss what is wanted of them.

    Parameters
    ----------
    row, column : arrays of shape (cells,)
        The cells that may hold something; each row has one at least.
    weight : array of shape (rows,)
        What each row has to divide, above 0.
    wanted : array of shape (columns,)
        What each column is to get; together as much as all rows have.

    Returns
    -------
    array of shape (cells,), array of shape (columns,)
        Each cell's share of its row, which add up to one over a row; and what each column got too much, or too little
        where it is below 0.

    Examples
    --------
    Two rows of 10; the second is column 1's alone.

    >>> shares, missed = rake(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([10.0, 10.0]), np.array([4.0, 16.0]))
    >>> shares.round(6).tolist(), bool((abs(missed) < 1e-9).all())
    ([0.4, 0.6, 1.0], True)
    """
    share = 1.0 / np.bincount(row)[row]
    close = CLOSE * weight.sum()
    for _ in range(ROUNDS):
        got = np.bincount(column, share * weight[row], len(wanted))
        if (np.abs(got - wanted) <= close).all():
            break
        scaled = share * np.divide(wanted, got, out=np.zeros_like(got), where=got > 0)[column]
        whole = np.bincount(row, scaled)[row]
        share = np.divide(scaled, whole, out=share.copy(), where=whole > 0)
    share[share < NOTHING] = 0.0
    return share, np.bincount(column, share * weight[row], len(wanted)) - wanted

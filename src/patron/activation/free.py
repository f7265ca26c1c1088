"""Who of those that may be reached is held out of nothing?"""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir

from patron.decisions.holdouts import Holdout, held_out
from patron.errors import NotEnoughData
from patron.language import failure, listing, number


def free_of(allowed: ir.Table, holdouts: Sequence[Holdout], *, segment: str) -> ir.Table:
    """Return the customers of `allowed` whom none of `holdouts` holds, with the same columns.

    Parameters
    ----------
    allowed : Table, one row per customer
        From `patron.activation.reachable`.
    holdouts : sequence of Holdout
        Those that hold for the list; from `patron.decisions.applying`.
    segment : str
        What to call them in the error.

    Raises
    ------
    NotEnoughData
        Nobody is left.
    """
    if not holdouts:
        return allowed
    judged = held_out(allowed, holdouts)
    free = judged.filter(judged.held_by.isnull()).drop("held_by")
    if free.count().to_pyarrow().as_py():
        return free
    raise failure(
        NotEnoughData, "activation.all_held", segment=segment, customers=number(allowed.count().to_pyarrow().as_py()),
        holdouts=listing(one.name for one in holdouts),
    )  # fmt: skip

"""Which of several arms is a unit in? The hash space of an experiment, cut at the arms' shares.

In   any table with an id
Out  the same table with `arm`

Units are customers, households or browsers: whatever the column `by` names. The first arm is the control, and lies at
the low end, as a hold-out does: a larger control only moves units into it. Nothing is remembered: a web page that knows
a visitor's id finds her arm by `arm_among`, and so does a later run.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate

import ibis
import ibis.expr.types as ir

from patron.decisions.hash_space import digits, place_of, places
from patron.errors import ArgumentError
from patron.language import failure

SMALLEST = 1e-9  # by how much shares may miss 1 together


def arms(units: ir.Table, *, salt: str, shares: Mapping[str, float], by: str = "customer_id") -> ir.Table:
    """Add the column ``arm`` to `units`.

    Parameters
    ----------
    units : Table
        With the column `by` (string).
    salt : str
        The name of the draw.
    shares : mapping of arm to share
        At least two, each above 0, that add up to 1; the control first.
    by : str
        The column whose equal values are drawn together.

    Raises
    ------
    ArgumentError
        The shares cannot be, or the salt is empty.
    ContractError
        There is no such column, or it is not of type string.

    Examples
    --------
    >>> units = ibis.memtable({"customer_id": ["ann", "bob", "eve"]})
    >>> drawn = arms(units, salt="spring", shares={"none": 0.2, "mail": 0.4, "card": 0.4})
    >>> drawn.order_by("customer_id").arm.to_pyarrow().to_pylist()
    ['card', 'none', 'card']
    """
    edges = arm_edges(shares)
    place = places(units, salt=salt, by=by)
    # Without an id there is no arm, and the contract says so: no else.
    return units.mutate(arm=ibis.cases(*((place < digits(high), arm) for arm, high in edges.items())))


def arm_among(unit_id: str, *, salt: str, shares: Mapping[str, float]) -> str:
    """Return one unit's arm, as `arms` does for a table.

    Raises
    ------
    ArgumentError
        The shares cannot be, or the salt is empty.

    Examples
    --------
    >>> arm_among("ann", salt="spring", shares={"none": 0.2, "mail": 0.4, "card": 0.4})
    'card'
    """
    edges, place = arm_edges(shares), place_of(unit_id, salt=salt)
    return next(arm for arm, high in edges.items() if place < digits(high))


def checked_shares(shares: Mapping[str, float]) -> Mapping[str, float]:
    """Return the shares of the arms when they can be.

    Raises
    ------
    ArgumentError
        Fewer than two, one that is not above 0, or they do not add up to 1.
    """
    total = sum(shares.values())
    if len(shares) < 2 or any(not share > 0 for share in shares.values()) or abs(total - 1) > SMALLEST:
        came = ", ".join(f"{arm} {share:g}" for arm, share in shares.items())
        raise failure(ArgumentError, "experiments.shares", argument="shares", came=came)
    return shares


def arm_edges(shares: Mapping[str, float]) -> dict[str, float]:
    """Return where each arm ends: sums of the shares as written, the last at 1 whatever rounding left."""
    checked_shares(shares)
    ends = accumulate(Fraction(str(share)) for share in shares.values())
    edges = dict(zip(shares, map(float, ends), strict=True))
    edges[next(reversed(edges))] = 1.0
    return edges

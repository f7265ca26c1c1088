"""Balanced arms within groups: as many of each tier in every arm as its share says, to within one.

In   any table with an id and a stratum
Out  the same table with `arm`
Ref  Madow & Madow (1944), Annals of Mathematical Statistics 15(1), 1-24: systematic sampling

Within a stratum units stand in the order of their hash, unit r of n at (r + u) / n where u is the stratum's own hash.
The arm is where that point falls among the shares. So each arm has its share of each stratum to within one unit, every
unit has exactly the planned chance of every arm, and no stratum's remainder always falls to the same arm.

Who is in the table counts here: such a draw is frozen, and cannot be found again from an id alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.decisions.arms import checked_shares
from patron.decisions.hash_space import places

PARTS = 2**32  # a hash's first eight hex digits as an integer that every engine holds


def stratified_arms(
    units: ir.Table, *, salt: str, shares: Mapping[str, float], stratum: str = "stratum", by: str = "customer_id"
) -> ir.Table:
    """Add the column ``arm`` to `units`, balanced within each stratum.

    Parameters
    ----------
    units : Table, one row per unit
        With the columns `by` and `stratum` (strings).
    salt, shares, by
        As for `patron.decisions.arms.arms`.
    stratum : str
        The column within whose equal values arms are balanced; a missing value is a stratum of its own.

    Raises
    ------
    ArgumentError
        The shares cannot be, or the salt is empty.
    ContractError
        A column is missing, or not of type string.

    Examples
    --------
    >>> units = ibis.memtable({"customer_id": list("abcdef"), "stratum": ["x"] * 4 + ["y"] * 2})
    >>> drawn = stratified_arms(units, salt="spring", shares={"none": 0.5, "mail": 0.5})
    >>> counts = drawn.group_by("stratum", "arm").aggregate(n=drawn.count()).order_by("stratum", "arm")
    >>> counts.n.to_pyarrow().to_pylist()
    [2, 2, 1, 1]
    """
    checked_shares(shares)
    named = units.mutate(_group=ibis.coalesce(units[stratum], ibis.literal("")))
    placed = named.mutate(
        _place=places(named, salt=salt, by=by), _start=places(named, salt=f"{salt}:start", by="_group")
    )
    among = ibis.window(group_by="_group")
    ordered = ibis.window(group_by="_group", order_by=["_place", by])
    counted = placed.mutate(_row=ibis.row_number().over(ordered).cast("float64"), _many=placed.count().over(among))
    point = (counted._row + _fraction(counted._start)) / counted._many.cast("float64")
    reached, cases = 0.0, []
    names = list(shares)
    for arm in names[:-1]:
        reached += shares[arm]
        cases.append((point < ibis.literal(reached, "float64"), arm))
    drawn = counted.mutate(arm=ibis.cases(*cases, else_=names[-1]))
    return drawn.select(*units.columns, "arm")


def _fraction(digits: ir.StringValue) -> ir.FloatingValue:
    """Return hex digits as a number from 0 to below 1; digit by digit, as engines differ in reading hex."""
    alphabet = ibis.literal("0123456789abcdef")
    value = ibis.literal(0, "int64")
    for place in range(8):
        value = value * 16 + alphabet.find(digits.substr(place, 1)).cast("int64")
    return value.cast("float64") / ibis.literal(PARTS, "int64").cast("float64")

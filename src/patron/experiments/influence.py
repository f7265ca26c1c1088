"""How sure is a sum of claims about the same customers?

In   what each customer brought in each claim, and what each side's customer weighs in it
Out  the variance of any sum of claims: the squares of what each customer adds to the whole sum

A claim's total is ``n (mean of treated - mean of control)``. One customer moves it by her distance from her side's mean
times a weight, and who is in several claims moves them together. The variance of the sum is that of these joint moves,
so that nothing has to be said about which claims hang together.

Ref  Hampel (1974), The influence curve and its role in robust estimation, JASA 69, 383-393
     Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics, KDD (means over joint units)
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.experiments.claim_outcomes import Side

CENTS = "decimal(38, 2)"  # exact, so that the order of adding cannot matter
WEIGHTS = ibis.schema({"weighed": "string", "side": "int64", "weight": "float64", "mean": "float64"})
MIXED = ibis.schema({"sum": "string", "mixed": "string", "share": "float64"})


def side_weights(treated: int, control: int) -> tuple[float, float]:
    """Return what one customer of either side weighs in ``treated x (mean of treated - mean of control)``.

    The squares of weight x distance from the side's mean then sum to the unbiased variance of the claim.

    Examples
    --------
    >>> side_weights(2, 2)
    (1.4142135623730951, -1.4142135623730951)
    """
    return math.sqrt(treated / (treated - 1)), -treated / control * math.sqrt(control / (control - 1))


def claim_influence(outcomes: ir.Table, sides: Mapping[str, Mapping[bool, Side]]) -> ir.Table:
    """Return by how much each customer moves each claim: ``entry, customer_id, moved``.

    Parameters
    ----------
    outcomes : Table, one row per claim and customer
        As `claim_outcomes` returns them.
    sides : mapping
        Of each claim that is wanted, its two sides with two customers or more.
    """
    rows = []
    for entry, pair in sides.items():
        weights = side_weights(pair[True].n, pair[False].n)
        for treated, weight in zip((True, False), weights, strict=True):
            mean = pair[treated].mean("margin")
            rows.append({"weighed": entry, "side": int(treated), "weight": weight, "mean": mean})
    weighed = ibis.memtable(pa.Table.from_pylist(rows, schema=WEIGHTS.to_pyarrow()))
    both = outcomes.inner_join(weighed, [outcomes.entry == weighed.weighed, outcomes.treated == weighed.side])
    return both.select(
        "entry", "customer_id", moved=both.weight * (both.margin.cast("float64") - both["mean"]),
    )  # fmt: skip


def joint_variances(influence: ir.Table, sums: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the variance of each wanted sum of claims.

    Parameters
    ----------
    influence : Table, one row per entry and customer
        ``entry, customer_id, moved`` (money), of all entries that are wanted.
    sums : mapping
        By name, the entries in it and with which factor: 1 to add, -1 to take away, a share of 1 to count less.

    Notes
    -----
    One pass, whatever the number of sums: by sum and customer, then by sum.
    """
    rows = [
        {"sum": name, "mixed": entry, "share": float(share)}
        for name, parts in sums.items()
        for entry, share in parts.items()
    ]
    if not rows:
        return {}
    mixed = ibis.memtable(pa.Table.from_pylist(rows, schema=MIXED.to_pyarrow()))
    both = influence.inner_join(mixed, influence.entry == mixed.mixed)
    moves = both.select("sum", "customer_id", moved=(both.moved * both.share).round(2).cast(CENTS))
    people = moves.group_by("sum", "customer_id").aggregate(moved=moves.moved.sum().cast(CENTS))
    found = people.group_by("sum").aggregate(variance=(people.moved * people.moved).sum().cast("float64"))
    known = {row["sum"]: float(row["variance"]) for row in found.to_pyarrow().to_pylist()}
    return {name: known.get(name, 0.0) for name in sums}

"""By what are micro-segments cut, and where does each customer lie?

In   contracts.customer.MEMBERSHIPS  segmentations
     contracts.customer.PROFILES     all customers, and columns that name a kind of customer
Out  contracts.micro.MICRO_AXES      which axes are used, and why others are not
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts.micro import MICRO
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, listing

PROFILE_AXES = ("main_channel", "country", "acquisition_channel")
"""Columns of `profiles` that name a kind of customer."""

AXES = ("behaviour", "stage")
KNOWN_AXES = (*AXES, "past_tier", "rfm", "tier", "value_map", *PROFILE_AXES)
"""Everything that customers may be cut by, but segments of the project's own."""

MOST_AXES = 6

MOST_VALUES = 1_000
"""Of one axis; beyond it is a name and no kind: of ids, streets or campaigns none has enough customers to be tested."""

Row = dict[str, Any]


def look(memberships: ir.Table, profiles: ir.Table, axes: Sequence[str]) -> list[Row]:
    """Return one row of MICRO_AXES for each axis that is asked for.

    An axis without members, with one value, or with more than `MOST_VALUES` is not used, and its row says why.

    Raises
    ------
    ArgumentError
        No axes, too many, or one twice; or one is the micro-segments themselves.

    Notes
    -----
    Looks into the tables once.
    """
    check_axes(axes)
    wide = placed(memberships, profiles, axes)
    counts = {"customers": wide.count()}
    for number, column in enumerate(_columns(axes)):
        counts |= {f"known_{number}": wide[column].count(), f"values_{number}": wide[column].nunique()}
    found = wide.aggregate(**counts).to_pyarrow().to_pylist()[0]
    return [
        _row(axis, number, int(found[f"known_{number}"]), int(found[f"values_{number}"]), int(found["customers"]))
        for number, axis in enumerate(axes)
    ]


def used(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the axes that cells are cut by, in their order."""
    return tuple(row["axis"] for row in sorted(rows, key=lambda row: row["position"]) if row["used"])


def placed(memberships: ir.Table, profiles: ir.Table, axes: Sequence[str]) -> ir.Table:
    """Return each customer of `profiles` once, with her value on each axis as ``axis_0``, ``axis_1``, ...

    A customer without a membership, or without a value in the column, has null there.
    """
    segmentations = [axis for axis in axes if axis not in PROFILE_AXES]
    people = profiles.select("customer_id", **{axis: profiles[axis] for axis in axes if axis in PROFILE_AXES})
    if segmentations:
        inside = memberships.filter(memberships.segmentation.isin(segmentations))
        chosen = {
            axis: ibis.ifelse(inside.segmentation == axis, inside.segment, ibis.null("string")).max()
            for axis in segmentations
        }
        wide = inside.group_by(member=inside.customer_id).aggregate(**chosen)
        people = people.left_join(wide, [("customer_id", "member")])
    named = {column: people[axis].cast("string") for axis, column in zip(axes, _columns(axes), strict=True)}
    return people.select("customer_id", **named)


def check_axes(axes: Sequence[str]) -> None:
    """Refuse axes that cannot cut cells.

    Raises
    ------
    ArgumentError
        As for `look`.
    """
    if isinstance(axes, str) or not 1 <= len(axes) <= MOST_AXES or len(set(axes)) < len(axes):
        raise failure(ArgumentError, "micro.axes", came=listing([axes] if isinstance(axes, str) else axes),
                      most=MOST_AXES)  # fmt: skip
    if MICRO in axes:
        raise failure(ArgumentError, "micro.own_axis", came=MICRO)


def check_known(axis: str, known: Sequence[str]) -> None:
    """Refuse an axis that nothing is called.

    Raises
    ------
    ArgumentError
        `axis` is not in `known`.
    """
    if axis not in known:
        raise failure(ArgumentError, "micro.axis", came=axis, known=listing(known), hint=did_you_mean(axis, known))


def _columns(axes: Sequence[str]) -> list[str]:
    return [f"axis_{number}" for number in range(len(axes))]


def _row(axis: str, number: int, known: int, values: int, customers: int) -> Row:
    different = values + (known < customers)
    reason = None
    if not values:
        reason = "no_members"
    elif different == 1:
        reason = "one_value"
    elif different > MOST_VALUES:
        reason = "too_many_values"
    return {
        "axis": axis, "position": number + 1, "kind": "profile" if axis in PROFILE_AXES else "segmentation",
        "values": different if values else 0, "customers": known, "used": reason is None, "reason": reason,
    }  # fmt: skip

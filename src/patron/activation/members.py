"""Who is in a segment, and what does whoever receives the list want to know of them?

In   contracts.customer.MEMBERSHIPS, PROFILES, FORECASTS   of one run
Out  one row per customer of the segment
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.language import failure, listing, say

LIST_COLUMNS = ("customer_id", "segment", "days_since_last", "expected_orders", "predicted_value", "basis")
"""What a list says of a customer."""


@dataclass(frozen=True, kw_only=True)
class Members:
    """The customers of one segment in one run."""

    segmentation: str
    segment: str
    as_of: date
    run_id: str
    table: ir.Table  # LIST_COLUMNS, one row per customer

    @property
    def source(self) -> str:
        """The segment with its segmentation, as in ``rfm.champions``."""
        return f"{self.segmentation}.{self.segment}"


def members(
    memberships: ir.Table, profiles: ir.Table, forecasts: ir.Table, *, segment: str, as_of: date, run_id: str
) -> Members:
    """Return the members of `segment`.

    Parameters
    ----------
    memberships, profiles, forecasts : Table
        Of one run. Members without a forecast are kept, with nothing in its columns.
    segment : str
        ``"rfm.champions"``, or ``"champions"`` where only one segmentation has a segment of that name.
    as_of : date
        The run's day: what is counted as an effect begins the day after.
    run_id : str
        The run they come from.

    Raises
    ------
    ArgumentError
        There is no such segment, or more than one.

    Notes
    -----
    Looks into `memberships` once, for the names of the segments.
    """
    segmentation, name = _resolve(segment, _choices(memberships))
    chosen = memberships.filter((memberships.segmentation == segmentation) & (memberships.segment == name))
    known = chosen.select("customer_id", segment=chosen.segmentation + "." + chosen.segment)
    table = known.left_join(profiles.select("customer_id", "days_since_last"), "customer_id", rname="{name}_profile")
    table = table.left_join(
        forecasts.select("customer_id", "expected_orders", "predicted_value", "basis"),
        "customer_id", rname="{name}_forecast",
    )  # fmt: skip
    return Members(
        segmentation=segmentation, segment=name, as_of=as_of, run_id=run_id, table=table.select(*LIST_COLUMNS)
    )


def _choices(memberships: ir.Table) -> list[tuple[str, str]]:
    """Return every segmentation and segment that has a member."""
    pairs = memberships.select("segmentation", "segment").distinct().order_by("segmentation", "segment").to_pyarrow()
    return [(row["segmentation"], row["segment"]) for row in pairs.to_pylist()]


def _resolve(wanted: str, choices: list[tuple[str, str]]) -> tuple[str, str]:
    """Find the one segment that `wanted` names."""
    full = [pair for pair in choices if ".".join(pair) == wanted]
    found = full or [pair for pair in choices if pair[1] == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise failure(
            ArgumentError, "activation.segment_ambiguous", argument="segment", came=wanted,
            choices=listing(".".join(pair) for pair in found),
        )  # fmt: skip
    names = [".".join(pair) for pair in choices]
    near = get_close_matches(wanted, [*names, *(segment for _, segment in choices)], n=1)
    hint = say("errors.did_you_mean", choice=near[0]) if near else say("activation.choose_segment")
    raise failure(
        ArgumentError, "activation.segment_unknown", argument="segment", came=wanted, hint=hint, choices=listing(names)
    )

"""Who is in a segment, or in several at once, and what does whoever receives the list want to know of them?

In   contracts.customer.MEMBERSHIPS, PROFILES, FORECASTS   of one run
Out  one row per customer of the segment
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import reduce
from operator import or_
from typing import Literal

import ibis
import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.language import failure, listing, say
from patron.privacy import Guard

BOTH = "+"
"""Between segments: a customer has to be in each of them. No segment's name holds it."""

Unit = Literal["customer", "household"]

LIST_COLUMNS = ("customer_id", "segment", "days_since_last", "expected_orders", "predicted_value", "basis")
"""What a list says of a customer."""


@dataclass(frozen=True, kw_only=True)
class Members:
    """The customers of one segment in one run, or of the overlap of several."""

    segmentation: str  # several are joined by +, in the order asked for
    segment: str  # as many as segmentations
    as_of: date
    run_id: str
    table: ir.Table  # LIST_COLUMNS and household_id, one row per customer
    guard: Guard | None = None  # what people allow, as it is known today; none where nobody said anything
    unit: Unit = "customer"  # what is drawn: with household, all of a household are in one arm
    export_key: bytes | None = None  # with it, the list holds pseudonyms instead of ids
    channel: str | None = None  # how they are to be reached; none asks for every channel to be open
    columns: tuple[str, ...] = LIST_COLUMNS  # what the list says of each
    hidden: tuple[str, ...] = ("customer_id",)  # the columns in which it holds pseudonyms, with an export_key

    @property
    def source(self) -> str:
        """The segment with its segmentation, as in ``rfm.champions`` or ``past_tier.gold+rfm.at_risk``."""
        pairs = zip(self.segmentation.split(BOTH), self.segment.split(BOTH), strict=True)
        return BOTH.join(".".join(pair) for pair in pairs)


def members(
    memberships: ir.Table, profiles: ir.Table, forecasts: ir.Table, *, segment: str, as_of: date, run_id: str
) -> Members:
    """Return the members of `segment`.

    Parameters
    ----------
    memberships, profiles, forecasts : Table
        Of one run. Members without a forecast are kept, with nothing in its columns.
    segment : str
        ``"rfm.champions"``, or ``"champions"`` where only one segmentation has a segment of that name;
        ``"past_tier.gold+rfm.at_risk"`` for those who are in both.
    as_of : date
        The run's day: what is counted as an effect begins the day after.
    run_id : str
        The run they come from.

    Raises
    ------
    ArgumentError
        There is no such segment, or more than one of that name.

    Notes
    -----
    Looks into `memberships` once, for the names of the segments.
    """
    choices = _choices(memberships)
    pairs = [_resolve(part.strip(), choices) for part in segment.split(BOTH)]
    segmentations, names = (BOTH.join(part) for part in zip(*pairs, strict=True))
    found = Members(segmentation=segmentations, segment=names, as_of=as_of, run_id=run_id, table=memberships)
    known = _in_all(memberships, pairs).mutate(segment=ibis.literal(found.source))
    about = profiles.select("customer_id", "days_since_last", "household_id")
    table = known.left_join(about, "customer_id", rname="{name}_profile")
    table = table.left_join(
        forecasts.select("customer_id", "expected_orders", "predicted_value", "basis"),
        "customer_id", rname="{name}_forecast",
    )  # fmt: skip
    home = ibis.coalesce(table.household_id, table.customer_id)
    return replace(found, table=table.select(*LIST_COLUMNS, household_id=home))


def _in_all(memberships: ir.Table, pairs: Sequence[tuple[str, str]]) -> ir.Table:
    """Return the customers that are in every one of the segments, one row each."""
    wanted = [(memberships.segmentation == outer) & (memberships.segment == name) for outer, name in set(pairs)]
    chosen = memberships.filter(reduce(or_, wanted))
    counted = chosen.group_by("customer_id").aggregate(times=chosen.count())
    return counted.filter(counted.times == len(wanted)).select("customer_id")


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

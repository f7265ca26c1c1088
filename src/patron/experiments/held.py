"""Who is held out of everything, or of one programme, and since when?

In   contracts.customer.PROFILES, the hold-outs as they were recorded
Out  contracts.experiment.ASSIGNMENTS     one experiment a hold-out, everybody in one of its two arms

A hold-out is read from the day on which its share was last changed, for both arms alike. Who was moved into it that day
could be treated before, and is marked as contaminated. Who came to be known later counts from her first day on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.experiment import ASSIGNMENTS
from patron.decisions.hash_space import digits, places
from patron.engines.constant import constant
from patron.engines.holdout_state import HeldSince


def standing_holdouts(recorded: Sequence[HeldSince], *, as_of: date) -> dict[str, tuple[HeldSince, HeldSince | None]]:
    """Return each hold-out that holds on a day, with what it was before its last change.

    Parameters
    ----------
    recorded : sequence of HeldSince
        In the order of the days.
    as_of : date
        The last day we may know about.
    """
    known: dict[str, list[HeldSince]] = {}
    for one in recorded:
        if one.since <= as_of:
            known.setdefault(one.name, []).append(one)
    found = {name: (steps[-1], steps[-2] if len(steps) > 1 else None) for name, steps in known.items()}
    return {name: pair for name, pair in found.items() if pair[0].share > 0}


def held(
    profiles: ir.Table, holdouts: Mapping[str, tuple[HeldSince, HeldSince | None]], *, narrower: bool = True
) -> ir.Table:
    """Return the arms of all customers in each hold-out.

    Parameters
    ----------
    profiles : Table, one row per customer
        Columns ``customer_id, first_order_on``.
    holdouts : mapping of name to HeldSince and what it was before
        From `standing_holdouts`.
    narrower : bool
        Take those whom the global hold-out holds out of the others': nothing was sent to them in either arm.

    Returns
    -------
    Table, one row per customer and hold-out
        contracts.experiment.ASSIGNMENTS.
    """
    widest = holdouts.get("global")
    parts = []
    for name, (now, before) in holdouts.items():
        people = profiles
        if narrower and widest and name != "global":
            people = profiles.filter(places(profiles, salt=widest[0].salt) >= digits(widest[0].share))
        parts.append(_arms(people, now, before))
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else ASSIGNMENTS.empty()


def _arms(people: ir.Table, now: HeldSince, before: HeldSince | None) -> ir.Table:
    place = places(people, salt=now.salt)
    control = place < digits(now.share)
    moved = control & (place >= digits(before.share)) if before and before.share > 0 else ibis.literal(False)
    since = ibis.literal(now.since)
    return ASSIGNMENTS.shape(
        people.select(
            "customer_id", experiment=ibis.literal(now.name), arm=ibis.ifelse(control, "control", "treated"),
            segment=ibis.literal("all.all"),
            assigned_on=ibis.greatest(ibis.coalesce(people.first_order_on, since), since),
            purpose=ibis.literal("marketing"), unit=ibis.null("int64"),
            propensity=ibis.ifelse(control, constant(now.share), constant(1.0 - now.share)),
            stratum=ibis.null("string"), contaminated=moved,
        )
    )  # fmt: skip

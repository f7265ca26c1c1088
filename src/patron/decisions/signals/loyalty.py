"""Signals of the loyalty programme; in a shop without one, of the tiers by what customers have brought."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import fires, later
from patron.decisions.signals.known import Known
from patron.engines.constant import constant

NEAR = 1.1
"""Points of the tier's floor, at most, with which the tier is about to be lost."""

FLOOR = 0.05
"""Quantile of the points of a tier's holders that counts as its floor: a few were let in with less."""


def tier_reached(known: Known) -> ir.Table:
    """Find who has come into a higher tier."""
    if known.present.lacks("loyalty"):
        return _risen(known)
    now = _standing(known)
    up = now.filter(now.height > now.height_before)
    up = known.with_people(up, "ahead")
    return fires(up, fired_on=up.dated, strength=1.0, value=up.ahead, facts={"tier": up.tier})


def tier_at_risk(known: Known) -> ir.Table:
    """Find who is about to lose her tier: her points fall and are hardly above its floor."""
    if known.present.lacks("loyalty"):
        return _sinking(known)
    now = _standing(known)
    near = (now.points < now.points_before) & (now.points <= now.floor * constant(NEAR)) & (now.height > now.lowest)
    low = known.with_people(now.filter(near), "ahead")
    strength = constant(1.0) - (low.points - low.floor) / (low.floor * constant(NEAR - 1.0)).nullif(constant(0.0))
    return fires(
        low, fired_on=low.dated, strength=strength, value=low.ahead,
        facts={"tier": low.tier, "points": low.points.round().cast("int64"), "floor": low.floor.round().cast("int64")},
    )  # fmt: skip


def _standing(known: Known) -> ir.Table:
    """Return each customer's last standing beside the one before; a tier is the higher the more points it goes with."""
    rows = known.dated("loyalty", "dated")
    rows = rows.filter(rows.tier.notnull())
    tiers = rows.group_by("tier").aggregate(height=rows.points.median(), floor=rows.points.quantile(FLOOR))
    tiers = tiers.filter(tiers.height.notnull())
    tiers = tiers.mutate(lowest=tiers.height.min().over(ibis.window()))
    held = rows.inner_join(tiers, "tier")
    own = ibis.window(group_by="customer_id", order_by=[held.dated, held.points, held.tier])
    told = held.mutate(height_before=held.height.lag().over(own), points_before=held.points.lag().over(own))
    latest = ibis.window(group_by="customer_id", order_by=[told.dated.desc(), told.points.desc(), told.tier])
    return told.mutate(nth=ibis.row_number().over(latest)).filter(lambda t: t.nth == 0)


def _risen(known: Known) -> ir.Table:
    people = known.people.filter(known.people.tier < known.people.tier_before)
    return fires(
        people, fired_on=people.last_order_on, strength=1.0, value=people.ahead,
        facts={"tier": _name(known, people.tier)},
    )  # fmt: skip


def _sinking(known: Known) -> ir.Table:
    """Return who is late, and expected to bring less than her tier does."""
    people = known.people.filter((known.people.tier_ahead > known.people.tier) & ~known.people.lapsed)
    people = people.filter(people.expected_interval_days.notnull())
    late = people.expected_interval_days.floor().cast("int64") + 1
    return fires(
        people, fired_on=later(people.last_order_on, late),
        strength=constant(1.0) - people.alive, value=people.ahead, facts={"tier": _name(known, people.tier)},
    )  # fmt: skip


def _name(known: Known, place: ir.Value) -> ir.StringValue:
    return ibis.cases(
        *((place == n, ibis.literal(tier)) for n, tier in enumerate(known.tiers)), else_=ibis.null("string")
    )

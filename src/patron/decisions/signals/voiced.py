"""Signals of what customers said: answers to surveys, reviews, recommendations, mentions."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import clear, fires
from patron.decisions.signals.known import Known
from patron.engines.constant import constant
from patron.profile.known import day_of


def nps_detractor(known: Known) -> ir.Table:
    """Find who would not recommend the shop: at most 6 of 10. The lower, the stronger."""
    return _answered(known, "detractor", lambda score: constant(1.0) - score / constant(10.0))


def nps_promoter(known: Known) -> ir.Table:
    """Find who would recommend the shop: 9 or 10 of 10."""
    return _answered(known, "promoter", lambda score: score / constant(10.0))


def referral_made(known: Known) -> ir.Table:
    """Find who has recommended the shop to somebody."""
    days = known.fresh["referral_made"]
    made = known.dated("referrals", "referred_on", days=days)
    won = (made.converted_on <= known.since(0)).fill_null(False)
    who = ibis.ifelse(won, made.referred_id, ibis.null("string"))
    own = made.mutate(who=ibis.coalesce(who, ibis.literal("")), won=won.cast("int64"))
    own = own.group_by("customer_id", "who").aggregate(on=own.referred_on.max(), won=own.won.max())
    return fires(own, fired_on=own["on"], subject=own.who, strength=1.0, facts={"won": own.won})


def social_mention(known: Known) -> ir.Table:
    """Find who has shared something of the shop, or mentioned it."""
    days = known.fresh["social_mention"]
    shared = known.events("shared", days=days)
    own = shared.group_by("customer_id").aggregate(at=shared.occurred_at.max(), times=shared.count().cast("int64"))
    return fires(
        own, fired_on=day_of(own["at"]), strength=clear(own.times),
        facts={"times": own.times},
    )  # fmt: skip


def review_given(known: Known) -> ir.Table:
    """Find who has written a review; the strength is how good it is."""
    days = known.fresh["review_given"]
    written = known.dated("reviews", "reviewed_at", days=days)
    told = written.mutate(subject=ibis.coalesce(written.product_id, ibis.literal("")))
    latest = ibis.window(group_by=["customer_id", "subject"], order_by=[told.reviewed_at.desc(), told.review_id])
    last = told.mutate(nth=ibis.row_number().over(latest)).filter(lambda t: t.nth == 0)
    return fires(
        last, fired_on=day_of(last.reviewed_at), subject=last.subject,
        strength=(last.rating - constant(1.0)) / constant(4.0), facts={"rating": last.rating.round().cast("int64")},
    )  # fmt: skip


def _answered(known: Known, group: str, strength: Callable[[ir.FloatingValue], ir.FloatingValue]) -> ir.Table:
    people = known.people.filter(known.people.nps_group == group)
    return fires(
        people, fired_on=people.nps_on, strength=strength(people.nps_score), value=people.ahead,
        facts={"score": people.nps_score.round().cast("int64")},
    )  # fmt: skip

"""Signals of customers who are about to leave, or have left: measured by their own rhythm, never by fixed days."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import fires, later, share
from patron.decisions.signals.known import Known
from patron.engines.constant import constant

QUIET = 1.25
"""Expected intervals of silence after which a customer of the best tier counts as quiet: before she is at risk."""

LEAST_PERIOD = 28
"""Days of a subscription's period from which its renewals are told; shorter ones would fire all the time."""


def lapse_risk(known: Known) -> ir.Table:
    """Find who has come into the stage of those who are at risk."""
    return _entered(known, "at_risk")


def win_back(known: Known) -> ir.Table:
    """Find who has come into the stage of those who have lapsed."""
    return _entered(known, "lapsed")


def high_value_quiet(known: Known) -> ir.Table:
    """Find who is of the best tiers and silent for longer than her rhythm, but not at risk yet."""
    people = known.people
    best = people.filter((people.tier <= known.best) & people.expected_interval_days.notnull())
    best = best.filter(best.stage.notin(["at_risk", "lapsed"]))
    quiet = (best.expected_interval_days * constant(QUIET)).floor().cast("int64") + 1
    return fires(
        best, fired_on=later(best.last_order_on, quiet),
        strength=constant(1.0) - best.alive, value=best.ahead,
        facts={"last": best.last_order_on, "usual": best.expected_interval_days.round().cast("int64")},
    )  # fmt: skip


def household_lapsing(known: Known) -> ir.Table:
    """Find who orders while somebody else of her household is at risk."""
    days = known.fresh["household_lapsing"]
    people = known.people.filter(known.people.household_members > 1)
    late = people.filter((people.stage == "at_risk") & (people.since >= known.since(days)))
    late = late.select(
        member="customer_id", home="household_id", came="since", lost="ahead", risk=constant(1.0) - late.alive,
    )  # fmt: skip
    well = people.filter(people.last_order_on.notnull() & people.stage.notin(["at_risk", "lapsed", "prospect"]))
    both = well.inner_join(late, well.household_id == late.home)
    return fires(
        both, fired_on=both.came, subject=both.member, strength=both.risk,
        value=both.lost, facts={"members": both.household_members},
    )  # fmt: skip


def subscription_ending(known: Known) -> ir.Table:
    """Find whose paid period ends soon; the strength is how often subscriptions to the plan end with one."""
    days = known.fresh["subscription_ending"]
    runs = known.dated("subscriptions", "started_on")
    runs = runs.filter((runs.ended_on.isnull() | (runs.ended_on > known.since(0))) & (runs.period_days >= LEAST_PERIOD))
    period = runs.period_days.cast("float64")
    run = known.since(0).delta(runs.started_on, unit="day").cast("float64")
    renewed = later(runs.started_on, ((run / period).floor().cast("int64") + 1) * runs.period_days)
    lead = ibis.least((period / constant(4.0)).floor().cast("int64"), ibis.literal(days, type="int64"))
    ending = runs.mutate(renewed=renewed, begins=later(renewed, ibis.literal(0, type="int64") - lead))
    ending = ending.inner_join(_ended(known), ending["plan"].fill_null("") == _ended(known).of_plan)
    return fires(
        ending, fired_on=ending.begins, until=ending.renewed,
        subject=ending.subscription_id, strength=ending.ends, value=ending.amount,
        facts={"plan": ending["plan"], "renewed": ending.renewed},
    )  # fmt: skip


def _ended(known: Known) -> ir.Table:
    """Return how often subscriptions to each plan ended when a period did."""
    every = known.dated("subscriptions", "started_on")
    ended = every.ended_on.notnull() & (every.ended_on <= known.since(0))
    until = ibis.ifelse(ended, every.ended_on, known.since(0))
    counted = every.select(
        of_plan=every["plan"].fill_null(""), ended=ended.cast("int64"),
        periods=(until.delta(every.started_on, unit="day") / every.period_days.cast("float64")).floor().cast("int64"),
    )  # fmt: skip
    plans = counted.group_by("of_plan").aggregate(ended=counted.ended.sum(), periods=counted.periods.sum())
    return plans.select("of_plan", ends=share(plans.ended, plans.periods + plans.ended))


def _entered(known: Known, stage: str) -> ir.Table:
    people = known.people.filter(known.people.stage == stage)
    return fires(
        people, fired_on=people.since, strength=constant(1.0) - people.alive,
        value=people.ahead,
        facts={"last": people.last_order_on, "usual": people.expected_interval_days.round().cast("int64")},
    )  # fmt: skip

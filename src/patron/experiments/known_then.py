"""What was known of a customer on the day on which she was put into an experiment, and not a day later?

In   raw_order_lines by customer; who was drawn (`units.drawn`); forecasts and memberships of the last run of that day
Out  one row per experiment and customer: covariates (`past_*`) and segments

Sales and returns count on their own days here, so a return after the assignment of something bought before does not
reach back: what the experiment did to returns would else be taken for a difference between customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.experiments.acts import WIDE, summed
from patron.profile.known import day_of

WINDOW_DAYS = 365
"""How far back spend and purchases are counted."""

VALUE_TIERS = ("top", "middle", "bottom", "new")
"""By spend of the `WINDOW_DAYS` before: the best 20 % of all who had bought, the next 30 %, the others; and who had not
bought at all. The first two end where gold and silver, and bronze, end by default."""

TOP, MIDDLE = 0.8, 0.5
"""The shares of customers who spent less."""

NO_CHANNEL = "none"


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """What the last run of a day on or before the assignment knew: its forecasts and its memberships."""

    as_of: date
    forecasts: ir.Table
    memberships: ir.Table


def bought(lines: ir.Table) -> ir.Table:
    """Return what each customer bought and sent back on each day by each channel, each on its own day.

    Parameters
    ----------
    lines : Table, one row per line
        raw_order_lines by customer: ``customer_id, ordered_at, kind, amount, discount, channel``.

    Returns
    -------
    Table, one row per customer, day and channel
        ``customer_id, day, channel, spend`` (money), ``purchases`` (1 where anything was sold, else 0).
    """
    goods = lines.filter(lines.kind != "adjustment")
    dated = goods.mutate(day=day_of(goods.ordered_at), channel=goods.channel.fill_null(NO_CHANNEL))
    return dated.group_by("customer_id", "day", "channel").aggregate(
        spend=(dated.amount - dated.discount).sum().cast(WIDE),
        purchases=(dated.kind == "sale").any().ifelse(1, 0).cast("int64"),
    )


def known_then(
    drawn: ir.Table, bought: ir.Table, started: Mapping[str, date], foretold: Mapping[str, Foretold] | None = None
) -> ir.Table:
    """Return covariates and segments of everyone who was drawn, as of the day of assignment.

    Parameters
    ----------
    drawn : Table, one row per experiment and customer
        ``experiment, customer_id, assigned_on``.
    bought : Table, one row per customer, day and channel
        As `bought` makes it.
    started : mapping of experiment to day
        Tiers are cut by all customers of the shop as of that day.
    foretold : mapping of experiment to Foretold, optional
        Where a run of the day is known; its ids are those of `drawn`.

    Returns
    -------
    Table, one row per experiment and customer
        ``past_spend, past_purchases`` over the `WINDOW_DAYS` up to the assignment, ``past_value`` the value that was
        predicted (0 where it was not); ``value_tier`` (the number of one of `VALUE_TIERS`, from 0), ``channel`` (of
        most purchases, the first by name when equal), ``tier`` and ``rfm`` where a run knew them.
    """
    before = _before(drawn, bought)
    ends = _ends(bought, started)
    who = drawn.select("experiment", "customer_id").left_join(before, ["experiment", "customer_id"], rname="{name}_b")
    who = who.left_join(_channels(drawn, bought), ["experiment", "customer_id"], rname="{name}_c")
    who = who.left_join(ends, "experiment", rname="{name}_e")
    spend = who.past_spend.cast("float64").fill_null(0.0)
    tier = ibis.cases(
        (who.past_spend.isnull(), 3), ((spend > 0) & (spend >= who.top), 0), ((spend > 0) & (spend >= who.middle), 1),
        else_=2,
    )  # fmt: skip
    told = who.select(
        "experiment", "customer_id", past_spend=spend, past_purchases=who.past_purchases.fill_null(0),
        value_tier=tier.cast("int64"), channel=who.channel.fill_null(NO_CHANNEL),
    )  # fmt: skip
    return _foretold(told, foretold or {})


def _before(drawn: ir.Table, bought: ir.Table) -> ir.Table:
    """Return what each had bought: over the window, and no row of whoever had not bought at all."""
    past = drawn.inner_join(bought, ["customer_id", bought.day <= drawn.assigned_on])
    inside = past.assigned_on.delta(past.day, unit="day") < WINDOW_DAYS
    return past.group_by("experiment", "customer_id").aggregate(
        past_spend=inside.ifelse(past.spend, 0).sum().cast(WIDE),
        past_purchases=summed(inside.ifelse(past.purchases, 0), "int64"),
    )


def _ends(bought: ir.Table, started: Mapping[str, date]) -> ir.Table:
    """Return the lower ends of the tiers of each experiment, from all customers of the shop as of its first day."""
    days = ibis.memtable({"experiment": list(started), "started_on": list(started.values())})
    first = days.select("started_on").distinct()
    past = first.inner_join(bought, [bought.day <= first.started_on])
    inside = past.started_on.delta(past.day, unit="day") < WINDOW_DAYS
    each = past.group_by("started_on", "customer_id").aggregate(
        spend=inside.ifelse(past.spend, 0).sum().cast("float64")
    )
    cut = each.group_by("started_on").aggregate(top=each.spend.quantile(TOP), middle=each.spend.quantile(MIDDLE))
    return days.left_join(cut, "started_on").select("experiment", "top", "middle")


def _channels(drawn: ir.Table, bought: ir.Table) -> ir.Table:
    """Return the channel of most purchases up to the assignment."""
    past = drawn.inner_join(bought, ["customer_id", bought.day <= drawn.assigned_on])
    many = past.group_by("experiment", "customer_id", "channel").aggregate(times=past.purchases.sum())
    first = ibis.window(group_by=["experiment", "customer_id"], order_by=[many.times.desc(), many.channel])
    return many.mutate(place=ibis.row_number().over(first)).filter(ibis._.place == 0).drop("place", "times")


def _foretold(told: ir.Table, foretold: Mapping[str, Foretold]) -> ir.Table:
    """Add what runs of the day knew."""
    if not foretold:
        return told
    parts = [_of_run(name, run) for name, run in sorted(foretold.items())]
    known = ibis.union(*parts) if len(parts) > 1 else parts[0]
    both = told.left_join(known, ["experiment", "customer_id"], rname="{name}_known")
    return both.select(*told.columns, past_value=both.predicted_value.fill_null(0.0), tier=both.tier, rfm=both.rfm)


def _of_run(experiment: str, run: Foretold) -> ir.Table:
    members = run.memberships.filter(run.memberships.segmentation.isin(("tier", "rfm")))
    named = members.group_by("customer_id").aggregate(
        tier=members.segment.max(where=members.segmentation == "tier"),
        rfm=members.segment.max(where=members.segmentation == "rfm"),
    )
    values = run.forecasts.group_by("customer_id").aggregate(predicted_value=run.forecasts.predicted_value.sum())
    both = values.outer_join(named, "customer_id")
    return both.select(
        experiment=ibis.literal(experiment), customer_id=ibis.coalesce(both.customer_id, both.customer_id_right),
        predicted_value=both.predicted_value, tier=both.tier, rfm=both.rfm,
    )  # fmt: skip

"""Signals of what was to be put right."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import fires
from patron.decisions.signals.known import Known
from patron.engines.constant import constant
from patron.profile.known import day_of


def return_made(known: Known) -> ir.Table:
    """Find who has sent something back."""
    days = known.fresh["return_made"]
    lines = known.dated("order_lines", "ordered_at", days=days)
    back = lines.filter(lines.reverses.notnull())
    back = back.mutate(subject=ibis.coalesce(back.product_id, ibis.literal("")))
    own = back.group_by("customer_id", "subject").aggregate(
        at=back.ordered_at.max(), product=back.product_name.max(), amount=(back.discount - back.amount).sum()
    )
    return fires(
        own, fired_on=day_of(own["at"]), subject=own.subject, strength=1.0,
        value=own.amount, facts={"product": own.product},
    )  # fmt: skip


def case_resolved(known: Known) -> ir.Table:
    """Find whose last ticket was closed, with no other open; the strength is how content she was."""
    days = known.fresh["case_resolved"]
    tickets = known.dated("tickets", "opened_at")
    closed_on = ibis.ifelse(day_of(tickets.closed_at) <= known.since(0), tickets.closed_at, ibis.null("timestamp(6)"))
    told = tickets.mutate(closed_on=closed_on)
    own = told.group_by("customer_id").aggregate(
        at=told.closed_on.max(), open=told.closed_on.isnull().cast("int64").sum(), topic=told.topic.max(),
        content=ibis.ifelse(day_of(told.closed_on) >= known.since(days), told.satisfaction, ibis.null("float64")).min(),
    )  # fmt: skip
    done = own.filter(own["open"] == 0)
    return fires(
        done, fired_on=day_of(done["at"]),
        strength=(done.content - constant(1.0)) / constant(4.0), facts={"topic": done.topic},
    )  # fmt: skip

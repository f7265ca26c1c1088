"""Signals of how customers are reached: messages that tire them, and another way of ordering."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import fires, share
from patron.decisions.signals.known import Known
from patron.engines.constant import constant
from patron.profile.known import day_of

EARLIER = 180
"""For how many days messages are looked at in all."""

LEAST, LEAST_RATE = 4, 0.15
"""Messages lately, and before, from which tiredness is told; share of those before that she heeded, at least."""

BEFORE = 3
"""Earlier orders by other channels from which a change of the channel is told."""


def fatigue(known: Known) -> ir.Table:
    """Find who used to open messages and opened none of late; the strength is how unlikely chance is to do that."""
    days = known.fresh["fatigue"]
    sent = known.dated("messages", "sent_at", days=EARLIER)
    heeded = ibis.coalesce(sent.opened_at, sent.clicked_at)
    told = sent.select(
        "customer_id", "sent_at", late=day_of(sent.sent_at) > known.since(days),
        heeded=(day_of(heeded) <= known.since(0)).fill_null(False),
    )  # fmt: skip

    def count(which: ir.BooleanValue) -> ir.Value:
        return which.cast("int64").sum().cast("int64")

    own = told.group_by("customer_id").aggregate(
        at=told.sent_at.max(), sent=count(told.late), heeded=count(told.late & told.heeded),
        sent_before=count(~told.late), heeded_before=count(~told.late & told.heeded),
    )  # fmt: skip
    tired = own.filter((own.sent >= LEAST) & (own.sent_before >= LEAST) & (own.heeded == 0))
    tired = tired.filter(share(tired.heeded_before, tired.sent_before) >= constant(LEAST_RATE))
    rate = share(tired.heeded_before + 1, tired.sent_before + 2)
    chance = (constant(1.0) - rate) ** tired.sent.cast("float64")
    return fires(
        tired, fired_on=day_of(tired["at"]), strength=constant(1.0) - chance,
        facts={"sent": tired.sent, "before": tired.sent_before, "heeded": tired.heeded_before},
    )  # fmt: skip


def channel_changed(known: Known) -> ir.Table:
    """Find whose last two orders came by a channel by which none of the three and more before did."""
    people = known.people.filter((known.people.channel_again == 1) & (known.people.channel_before == 0))
    moved = people.filter(people.channels_before >= BEFORE)
    return fires(
        moved, fired_on=moved.last_order_on,
        strength=constant(1.0) - constant(1.0) / (moved.channels_before.cast("float64") + constant(1.0)),
        value=moved.ahead, facts={"channel": moved.channel, "before": moved.other_channel},
    )  # fmt: skip

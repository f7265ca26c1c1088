"""What was not sent because of what was sent?

What a message displaces is what its absence would have let through: the best of those that wait for the same customer
because of it. It is the difference that it makes to the others, which is what a bidder pays in the auction of Vickrey,
Clarke and Groves. What several messages displace together is less than the sum: the same message waits behind all.

Ref  Clarke (1971), Multipart pricing of public goods, Public Choice 11, 17-33
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.decision import ATTENTION, DECISION_REASONS

BEHIND = ("outbid", "group_today", "channel_budget")


def displaced(decided: ir.Table, used: ir.Table | None) -> ir.Table:
    """Return contracts.decision.ATTENTION.

    Parameters
    ----------
    decided : Table
        What `bidding` returns.
    used : Table, optional
        The contacts of the window: contracts.decision.CONTACTS.
    """
    parts = [_of_triggers(decided)]
    if used is not None:
        parts.append(_sent_before(decided, used))
    return ATTENTION.shape(ibis.union(*parts) if len(parts) > 1 else parts[0])


def reasons(decided: ir.Table) -> ir.Table:
    """Return contracts.decision.DECISION_REASONS: how many messages had which outcome, and why."""
    named = decided.mutate(why=decided.reason.fill_null("none"))
    return DECISION_REASONS.shape(
        named.group_by("outcome", reason=named.why).aggregate(
            messages=named.count().cast("int64"), customers=named.customer_id.nunique(),
            gain=_money(named.value - named.cost).fill_null(0.0),
        )
    )  # fmt: skip


def _of_triggers(decided: ir.Table) -> ir.Table:
    waiting = decided.filter(decided.reason.isin(BEHIND) & (decided.bid > 0))
    same = waiting.reason == "channel_budget"
    group = waiting.reason == "group_today"
    behind = waiting.group_by("customer_id").aggregate(
        _outbid=waiting.bid.max(where=waiting.reason == "outbid"),
        _channelled=waiting.bid.max(where=same), _channel=waiting.channel.argmax(waiting.bid, where=same),
        _grouped=waiting.bid.max(where=group), _group=waiting.exclusive.argmax(waiting.bid, where=group),
    ).rename(_who="customer_id")  # fmt: skip
    joined = decided.left_join(behind, [("customer_id", "_who")])
    sent = (joined.outcome == "sent") & joined.bid.notnull()
    nothing = ibis.null("float64")
    best = ibis.greatest(
        joined["_outbid"].fill_null(0),
        ibis.ifelse(joined["_channel"] == joined.channel, joined["_channelled"], nothing).fill_null(0),
        ibis.ifelse(joined["_group"] == joined.exclusive, joined["_grouped"], nothing).fill_null(0),
    )
    told = joined.mutate(_lost=ibis.ifelse(sent, best, 0.0), _sent=joined.outcome == "sent")
    return told.group_by(name=told.trigger).aggregate(
        customers=told.customer_id.nunique(),
        sent=_many(told["_sent"]), queued=_many(told.outcome == "queued"),
        refused=_many(told.outcome.isin(["refused", "expired"])), held_out=_many(told.outcome == "held_out"),
        bids=_money(told.bid, where=told["_sent"]), fatigue_cost=_money(told.fatigue_cost, where=told["_sent"]),
        displaced=_many(told["_lost"] > 0), displaced_value=_money(told["_lost"]).fill_null(0.0),
    ).mutate(part=ibis.literal("trigger"))  # fmt: skip


def _sent_before(decided: ir.Table, used: ir.Table) -> ir.Table:
    """Return what the messages of the window keep from being sent today."""
    waiting = decided.filter((decided.reason == "contact_budget") & (decided.bid > 0))
    blocked = waiting.group_by("customer_id").aggregate(_best=waiting.bid.max()).rename(_who="customer_id")
    joined = used.left_join(blocked, [("customer_id", "_who")])
    none = ibis.null("float64")
    zero = ibis.literal(0, "int64")
    first = ibis.row_number().over(ibis.window(group_by=[joined.customer_id, joined.campaign], order_by=joined.sent_on))
    told = joined.mutate(_first=first == 0)
    lost = ibis.ifelse(told["_first"], told["_best"], none).fill_null(0.0)
    told = told.mutate(_lost=lost)
    return told.group_by(name=told.campaign).aggregate(
        customers=told.customer_id.nunique(), sent=told.messages.sum().cast("decimal(38, 0)").cast("int64"),
        queued=zero, refused=zero, held_out=zero, bids=none, fatigue_cost=none,
        displaced=_many(told["_lost"] > 0), displaced_value=_money(told["_lost"]).fill_null(0.0),
    ).mutate(part=ibis.literal("sent_before"))  # fmt: skip


def _many(told: ir.BooleanValue) -> ir.IntegerValue:
    return ibis.ifelse(told.fill_null(False), 1, 0).sum().cast("decimal(38, 0)").cast("int64")


def _money(amount: ir.NumericValue, *, where: ir.BooleanValue | None = None) -> ir.FloatingValue:
    """Add money up to the cent's hundredth, so that the sum does not depend on the order of the rows."""
    return amount.round(4).cast("decimal(18, 4)").sum(where=where).cast("decimal(38, 4)").cast("float64")

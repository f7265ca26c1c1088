"""What speaks against a message: one small table for each thing that may, on the grain on which it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_people import CHANNELS
from patron.decisions.eligibility.circumstances import Circumstances
from patron.decisions.eligibility.rules import ContactRules
from patron.privacy import Guard
from patron.privacy.policy import CONTACT
from patron.privacy.purpose import EVERY, purpose_of
from patron.profile.known import day_of, known_by

AT_HOME = ("paused", "sensitive", "open_case", "cool_down")


def of_customers(known: Circumstances, rules: ContactRules, *, as_of: date) -> ir.Table | None:
    """Return ``customer_id`` and a 1 or 0 in each of `AT_HOME`; None where nothing is known of anybody."""
    parts = []
    if known.sensitive is not None:
        parts.append(known.sensitive.select("customer_id", fact=ibis.literal("sensitive")))
    if known.paused is not None:
        parts.append(known.paused.select("customer_id", fact=ibis.literal("paused")))
    if known.tickets is not None:
        parts += _cases(known_by(known.tickets, as_of=as_of, column="opened_at"), rules, as_of)
    if not parts:
        return None
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return every.group_by("customer_id").aggregate(
        **{name: ibis.ifelse(every.fact == name, 1, 0).max() for name in AT_HOME}
    )


def _cases(tickets: ir.Table, rules: ContactRules, as_of: date) -> list[ir.Table]:
    """Return who has an open case, and who complained or was answered lately."""
    closed = day_of(tickets.closed_at)
    still = tickets.filter(tickets.closed_at.isnull() | (closed > ibis.literal(as_of)))
    since = ibis.literal(as_of - timedelta(days=rules.cool_down_days))
    complaint = tickets.topic.isin(rules.complaints) & (day_of(tickets.opened_at) > since)
    answered = (closed <= ibis.literal(as_of)) & (closed > since)
    cooling = tickets.filter((complaint | answered).fill_null(False))
    return [
        still.select("customer_id", fact=ibis.literal("open_case")),
        cooling.select("customer_id", fact=ibis.literal("cool_down")),
    ]


def of_channels(known: Circumstances, rules: ContactRules, *, as_of: date) -> ir.Table | None:
    """Return ``customer_id, channel, left_on, bounced``: when she last unsubscribed, and whether it is a dead end."""
    if known.messages is None:
        return None
    told = known_by(known.messages, as_of=as_of, column="sent_at")
    told = told.filter(told.channel.notnull())
    day = ibis.literal(as_of)
    left = ibis.ifelse(day_of(told.unsubscribed_at) <= day, day_of(told.unsubscribed_at), ibis.null("date"))
    came = told.mutate(
        left=left,
        back=(day_of(told.bounced_at) <= day).fill_null(False),
        arrived=told.delivered_at.notnull() | told.opened_at.notnull() | told.clicked_at.notnull(),
    )
    place = ["customer_id", "channel"]
    last = ibis.ifelse(came.arrived & ~came.back, came.sent_at, ibis.null(came.sent_at.type()))
    marked = came.mutate(last=last.max().over(ibis.window(group_by=place)))
    since = marked.back & (marked.last.isnull() | (marked.sent_at > marked.last))
    summed = marked.group_by(place).aggregate(left_on=marked.left.max(), times=since.sum())
    found = summed.filter(summed.left_on.notnull() | (summed.times >= rules.bounces))
    return found.select(*place, "left_on", bounced=found.times >= rules.bounces)


def said(guard: Guard | None, asked: Sequence[tuple[str, str]]) -> ir.Table | None:
    """Return ``customer_id, purpose, channel, said``: `yes` or `no`, for each purpose and channel that is asked for.

    `restricted` holds for every one of them. `since` is the day of a yes to a channel itself: who unsubscribed before
    it has come back.
    """
    if guard is None or not asked:
        return None
    parts = []
    for purpose, channel in asked:
        wanted, by = purpose_of(purpose, stage="decision"), channel if channel in CHANNELS else None
        named = {"purpose": ibis.literal(purpose), "channel": ibis.literal(channel)}
        no = guard.refused(wanted, stage="decision", channel=by)
        parts.append(no.select(customer_id=no.held_id, **named, said=ibis.literal("no")))
        if guard.policy.asks_consent(wanted):
            yes = guard.passing(wanted, stage="decision", channel=by)
            parts.append(yes.select(customer_id=yes.held_id, **named, said=ibis.literal("yes")))
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    held = guard.consents
    whole = held.filter((held.purpose == EVERY) & ~held.allowed)
    whole = whole.select(restricted_id=whole.customer_id).distinct()
    joined = every.left_join(whole, every.customer_id == whole.restricted_id)
    return joined.select(
        "customer_id", "purpose", "channel",
        said=ibis.ifelse(joined.restricted_id.notnull(), ibis.literal("restricted"), joined.said),
    )  # fmt: skip


def granted_since(guard: Guard | None) -> ir.Table | None:
    """Return ``customer_id, channel, granted_on``: the day of the last yes to being written to by a channel."""
    if guard is None:
        return None
    held = guard.consents
    yes = held.filter(held.allowed & held.purpose.isin([purpose.value for purpose in CONTACT]))
    return yes.group_by("customer_id", "channel").aggregate(granted_on=yes.since.max())


def sold_out(products: ir.Table | None) -> ir.Table | None:
    """Return ``product_id`` of what has none left."""
    if products is None or "stock" not in products.columns:
        return None
    gone = products.filter((products.stock <= 0).fill_null(False))
    return gone.select("product_id").distinct()


def last_sent(contacts: ir.Table | None) -> ir.Table | None:
    """Return ``customer_id, campaign, sent_on``: when each was last sent to whom."""
    if contacts is None:
        return None
    return contacts.group_by("customer_id", "campaign").aggregate(sent_on=contacts.sent_on.max())

"""Messages: what was sent to whom, and what came of it?

In   came.Came   one message a row with its moments, or one event of a message a row (event, occurred_at)
Out  contracts.raw_messages.RAW_MESSAGES

Both shapes are read alike: each row tells moments of a message, and the first of each kind counts. So an export that
comes again with more opens, or each day's events in a file of their own, add up to the same messages.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_messages import MOMENTS, RAW_MESSAGES
from patron.sources.came import Came
from patron.sources.people.judging import (
    NO_COST,
    People,
    dated,
    day_of,
    judge,
    outcomes_of,
    place_id,
    repeated,
    typed,
    unreadable,
)
from patron.sources.people.words import CHANNEL_WORDS, MESSAGE_WORDS, plain, spelt
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting

TEXTS = ("channel", "campaign", "message", "variant")
_LATER = MOMENTS[1:]


def _lacks(rows: ir.Table, _setting: Setting) -> ir.BooleanValue:
    unnamed = rows.is_log & (rows.message_id.isnull() | rows.event.isnull())
    return rows.customer_id.isnull() | unnamed | (rows.at.isnull() & ~rows.unread_at)


def _before_sent(rows: ir.Table, _setting: Setting) -> ir.BooleanValue:
    """Refuse what came of a message on a day before it was sent; clocks of two systems may differ by less."""
    early = (day_of(rows[name]) < day_of(rows.sent_at) for name in _LATER)
    return reduce(or_, (one.fill_null(False) for one in early))


RULES = (
    Rule("missing_key", "rejected", _lacks),
    Rule("unknown_message_event", "rejected", lambda rows, _: rows.event.notnull() & rows.said.isnull()),
    *dated("at"),
    unreadable(*_LATER, "cost"),
    NO_COST,
    Rule("answered_before_sent", "rejected", _before_sent),
)
_PART = Rule("part_of_message", "removed", lambda rows, _: rows.repeats)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows as they stood on the run's day; of the rows of one message the first stays."""
    rows = typed(came.table, FIELDS["messages"])
    told = rows.mutate(
        message_id=ibis.coalesce(rows.message_id, place_id(rows)) if "event" not in came.mapped else rows.message_id,
        said=spelt(plain(rows.event), MESSAGE_WORDS),
        is_log=ibis.literal("event" in came.mapped),
        at=ibis.coalesce(rows.sent_at, rows.occurred_at, ibis.least(*(rows[name] for name in _LATER))),
        unread_at=rows.unread_sent_at | rows.unread_occurred_at,
    )
    known = told.mutate(**{name: _known(told, name, setting) for name in MOMENTS})
    return repeated(judge(known, setting, RULES), ["message_id", "customer_id"], _PART.name)


def _known(rows: ir.Table, name: str, setting: Setting) -> ir.TimestampValue:
    """Return a moment by either shape; one after the run's day is not known yet."""
    of_event = ibis.ifelse(rows.said == name.removesuffix("_at"), rows.occurred_at, ibis.null(rows.occurred_at.type()))
    moment = ibis.coalesce(rows[name], of_event)
    # What lies after the day is left for a later run as a whole where the message itself does.
    ahead = (day_of(moment) > ibis.literal(setting.as_of)).fill_null(False)
    return ibis.ifelse(ahead, ibis.null(moment.type()), moment)


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Put the rows of each message together in the shape of the contract."""
    good = rows.filter(rows.rule.isnull() | (rows.rule == _PART.name))
    firsts = good.group_by("message_id", "customer_id").aggregate(
        **{name: good[name].min() for name in (*TEXTS, *MOMENTS)}, cost=good.cost.max()
    )
    sent = ibis.coalesce(firsts.sent_at, ibis.least(*(firsts[name] for name in _LATER)))
    channel = ibis.coalesce(spelt(plain(firsts.channel), CHANNEL_WORDS), firsts.channel)
    return RAW_MESSAGES.shape(firsts.mutate(sent_at=sent, channel=channel))


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, _PART),
    judged=judged,
    collected=collected,
)

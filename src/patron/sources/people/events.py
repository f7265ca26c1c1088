"""Events: who did what, when, known or not?

In   came.Came   one event a row
Out  contracts.raw_people.RAW_EVENTS
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_people import RAW_EVENTS
from patron.sources.came import Came
from patron.sources.copies import compared
from patron.sources.marketing_channel import channel_of
from patron.sources.people.judging import (
    People,
    dated,
    judge,
    missing,
    none_of,
    outcomes_of,
    place_id,
    repeated,
    typed,
    unreadable,
)
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting

RULES = (
    missing("occurred_at", "event"),
    *dated("occurred_at"),
    none_of("no_visitor", "customer_id", "anonymous_id"),
    unreadable("amount"),
)
_ACROSS = Rule("repeated_across_files", "removed", lambda rows, _: rows.in_earlier_file)
_REPEATED = Rule("repeated_key", "removed", lambda rows, _: rows.repeats)


def _channel(rows: ir.Table) -> ir.StringValue:
    return channel_of(rows.marketing_channel, rows.utm_source, rows.utm_medium, rows.campaign)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows; an event that comes twice counts once.

    Events without an id of their own are compared by all that they say, and only across files: two equal clicks of
    one second in one file are often real.
    """
    rows = typed(came.table, FIELDS["events"])
    if "event_id" in came.mapped:
        named = rows.mutate(event_id=ibis.coalesce(rows.event_id, place_id(rows)))
        return repeated(judge(named, setting, RULES), ["event_id"], "repeated_key")
    named = rows.mutate(event_id=place_id(rows))
    if setting.spec.clean.repeated_across_files == "keep":
        return judge(named, setting, RULES)
    return judge(compared(named, came.marks), setting, (*RULES, _ACROSS))


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return the kept events in the shape of their contract."""
    kept = rows.filter(rows.rule.isnull())
    return RAW_EVENTS.shape(kept.mutate(marketing_channel=_channel(kept)))


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, _ACROSS, _REPEATED),
    judged=judged,
    collected=collected,
)

"""Tickets: who asked for help, when, and how was it answered?

In   came.Came   one ticket a row, or one state of a ticket
Out  contracts.raw_dealings.RAW_TICKETS
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_dealings import RAW_TICKETS, SATISFACTION
from patron.sources.came import Came
from patron.sources.people.as_known import EARLIER_STATE, as_known, ends_before, last_state
from patron.sources.people.judging import People, dated, judge, missing, outcomes_of, typed, unreadable
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting


def _off_the_scale(rows: ir.Table, _setting: Setting) -> ir.BooleanValue:
    least, most = (ibis.literal(one, "float64") for one in SATISFACTION)
    return ~rows.satisfaction.between(least, most)


RULES = (
    missing("ticket_id", "customer_id", "opened_at"),
    *dated("opened_at"),
    unreadable("closed_at", "satisfaction"),
    ends_before("opened_at", "closed_at"),
    Rule("satisfaction_scale", "rejected", _off_the_scale),
)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows as they stood on the run's day; of several of one ticket the last one stays."""
    rows = _closed_on_its_day(typed(came.table, FIELDS["tickets"]))
    known = as_known(rows, setting, end="closed_at", told=["satisfaction"])
    return last_state(judge(known, setting, RULES), "ticket_id")


def _closed_on_its_day(rows: ir.Table) -> ir.Table:
    """Let a ticket that was closed on the day it was opened, at no known time, be closed as it was opened."""
    opened, closed = rows.opened_at, rows.closed_at
    timeless = (closed == closed.truncate("D")) & (closed.date() == opened.date())
    return rows.mutate(closed_at=ibis.ifelse(timeless.fill_null(False), opened, closed))


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return the kept rows in the shape of their contract."""
    return RAW_TICKETS.shape(rows.filter(rows.rule.isnull()))


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, EARLIER_STATE),
    judged=judged,
    collected=collected,
)

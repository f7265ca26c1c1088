"""Subscriptions: who pays for what, period after period, and until when?

In   came.Came   one subscription a row, or one state of a subscription
Out  contracts.raw_dealings.RAW_SUBSCRIPTIONS
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_dealings import RAW_SUBSCRIPTIONS
from patron.sources.came import Came
from patron.sources.people.as_known import EARLIER_STATE, as_known, ends_before, last_state
from patron.sources.people.judging import People, dated, judge, missing, outcomes_of, typed, unreadable
from patron.sources.people.words import PERIODS, plain
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting

LONGEST = 36_525
"""Days of a period: a century. More is a count of something else."""

RULES = (
    missing("subscription_id", "customer_id", "started_on", "period_days", "amount"),
    *dated("started_on"),
    unreadable("ended_on", "period_days", "amount"),
    Rule("negative_amount", "rejected", lambda rows, _: rows.amount < 0),
    ends_before("started_on", "ended_on"),
)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows as they stood on the run's day; of several of one subscription the last one stays."""
    rows = typed(came.table.mutate(told_period=came.table.period_days), FIELDS["subscriptions"])
    days = period(rows.told_period)
    read = rows.mutate(period_days=days, unread_period_days=rows.told_period.notnull() & days.isnull())
    return last_state(judge(as_known(read, setting, end="ended_on"), setting, RULES), "subscription_id")


def period(text: ir.StringValue) -> ir.IntegerValue:
    """Return the days of a period that is told as a whole number of days or by a word; null for anything else."""
    count = text.try_cast("float64")
    sane = count.between(ibis.literal(1.0, "float64"), ibis.literal(float(LONGEST), "float64"))
    whole = ibis.ifelse(sane & (count == count.floor()), count, ibis.null("float64")).cast("int64")
    words = [(plain(text).isin(spellings), ibis.literal(days, "int64")) for days, spellings in PERIODS.items()]
    return ibis.coalesce(whole, ibis.cases(*words, else_=ibis.null("int64")))


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return the kept rows in the shape of their contract."""
    return RAW_SUBSCRIPTIONS.shape(rows.filter(rows.rule.isnull()))


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, EARLIER_STATE),
    judged=judged,
    collected=collected,
)

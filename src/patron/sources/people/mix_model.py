"""Mix model: what does a marketing-mix model say that each channel brought? No person is in it.

In   came.Came   one channel in one period a row
Out  contracts.raw_mix.RAW_MIX_MODEL
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_mix import LEVEL, RAW_MIX_MODEL
from patron.sources.came import Came
from patron.sources.people.as_known import EARLIER_STATE
from patron.sources.people.judging import People, dated, judge, missing, outcomes_of, repeated, typed, unreadable
from patron.sources.people.once import off_scale
from patron.sources.people.subscriptions import period
from patron.sources.quality import Finding
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting
from patron.sources.tally import flag

KEY = ("model", "channel", "period_start", "period_days")
UNNAMED = "mix_model"
"""The model where the source names none."""

LEAST = 1e-6
"""An interval that holds less than this, or misses less, is none."""


def _off(rows: ir.Table) -> ir.BooleanValue:
    ends = (ibis.literal(one, "float64") for one in (LEAST, 1 - LEAST))
    return ~rows.level.between(*ends) | (rows.spend < 0).fill_null(False)


def _turned_round(rows: ir.Table, _setting: Setting) -> ir.BooleanValue:
    return (rows.low > rows.contribution).fill_null(False) | (rows.high < rows.contribution).fill_null(False)


RULES = (
    missing("channel", "period_start", "period_days", "contribution"),
    *dated("period_start"),
    unreadable("period_days", "contribution", "low", "high", "level", "spend", "fitted_on"),
    Rule("later", "later", lambda rows, setting: rows.known_on > ibis.literal(setting.as_of)),
    Rule("interval_turned_round", "rejected", _turned_round),
    off_scale(_off),
)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows by what the run may know; of several about one period the last one stays."""
    rows = typed(came.table.mutate(told_period=came.table.period_days), FIELDS["mix_model"])
    days = period(rows.told_period)
    read = rows.mutate(
        model=rows.model.fill_null(UNNAMED),
        level=rows.level.fill_null(ibis.literal(LEVEL, "float64")),
        period_days=days,
        unread_period_days=rows.told_period.notnull() & days.isnull(),
    )
    ends = last_day(read)
    known = ibis.ifelse((read.fitted_on > ends).fill_null(False), read.fitted_on, ends)
    return repeated(judge(read.mutate(known_on=known), setting, RULES), KEY, EARLIER_STATE.name, last=True)


def last_day(rows: ir.Table) -> ir.DateValue:
    """Return the last day of each row's period; none where its beginning or length is not known."""
    day: ir.DateValue = (rows.period_start + (rows.period_days - 1).as_interval("D")).cast("timestamp").cast("date")
    return day


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return the kept rows in the shape of their contract."""
    return RAW_MIX_MODEL.shape(rows.filter(rows.rule.isnull()))


def overlapping(kept: ir.Table) -> ir.Table:
    """Return the rows whose period begins before an earlier one of the same model and channel is over."""
    before = ibis.window(
        group_by=["model", "channel"], order_by=["period_start", "period_days"], preceding=(None, 1)
    )  # fmt: skip
    ends = kept.mutate(ends_on=last_day(kept))
    seen = ends.mutate(over_on=ends.ends_on.max().over(before))
    return seen.filter((seen.period_start <= seen.over_on).fill_null(False))


def _flags(_rows: ir.Table, kept: ir.Table) -> list[Finding]:
    return [flag("mix_model", "overlapping_periods", overlapping(kept))]


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, EARLIER_STATE),
    judged=judged,
    collected=collected,
    flags=_flags,
)

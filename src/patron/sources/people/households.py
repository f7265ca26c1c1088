"""Households that a source knows: family plans, company accounts, shared deliveries.

In   came.Came   one customer record a row
Out  contracts.raw_people.RAW_HOUSEHOLDS
"""

from __future__ import annotations

import ibis.expr.types as ir

from patron.contracts.raw_people import RAW_HOUSEHOLDS
from patron.sources.came import Came
from patron.sources.people.judging import People, judge, missing, outcomes_of, repeated
from patron.sources.quality import Finding
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting
from patron.sources.tally import flag

RULES = (missing("customer_id", "household_id"),)
_EARLIER = Rule("earlier_row", "removed", lambda rows, _: rows.superseded)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows; of a customer who stands twice the last row stays, for people move."""
    return repeated(judge(came.table, setting, RULES), ["customer_id"], "earlier_row", last=True)


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return the kept rows in the shape of their contract."""
    return RAW_HOUSEHOLDS.shape(rows.filter(rows.rule.isnull()))


def in_two(rows: ir.Table) -> ir.Table:
    """Return the customers who stand in more than one household."""
    told = rows.filter(rows.rule.isnull() | (rows.rule == "earlier_row"))
    counted = told.group_by("customer_id").aggregate(households=told.household_id.nunique())
    return counted.filter(counted.households > 1)


def _flags(rows: ir.Table, _kept: ir.Table) -> list[Finding]:
    return [flag("households", "two_households", in_two(rows))]


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, _EARLIER),
    judged=judged,
    collected=collected,
    flags=_flags,
)

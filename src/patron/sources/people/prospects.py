"""Prospects: who was seen before buying, and who of them became a customer?

In   came.Came   one prospect a row, or one state of a prospect
Out  contracts.raw_dealings.RAW_PROSPECTS
"""

from __future__ import annotations

import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_dealings import RAW_PROSPECTS
from patron.sources.came import Came
from patron.sources.people.as_known import EARLIER_STATE, as_known, ends_before, last_state
from patron.sources.people.judging import People, dated, judge, missing, outcomes_of, typed, unreadable
from patron.sources.quality import Finding
from patron.sources.rules import BROKEN, EXCLUDED, Setting
from patron.sources.tally import flag

RULES = (
    missing("prospect_id", "first_seen_on"),
    *dated("first_seen_on"),
    unreadable("converted_on"),
    ends_before("first_seen_on", "converted_on"),
)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows as they stood on the run's day; of several of one prospect the last one stays."""
    rows = typed(came.table, FIELDS["prospects"])
    known = as_known(rows, setting, end="converted_on", told=["customer_id"])
    return last_state(judge(known, setting, RULES), "prospect_id")


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return the kept rows in the shape of their contract."""
    return RAW_PROSPECTS.shape(rows.filter(rows.rule.isnull()))


def undated(kept: ir.Table) -> ir.Table:
    """Return the prospects that became a customer on a day that nobody tells."""
    return kept.filter(kept.customer_id.notnull() & kept.converted_on.isnull())


def _flags(_rows: ir.Table, kept: ir.Table) -> list[Finding]:
    return [flag("prospects", "undated_conversions", undated(kept))]


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, EARLIER_STATE),
    judged=judged,
    collected=collected,
    flags=_flags,
)

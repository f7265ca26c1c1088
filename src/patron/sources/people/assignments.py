"""Assignments: who was put into which arm of an experiment that was run elsewhere?

In   came.Came   one assignment a row, or one exposure a row
Out  contracts.raw_experiments.RAW_ASSIGNMENTS

A log of exposures tells the same assignment many times: the earliest stands. Two arms of one customer both stay, and
are a finding: whoever leaves one of them out compares groups that are no longer drawn by lot.
"""

from __future__ import annotations

import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_experiments import RAW_ASSIGNMENTS
from patron.sources.came import Came
from patron.sources.people.judging import (
    NO_COST,
    People,
    dated,
    day_of,
    judge,
    missing,
    none_of,
    outcomes_of,
    repeated,
    typed,
    unreadable,
)
from patron.sources.quality import Finding
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting
from patron.sources.tally import flag

WHO = ("customer_id", "anonymous_id")
_KEY = ("experiment", "drawn_id", "arm")


RULES = (
    missing("experiment", "arm", "assigned_at"),
    none_of("nobody_drawn", *WHO),
    *dated("assigned_at"),
    unreadable("ends_on", "propensity", "cost"),
    Rule("ends_before_start", "rejected", lambda rows, _: rows.ends_on < day_of(rows.assigned_at)),
    Rule("no_share", "rejected", lambda rows, _: ~((rows.propensity > 0) & (rows.propensity <= 1))),
    NO_COST,
)
_AGAIN = Rule("assigned_again", "removed", lambda rows, _: rows.repeats)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows; of several that put one into the same arm the earliest stays."""
    rows = judge(typed(came.table, FIELDS["assignments"]), setting, RULES)
    rows = rows.mutate(drawn_id=rows.anonymous_id.coalesce(rows.customer_id))
    return repeated(rows, _KEY, _AGAIN.name, behind=rows.assigned_at)


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return the kept rows in the shape of their contract."""
    return RAW_ASSIGNMENTS.shape(rows.filter(rows.rule.isnull()))


def in_two_arms(kept: ir.Table) -> ir.Table:
    """Return who stands in several arms of one experiment: ``experiment, drawn_id, arms``."""
    counted = kept.group_by("experiment", "drawn_id").aggregate(arms=kept.arm.nunique())
    return counted.filter(counted.arms > 1)


def with_one_arm(kept: ir.Table) -> ir.Table:
    """Return the experiments in which everybody is in the same arm: nobody is there to compare with."""
    counted = kept.group_by("experiment").aggregate(arms=kept.arm.nunique())
    return counted.filter(counted.arms == 1)


def _flags(_rows: ir.Table, kept: ir.Table) -> list[Finding]:
    return [
        flag("assignments", "two_arms", in_two_arms(kept)),
        flag("assignments", "one_arm", with_one_arm(kept)),
    ]


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, _AGAIN),
    judged=judged,
    collected=collected,
    flags=_flags,
)

"""Traits: what others say of a customer or prospect, with its licence and its purpose.

In   came.Came   one value of one attribute a row
Out  contracts.raw_people.RAW_TRAITS
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_people import RAW_TRAITS
from patron.sources.came import Came
from patron.sources.people.judging import (
    People,
    dated,
    judge,
    missing,
    none_of,
    outcomes_of,
    repeated,
    typed,
    unreadable,
    with_marks,
)
from patron.sources.people.words import PURPOSE_WORDS, plain, spelt
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting

RULES = (
    none_of("nobody_named", "customer_id", "prospect_id"),
    missing("trait", "value"),
    *dated("dated"),
    unreadable("expires_on"),
    Rule("unknown_purpose", "rejected", lambda rows, _: rows.told_purpose.notnull() & rows.purpose.isnull()),
)
_REPEATED = Rule("repeated_row", "removed", lambda rows, _: rows.repeats)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows; one that says what an earlier one says, word for word, is removed."""
    rows = typed(with_marks(came.table, came.marks), FIELDS["traits"])
    told = rows.mutate(told_purpose=rows.purpose, purpose=spelt(plain(rows.purpose), PURPOSE_WORDS))
    return repeated(judge(told, setting, RULES), ["mark", "seal"], "repeated_row")


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return the kept rows in the shape of their contract."""
    good = rows.filter(rows.rule.isnull())
    return RAW_TRAITS.shape(good.mutate(purpose=ibis.coalesce(good.purpose, ibis.literal("analytics"))))


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, _REPEATED),
    judged=judged,
    collected=collected,
)

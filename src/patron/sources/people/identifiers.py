"""Identifiers: by what else is a customer record known?

In   came.Came   one identifier a row (kind, value), or several in columns of their own
Out  contracts.raw_people.RAW_IDENTIFIERS
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw import FIELDS
from patron.contracts.raw_people import RAW_IDENTIFIERS
from patron.sources.came import Came
from patron.sources.people.judging import People, dated, judge, missing, outcomes_of, typed
from patron.sources.people.words import KINDS, plain, spelt
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting

WIDE = ("email", "phone", "device_id", "loyalty_id")
"""Kinds that may stand in a column of their own."""

_KEY = ("customer_id", "kind", "value")


def _no_identifier(rows: ir.Table, _setting: Setting) -> ir.BooleanValue:
    """Refuse a row that names nothing, or a value of which nobody says what it is."""
    nothing = ibis.and_(*(rows[name].isnull() for name in ("value", *WIDE)))
    return nothing | (rows["value"].notnull() & rows.kind.isnull())


RULES = (missing("customer_id"), Rule("no_identifier", "rejected", _no_identifier), *dated("seen_on"))
_REPEATED = Rule("repeated_key", "removed", lambda rows, _: rows.repeats)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows; one all of whose identifiers its customer has already is removed."""
    rows = typed(came.table.mutate(kind=kind_of(came.table.kind)), FIELDS["identifiers"])
    ruled = judge(rows, setting, RULES)
    told = told_by(ruled.filter(ruled.rule.isnull()))
    first = ibis.window(group_by=_KEY, order_by=[told.file_number, told.row])
    new = told.mutate(place=ibis.row_number().over(first)).filter(lambda t: t.place == 0)
    fresh = new.select(new_file=new.file_number, new_row=new.row, fresh=ibis.literal(value=True)).distinct()
    joined = ruled.left_join(fresh, [("file_number", "new_file"), ("row", "new_row")])
    repeats = joined.rule.isnull() & joined.fresh.isnull()
    return joined.mutate(rule=ibis.ifelse(repeats, "repeated_key", joined.rule)).drop("new_file", "new_row", "fresh")


def kind_of(text: ir.StringValue) -> ir.StringValue:
    """Write the name of a kind as ours, else in small letters with low lines between words."""
    own = text.lower().re_replace("[^\\p{L}\\p{N}]+", "_").re_replace("^_|_$", "")
    return ibis.coalesce(spelt(plain(text), KINDS), own).nullif("")


def told_by(rows: ir.Table) -> ir.Table:
    """Return one row for each identifier that a row tells."""
    long = rows.filter(rows["value"].notnull())
    parts = [long.select("file_number", "row", "customer_id", "kind", "value", "seen_on")]
    for name in WIDE:
        there = rows.filter(rows[name].notnull())
        parts.append(
            there.select("file_number", "row", "customer_id", kind=ibis.literal(name), value=there[name],
                         seen_on=there.seen_on)
        )  # fmt: skip
    return ibis.union(*parts)


def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
    """Return each identifier of a customer once, with the first day on which any row saw it."""
    told = told_by(rows.filter(rows.rule.isnull() | (rows.rule == "repeated_key")))
    return RAW_IDENTIFIERS.shape(told.group_by(_KEY).aggregate(seen_on=told.seen_on.min()))


SOURCE = People(
    outcomes=outcomes_of(BROKEN, EXCLUDED, *RULES, _REPEATED),
    judged=judged,
    collected=collected,
)

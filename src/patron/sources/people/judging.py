"""The cleaning rules that sources about people share, and how one such source is cleaned.

A source is typed, judged by its rules in order, and collected in the shape of its contract. Every function is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from patron.contracts import MOMENT, Column
from patron.sources.came import Came
from patron.sources.convert import moment
from patron.sources.quality import Finding
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting, plausible, ruled

Flags = Callable[[ir.Table, ir.Table], Sequence[Finding]]
"""Count, of the judged rows and of what was kept of them, what deserves to be known."""


@dataclass(frozen=True, kw_only=True)
class People:
    """How one source about people is cleaned.

    `judged` types the rows that came and adds `rule`, null for a row that is kept; `collected` returns the kept ones in
    the shape of their contract; `outcomes` says what becomes of the rows that each rule decides.
    """

    outcomes: Mapping[str, str]
    judged: Callable[[Came, Setting], ir.Table]
    collected: Callable[[ir.Table, Setting], ir.Table]
    flags: Flags = lambda _judged, _kept: ()


def outcomes_of(*rules: Rule) -> dict[str, str]:
    """Return what becomes of the rows that each rule decides, in the order of the rules."""
    return {rule.name: rule.outcome for rule in rules}


def typed(rows: ir.Table, fields: Sequence[Column]) -> ir.Table:
    """Convert days, moments and numbers; `unread_NAME` marks a value that was there and could not be read."""
    values = {field.name: _value(rows[field.name], field.type) for field in fields if field.type != "string"}
    unread = {f"unread_{name}": rows[name].notnull() & value.isnull() for name, value in values.items()}
    return rows.mutate(**values, **unread)


def _value(text: ir.StringValue, kind: str) -> ir.Value:
    if kind == "date":
        return real(moment(text).date())
    return real(moment(text)) if kind == MOMENT else text.try_cast(kind)


def real(day: ir.Value) -> ir.Value:
    """Make a day that is none (such as infinity) null."""
    return ibis.ifelse(day.year().between(1, 9999), day, ibis.null(day.type()))


def day_of(value: ir.Value) -> ir.DateValue:
    """Return the day of a day or moment."""
    day: ir.DateValue = value if isinstance(value, ir.DateValue) else value.date()
    return day


def missing(*names: str) -> Rule:
    """Refuse a row that lacks one of the fields `names`; one that cannot be read is there."""
    return Rule("missing_key", "rejected", lambda rows, _: reduce(or_, (_lacks(rows, name) for name in names)))


def _lacks(rows: ir.Table, name: str) -> ir.BooleanValue:
    unread = f"unread_{name}"
    return rows[name].isnull() & ~rows[unread] if unread in rows.columns else rows[name].isnull()


def none_of(rule: str, *names: str) -> Rule:
    """Refuse a row that has none of the fields `names`."""
    return Rule(rule, "rejected", lambda rows, _: reduce(and_, (rows[name].isnull() for name in names)))


def unreadable(*names: str) -> Rule:
    """Refuse a row of which one of the fields `names` cannot be read."""
    return Rule("unreadable_value", "rejected", lambda rows, _: reduce(or_, (rows[f"unread_{name}"] for name in names)))


def dated(name: str) -> tuple[Rule, ...]:
    """Hold the day of a row to what can be, and to what the run may know; a row without one passes."""

    def beyond(rows: ir.Table, last: date) -> ir.BooleanValue:
        return day_of(rows[name]) > ibis.literal(last)

    return (
        Rule("unparsable_date", "rejected", lambda rows, _: rows[f"unread_{name}"]),
        Rule("implausible_date", "rejected", lambda rows, s: ~plausible(day_of(rows[name]), today=s.today)),
        Rule("later", "later", lambda rows, s: beyond(rows, s.as_of)),
    )


NO_COST = Rule("negative_cost", "rejected", lambda rows, _: rows.cost < 0)
"""Refuse a row that cost less than nothing."""


def place_id(rows: ir.Table) -> ir.StringValue:
    """Name a row without an id of its own by its place."""
    return rows.file.concat("#", rows.row.cast("string"))


def judge(rows: ir.Table, setting: Setting, rules: Sequence[Rule]) -> ir.Table:
    """Add the column `rule`: the first of `rules` that applies, after those for broken and excluded rows."""
    return rows.mutate(rule=ruled(rows, setting, (BROKEN, EXCLUDED, *rules)))


def repeated(
    rows: ir.Table, key: Sequence[str], rule: str, *, last: bool = False, behind: ir.Value | None = None
) -> ir.Table:
    """Take the first of the kept rows with the same key, or the last, and let the others fall by `rule`.

    `behind` comes first in that order: a row for which it holds is taken only where it holds for all of them.
    """
    order = [rows.file_number, rows.row]
    placed = [one.desc() for one in order] if last else order
    # By rule too: a row that is refused must not stand in the way of a good one with the same key.
    same = ibis.window(group_by=[*key, "rule"], order_by=placed if behind is None else [behind, *placed])
    again = rows.rule.isnull() & (ibis.row_number().over(same) > 0)
    return rows.mutate(rule=ibis.ifelse(again, rule, rows.rule))


def with_marks(rows: ir.Table, marks: ir.Table) -> ir.Table:
    """Add `mark` and `seal`, two hashes of all that a row says."""
    told = marks.select(marked_file=marks.file_number, marked_row=marks.row, mark=marks.mark, seal=marks.seal)
    joined = rows.left_join(told, [("file_number", "marked_file"), ("row", "marked_row")])
    return joined.drop("marked_file", "marked_row")

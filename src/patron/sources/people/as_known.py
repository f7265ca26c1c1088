"""What begins on one day and ends on another, as it stood on the run's day: what ended later had not ended yet."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from patron.sources.people.judging import day_of, repeated
from patron.sources.rules import Rule, Setting

EARLIER_STATE = Rule("earlier_state", "removed", lambda rows, _: rows.repeats)
"""Of several rows of one id the last one says how it stands."""


def as_known(rows: ir.Table, setting: Setting, *, end: str, told: Sequence[str] = ()) -> ir.Table:
    """Empty an end that lies after the run's day, and what was `told` with it; `ahead` says where.

    An end far in the future, as systems write for what has none, is emptied like any other.

    Parameters
    ----------
    rows : Table
        As `judging.typed` returns them.
    setting : Setting
        With the run's day.
    end : str
        The column of the end, a day or a moment.
    told : sequence of str
        Columns that are filled in at the end and not before.
    """
    ahead = (day_of(rows[end]) > ibis.literal(setting.as_of)).fill_null(False)
    empty = {name: ibis.ifelse(ahead, ibis.null(rows[name].type()), rows[name]) for name in (end, *told)}
    unread = {name: rows[name] & ~ahead for name in (f"unread_{one}" for one in told) if name in rows.columns}
    return rows.mutate(**empty, **unread, ahead=ahead)


def ends_before(start: str, end: str) -> Rule:
    """Refuse a row whose end lies before its beginning."""
    return Rule("ends_before_start", "rejected", lambda rows, _: rows[end] < rows[start])


def last_state(rows: ir.Table, key: str) -> ir.Table:
    """Let the last row of each id stay.

    A row whose end was not known yet adds nothing to an earlier one, so that a row that came later changes nothing.
    """
    return repeated(rows, [key], EARLIER_STATE.name, last=True, behind=rows.ahead)

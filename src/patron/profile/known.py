"""Which rows did we know on a day?

The one place where `as_of` cuts a table, so that nothing known later can slip in elsewhere.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir


def day_of(moment: ir.Value) -> ir.DateValue:
    """Return the day of a date or timestamp column."""
    return moment.date() if moment.type().is_timestamp() else moment


def known_by(table: ir.Table, *, as_of: date, column: str = "ordered_at") -> ir.Table:
    """Return the rows of `table` whose `column` (a date or timestamp) lies on `as_of` or before."""
    return table.filter(day_of(table[column]) <= ibis.literal(as_of))

"""Which months are there, and does the data cover the whole of each?

In   contracts.customer.TAKINGS   one row per customer and day on which money counts
Out  one row per month, from that of the first such day to that of the run's day: number, month, complete
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.profile.known import known_by


def month_number(day: ir.DateValue) -> ir.IntegerValue:
    """Return how many months a day's month lies after January of year 0, so that months can be subtracted."""
    return (day.year() * 12 + day.month() - 1).cast("int64")


def calendar(takings: ir.Table, *, as_of: date) -> ir.Table:
    """Return every month from the first day with a sale or return to `as_of`, also those without one.

    Parameters
    ----------
    takings : Table
        Column ``day``.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per month
        ``number``    months since January of year 0
        ``month``     its first day
        ``complete``  false for the first month unless the data begins on its first day, and for the month of
                      `as_of` unless that is its last day

    Examples
    --------
    >>> takings = ibis.memtable({"day": [date(2023, 12, 30), date(2024, 2, 5)]})
    >>> calendar(takings, as_of=date(2024, 2, 29)).order_by("number").to_pyarrow().to_pylist()[0]
    {'number': 24287, 'month': datetime.date(2023, 12, 1), 'complete': False}
    """
    known = known_by(takings, as_of=as_of, column="day")
    start = known.aggregate(day=known.day.min())
    opening = start.select(start=month_number(start.day), whole_start=start.day.day() == 1)
    last = as_of.year * 12 + as_of.month - 1
    months = opening.mutate(number=ibis.range(opening.start, last + 1).unnest())
    return months.select(
        number=months.number.cast("int64"),
        month=ibis.date((months.number // 12).cast("int32"), (months.number % 12 + 1).cast("int32"), 1),
        complete=((months.number > months.start) | months.whole_start)
        & ((months.number < last) | ibis.literal(_ends_month(as_of))),
    )


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).month != day.month

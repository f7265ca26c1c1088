"""Which renewals of each subscription were known on a day, and which of them failed?

In   contracts.raw subscriptions: `started_on`, `ended_on` (the last day paid for; null while it runs), `period_days`
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.errors import ArgumentError
from patron.language import failure
from patron.models.renewals import Renewals, check_columns, check_numbers

SUBSCRIPTIONS = ("started_on", "ended_on", "period_days")
WRONG = "_wrong"
ONE = ibis.literal(1.0, "float64")
LONGEST = ibis.literal(1e5, "float64")  # days of a period


def count_renewals(rows: ir.Table, *, as_of: date, by: tuple[str, ...] = ()) -> pa.Table:
    """Count the subscriptions that were known on a day by how far they had come, in one engine call.

    Returns
    -------
    pyarrow.Table, sorted
        ``period_days`` and the columns `by`; ``_last``, the number of the last renewal that was passed or failed;
        ``_lost``, whether it failed; ``_number`` of subscriptions.

    Raises
    ------
    ContractError, ArgumentError
        The table lacks a column, holds values that cannot be, or nothing had started by the day.
    """
    found = renewal_groups(rows, as_of=as_of, by=by).to_pyarrow()
    if not found.num_rows:
        raise failure(ArgumentError, "renewals.empty", as_of=as_of)
    _refuse(found)
    columns = [name for name in found.column_names if name not in (WRONG, "_number")]
    return found.drop_columns([WRONG]).sort_by([(name, "ascending") for name in columns])


def renewal_groups(rows: ir.Table, *, as_of: date, by: tuple[str, ...] = ()) -> ir.Table:
    """Return that count as an expression, with the rows that cannot be in groups of their own (``_wrong``)."""
    check_subscriptions(rows)
    known = rows.mutate(**{WRONG: _faults(rows)})
    days = ibis.ifelse(known[WRONG] == "", known.period_days.cast("float64"), ONE)
    known = known.mutate(period_days=days.cast("int64"))
    known = known.filter((known[WRONG] != "") | (known.started_on.cast("date") <= ibis.literal(as_of)))
    last, lost = _last_renewal(known, as_of)
    nothing = known[WRONG] != ""
    groups = known.select(
        WRONG, "period_days", *by, _last=ibis.ifelse(nothing, 0, last), _lost=(lost & ~nothing).fill_null(False)
    )
    return groups.group_by(WRONG, "period_days", *by, "_last", "_lost").aggregate(_number=lambda t: t.count())


def check_subscriptions(rows: ir.Table) -> None:
    """Refuse tables that lack a column, or hold something else than days and whole days.

    Raises
    ------
    ContractError, ArgumentError
        With `column` in its data.
    """
    check_columns(rows, SUBSCRIPTIONS, "subscriptions")
    for name in ("started_on", "ended_on"):
        kind = rows[name].type()
        if not (kind.is_date() or kind.is_timestamp() or kind.is_null()):
            raise failure(ArgumentError, "renewals.not_days", column=name, came=str(kind))
    check_numbers(rows, ("period_days",))


def renewals_passed(rows: ir.Table, as_of: date) -> ir.IntegerValue:
    """Return, as an expression, how many renewals a running subscription has behind it."""
    age = ibis.literal(as_of).delta(rows.started_on.cast("date"), unit="day").cast("float64")
    return (age / rows.period_days.cast("float64").nullif(0)).floor().cast("int64")


def is_running(rows: ir.Table, as_of: date) -> ir.BooleanValue:
    """Tell, as an expression, whether a subscription has started by a day and is paid for on it."""
    end = rows.ended_on.cast("date")
    today = ibis.literal(as_of)
    return (rows.started_on.cast("date") <= today) & (end.isnull() | (end >= today))


def _last_renewal(rows: ir.Table, as_of: date) -> tuple[ir.IntegerValue, ir.BooleanValue]:
    """Return the number of the last renewal that was seen, and whether it failed.

    A subscription ends with a whole number of periods, the nearest one (months are not all of one length), and one at
    least. Its end counts from the day of the renewal that failed on, not before: the others who began on the same day
    have not passed that renewal either.
    """
    start, end = rows.started_on.cast("date"), rows.ended_on.cast("date")
    passed = renewals_passed(rows, as_of)
    paid = end.delta(start, unit="day").cast("float64") + ONE
    half = ibis.literal(0.5, "float64")
    paid_periods = ibis.greatest((paid / rows.period_days.cast("float64").nullif(0) + half).floor().cast("int64"), 1)
    lost = ~is_running(rows, as_of) & (paid_periods <= passed)
    return ibis.ifelse(lost, paid_periods, passed), lost


def _faults(rows: ir.Table) -> ir.StringValue:
    """Name what cannot be in a row, as the key of a sentence and a column."""
    start, end, days = rows.started_on.cast("date"), rows.ended_on.cast("date"), rows.period_days.cast("float64")
    tame = ibis.ifelse(days.isnull() | days.isnan() | (days > LONGEST), ONE, days)
    return ibis.cases(
        (start.isnull(), "missing started_on"),
        (days.isnull() | days.isnan(), "missing period_days"),
        ((days > LONGEST) | (tame < ONE) | (tame != tame.floor()), "length period_days"),
        (end < start, "order ended_on"),
        else_="",
    )


def _refuse(found: pa.Table) -> None:
    total = sum(found["_number"].to_pylist())
    counts: dict[str, int] = {}
    for wrong, number in zip(found[WRONG].to_pylist(), found["_number"].to_pylist(), strict=True):
        counts[wrong] = counts.get(wrong, 0) + number
    for wrong, came in sorted(counts.items()):
        if wrong:
            key, column = wrong.split()
            raise failure(ArgumentError, f"renewals.{key}", column=column, came=came, customers=total)


def renewals_of(groups: pa.Table) -> Renewals:
    """Return the renewals of all groups that `count_renewals` found."""
    last, lost, number = (groups[name].to_numpy(zero_copy_only=False) for name in ("_last", "_lost", "_number"))
    return Renewals.of(last.astype(np.int64), lost.astype(np.bool_), number.astype(np.int64))

"""When did each customer buy each product, and how far apart?

Lines become one row of counted sums per customer and product: all that a cycle is learned from and a date is told by.
Logarithms are kept as whole numbers (hundred-thousandths), so that the sums do not depend on the order of the rows.

In   order lines with ``customer_id, product_id, ordered_at, quantity``
Out  one row per customer and product, see `cycles_of`
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.profile.known import day_of, known_by

COLUMNS = ("customer_id", "product_id", "ordered_at", "quantity")
EXACT = "decimal(18, 4)"  # a sum of floats would depend on the order of the rows
HUGE = 1e12  # a quantity that is none: an id in the wrong column, or a sign of the export
UNIT = 100_000.0  # of the whole numbers that logarithms are kept as
SUMS = ("log_gap", "log_gap_2", "log_packs", "log_packs_2", "log_both")


def read_lines(order_lines: Any) -> ir.Table:
    """Return order lines of any kind as an Ibis table of the four columns, with ids as text.

    Raises
    ------
    ContractError
        A column is missing.
    ArgumentError
        The table is of no known kind, or a column of a wrong type.
    """
    return order_line_table(order_lines)


def order_line_table(order_lines: Any, *, optional: Sequence[str] = ()) -> ir.Table:
    """Do as `read_lines`; those of the `optional` columns that are there are kept, as text."""
    table = as_ibis(order_lines)
    for name in COLUMNS:
        if name not in table.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="order_lines", column=name,
                allowed=listing(COLUMNS), came=listing(table.columns), hint=did_you_mean(name, table.columns),
            )  # fmt: skip
    moment, quantity = table.ordered_at.type(), table.quantity.type()
    if not (moment.is_date() or moment.is_timestamp()):
        raise failure(
            ArgumentError, "replenishment.type", column="ordered_at", came=str(moment), allowed="a date or time"
        )
    if not quantity.is_numeric():
        raise failure(ArgumentError, "replenishment.type", column="quantity", came=str(quantity), allowed="a number")
    texts = ("customer_id", "product_id", *(name for name in optional if name in table.columns))
    return table.select(
        **{name: table[name].cast("string") for name in texts}, ordered_at=table.ordered_at,
        quantity=table.quantity.cast("float64"),
    )  # fmt: skip


def check_lines(lines: ir.Table, *, as_of: date) -> None:
    """Refuse lines with holes, and those of which none is known on the day.

    Raises
    ------
    ArgumentError
        With `column` and `came`, the number of lines, in its data.
    """
    huge = lines.quantity.abs() >= ibis.literal(HUGE, "float64")
    infinite = (lines.quantity.isnan() | lines.quantity.isinf() | huge).fill_null(False)
    holes = {name: lines[name].isnull().sum() for name in COLUMNS[:-1]}
    known = day_of(lines.ordered_at) <= ibis.literal(as_of)
    counts = lines.aggregate(
        **holes, quantity=(lines.quantity.isnull() | infinite).sum(), _rows=lines.count(),
        _known=(known & (lines.quantity > 0)).sum(),
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    for name in COLUMNS:
        if counts[name]:
            raise failure(ArgumentError, "replenishment.missing", column=name, came=int(counts[name]))
    if not counts["_known"]:
        raise failure(ArgumentError, "replenishment.nothing", as_of=as_of, later=int(counts["_rows"]))


def purchase_days(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Merge what a customer bought of a product on one day; what came back that day is taken off.

    A day on which as much came back as was bought, or more, is no purchase.
    """
    known = known_by(lines, as_of=as_of)
    days = known.group_by("customer_id", "product_id", day=day_of(known.ordered_at)).aggregate(
        quantity=known.quantity.cast(EXACT).sum().cast("float64")
    )
    return days.filter(days.quantity > 0)


def cycles_of(days: ir.Table, *, as_of: date) -> ir.Table:
    """Reduce purchase days to the sums that a cycle is learned from.

    Returns
    -------
    Table, one row per customer and product
        ``intervals`` (count), ``last_bought_on``, ``silent_days`` (since then), ``last_packs`` (log of the last
        quantity); sums over the intervals: ``log_gap`` and ``log_gap_2`` of the logarithm of the interval and its
        square, ``log_packs`` and ``log_packs_2`` of the quantity that began it, ``log_both`` of the product. All
        logarithms are whole numbers of `UNIT`.
    """
    order = ibis.window(group_by=[days.customer_id, days.product_id], order_by=days.day)
    followed = days.mutate(following=days.day.lead().over(order))
    gap = followed.following.delta(followed.day, unit="day").cast("float64")
    logs = followed.mutate(_gap=_whole(gap.log()), _packs=_whole(followed.quantity.log()))
    closed, last = logs.following.notnull(), logs.following.isnull()
    none = ibis.literal(0, "int64")
    packs = ibis.ifelse(closed, logs._packs, none)
    gaps = ibis.ifelse(closed, logs._gap, none)
    sums = logs.group_by("customer_id", "product_id").aggregate(
        intervals=_total(closed),
        last_bought_on=logs.day.max(),
        last_packs=_total(ibis.ifelse(last, logs._packs, none)),
        log_gap=_total(gaps),
        log_gap_2=_total(gaps * gaps),
        log_packs=_total(packs),
        log_packs_2=_total(packs * packs),
        log_both=_total(gaps * packs),
    )
    since = ibis.literal(as_of).delta(sums.last_bought_on, unit="day")
    return sums.mutate(silent_days=since.cast("int64"))


def _total(value: ir.Value) -> ir.IntegerValue:
    """Return an exact sum of whole numbers: DuckDB's own is wider, and would be a float in a file."""
    return value.sum().cast("decimal(38, 0)").cast("int64")


def _whole(value: ir.FloatingValue) -> ir.IntegerValue:
    return (value * ibis.literal(UNIT, "float64")).round().cast("int64")


def as_ibis(table: Any) -> ir.Table:
    """Return a table of any known kind as the engine takes it."""
    if isinstance(table, ir.Table):
        return table
    if not hasattr(table, "__arrow_c_stream__"):
        raise failure(ArgumentError, "replenishment.kind", came=type(table).__name__)
    return ibis.memtable(pa.table(table))


def of_customers(table: ir.Table, customers: Sequence[str] | None) -> ir.Table:
    """Return the rows of some customers; of all without a list."""
    if customers is None:
        return table
    chosen = ibis.memtable({"_chosen": [str(one) for one in customers]}, schema={"_chosen": "string"})
    return table.semi_join(chosen, [("customer_id", "_chosen")])

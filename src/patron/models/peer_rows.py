"""Which columns is a customer known by, and how do they become numbers that trees can read?

In   any table with ``customer_id``, ``current`` and columns of numbers, text or booleans
Out  `Rows`: codes, group and fold; and the keys by which scores find back to the customers
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.quantile_trees import FOLDS, Rows

MOST_CATEGORIES = 30  # of one column; the rarer ones are missing
MISSING = -1e18  # stands for a missing number where rows are matched
HEX = "0123456789abcdef"
GIVEN = ("customer_id", "current")


def as_ibis(table: Any) -> ir.Table:
    """Return any kind of table as an Ibis one."""
    if isinstance(table, ir.Table):
        return table
    if not hasattr(table, "__arrow_c_stream__"):
        raise failure(ArgumentError, "headroom.kind", came=type(table).__name__)
    return ibis.memtable(pa.table(table))


def checked(table: ir.Table, group: str | None, wanted: Sequence[str] = ()) -> ir.Table:
    """Return the table where it has what is needed, of types that can be used.

    Raises
    ------
    ContractError
        A column is missing.
    ArgumentError
        A column is neither number, text nor boolean, or nothing is known besides the spend.
    """
    for name in (*GIVEN, *([group] if group else []), *wanted):
        if name not in table.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="features", column=name, allowed="float64",
                came=listing(table.columns), hint=did_you_mean(name, table.columns),
            )  # fmt: skip
    for name in set(table.columns) - {"customer_id", "_row"}:
        kind = table[name].type()
        if not (kind.is_numeric() or kind.is_boolean() or (kind.is_string() and name != "current")):
            raise failure(ArgumentError, "headroom.type", column=name, came=str(kind))
    if not set(table.columns) - {*GIVEN, "_row"}:
        raise failure(ArgumentError, "headroom.no_features", came=listing(table.columns))
    return table


def digest(table: ir.Table) -> ir.StringValue:
    """Return the hash of the customers' ids: an order that has nothing to do with anything else."""
    return table.customer_id.cast("string").hexdigest("sha256")


def fold(hashed: ir.StringValue) -> ir.IntegerValue:
    """Return the fold of a customer: the id's hash decides, so that it is the same in every table."""
    return (ibis.literal(HEX).find(hashed.left(1)) % FOLDS).cast("int64")


def key(column: ir.Value) -> ir.Value:
    """Return a column that can be matched by: text, or numbers without a missing one."""
    if column.type().is_string():
        return column.fill_null("")
    number = column.cast("int64").cast("float64") if column.type().is_boolean() else column.cast("float64")
    missing = ibis.literal(MISSING, "float64")
    return ibis.ifelse(number.isnull() | number.isnan(), missing, number)


def categories(column: pa.ChunkedArray) -> tuple[str, ...]:
    """Return the most frequent words of a column, the first by name among equals."""
    words, counts = np.unique(np.array(column.fill_null("").to_pylist(), dtype=np.str_), return_counts=True)
    order = np.lexsort((words, -counts))[:MOST_CATEGORIES]
    return tuple(str(word) for word in words[order])


def coded(table: pa.Table, columns: Sequence[str], categories: Mapping[str, Sequence[str]], group: str | None) -> Rows:
    """Return a table in memory as the trees take it: words as the place of their category, what is missing as NaN."""
    values = []
    for name in columns:
        if name in categories:
            place = {word: float(code) for code, word in enumerate(categories[name])}
            words = table[name].fill_null("").to_pylist()
            values.append(np.array([place.get(word, np.nan) for word in words]))
        else:
            value = table[name].cast(pa.float64()).to_numpy()
            values.append(np.where(value == MISSING, np.nan, value))
    groups = np.zeros(table.num_rows, dtype="U1")
    if group:
        groups = np.array(table[group].fill_null("").to_pylist(), dtype=np.str_)
    matrix = np.column_stack(values).astype(np.float64)
    return Rows(columns=matrix, group=groups, fold=table["_fold"].to_numpy().astype(np.int64))

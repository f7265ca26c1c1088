"""Which distinct customers are there, and how many of each?

A model sees each pattern of columns once, with the number of customers that show it. Scores go back by a join in the
engine (an Ibis table) or by position (any other table), never by a call per row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.distinct import distinct_rows
from patron.models.pattern_sums import added_of, added_of_groups, sums_of
from patron.models.pattern_weights import CUSTOMERS, check_weights, customers_of, weights_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEY = "_pattern_{}"
SPENT = "_spent"


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """The distinct rows of some columns, sorted, with how many customers show each.

    `source` is the Ibis table they were counted in; for any other table `rows` says which pattern each row has, and
    `columns` holds the rows themselves. `added` is the sum of a column over the customers with a repeat.
    """

    values: dict[str, Floats]
    customers: Ints
    keys: pa.Table
    source: ir.Table | None = None
    rows: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    columns: dict[str, Floats] = field(default_factory=dict)
    added: float | None = None

    def __getitem__(self, column: str) -> Floats:
        return self.values[column]

    @property
    def total(self) -> int:
        """How many customers there are."""
        return int(self.customers.sum())

    def restore(self, **scores: Floats) -> Any:
        """Give each row of the history the scores of its pattern.

        Returns
        -------
        array, or Table
            For an Ibis history that table with one more column a score; otherwise an array in row order, with one
            column a score when there are several.
        """
        if self.source is not None:
            return self._join(self.source, scores)
        columns = [np.asarray(score, dtype=np.float64)[self.rows] for score in scores.values()]
        return columns[0] if len(columns) == 1 else np.column_stack(columns)

    def _join(self, source: ir.Table, scores: dict[str, Floats]) -> ir.Table:
        names = self.keys.column_names
        table = self.keys.rename_columns([KEY.format(name) for name in names])
        for name, score in scores.items():
            table = table.append_column(name, pa.array(np.asarray(score, dtype=np.float64)))
        right = ibis.memtable(table)
        left = source.drop(*[name for name in scores if name in source.columns])
        joined = left.left_join(right, [left[name] == right[KEY.format(name)] for name in names])
        return joined.drop(*[KEY.format(name) for name in names], *[name for name in names if name.startswith("_")])


def read_patterns(
    history: Any,
    columns: Sequence[str],
    *,
    optional: Sequence[str] = (),
    spent: bool = False,
    counted: bool = True,
    weight: str | None = None,
    added: str | None = None,
) -> Patterns:
    """Count the patterns of `columns` in a history, and refuse what cannot be.

    Parameters
    ----------
    history : Table
        Ibis (grouped in the engine, one call), Arrow, pandas, Polars, or anything that offers an Arrow stream.
    columns : sequence of str
        Some of frequency, recency, T, monetary_value.
    optional : sequence of str
        Those that may be missing in a row (it is NaN then).
    spent : bool
        Also divide by whether the spend of the repeats is known and positive: column ``_spent``, 1 or 0.
    counted : bool
        Without it each row of a table in memory is a pattern of its own, in row order: for a score that is computed
        faster than equal rows are found. An Ibis table is counted all the same.
    weight : str, optional
        A column that says how many customers each row stands for; without it a row is one customer.
    added : str, optional
        Also add up this column over the customers with a repeat; frequency must be among the columns.

    Raises
    ------
    ContractError
        A column is missing.
    ArgumentError
        The table is of no known kind, has no rows, or holds values that cannot be.
    """
    wanted = tuple(columns)
    if isinstance(history, ir.Table):
        patterns = _count_in_engine(history, wanted, spent=spent, weight=weight, added=added)
    else:
        patterns = _count_in_memory(history, wanted, spent=spent, counted=counted, weight=weight, added=added)
    _check(patterns, optional)
    return patterns


def has_column(history: Any, name: str) -> bool:
    """Tell whether a history, of any kind that `read_patterns` takes, has a column."""
    if isinstance(history, ir.Table):
        return name in history.columns
    return hasattr(history, "__arrow_c_stream__") and name in pa.table(history).column_names


def is_spent(history: ir.Table) -> ir.BooleanValue:
    """Tell, as an expression, whether a row's repeats have a positive amount."""
    amount = history.monetary_value.cast("float64")
    known = amount.notnull() & ~amount.isnan()
    return (known & (amount > 0) & (history.frequency > 0)).fill_null(False)


def _spent(history: ir.Table) -> ir.FloatingValue:
    """Return 1 where the spend is known, 0 where not, and infinity where it is infinite, so that the check sees it."""
    infinite = (history.monetary_value.cast("float64").abs() == ibis.literal(np.inf)).fill_null(False)
    return ibis.ifelse(infinite, ibis.literal(np.inf), is_spent(history).cast("float64"))


def _count_in_engine(
    history: ir.Table, columns: tuple[str, ...], *, spent: bool, weight: str | None, added: str | None
) -> Patterns:
    also = [name for name in (weight, added) if name is not None]
    _check_columns((*columns, *also, *(["frequency", "monetary_value"] if spent else [])), list(history.columns))
    for name in (*columns, *also):
        if not history[name].type().is_numeric():
            raise _not_numbers(name, history[name].type())
    if spent:
        history = history.mutate(**{SPENT: _spent(history)})
        columns = (*columns, SPENT)
    sums = customers_of(history, weight) | ({} if added is None else sums_of(history, added))
    grouped = history.group_by(*columns).aggregate(**sums).to_pyarrow()
    check_weights(grouped, weight)
    values = {name: _floats(grouped[name], name) for name in columns}
    order = np.lexsort([values[name] for name in reversed(columns)])
    return Patterns(
        values={name: value[order] for name, value in values.items()},
        customers=grouped[CUSTOMERS].to_numpy()[order].astype(np.int64),
        keys=grouped.select(list(columns)).take(pa.array(order)),
        source=history,
        added=None
        if added is None
        else added_of_groups(grouped, _floats(grouped["frequency"], "frequency") > 0, added),
    )


def _count_in_memory(
    history: Any, columns: tuple[str, ...], *, spent: bool, counted: bool, weight: str | None, added: str | None
) -> Patterns:
    also = [name for name in (weight, added) if name is not None]
    wanted = dict.fromkeys((*columns, *also, *(["frequency", "monetary_value"] if spent else [])))
    table = _to_arrow(history, tuple(wanted))
    rows = {name: _floats(table[name], name) for name in wanted}
    keys = {name: rows[name] for name in columns}
    if spent:
        amount = rows["monetary_value"]
        keys[SPENT] = np.where(np.isinf(amount), np.inf, (rows["frequency"] > 0) & (amount > 0))
    if not counted:
        each = np.broadcast_to(np.int64(1), table.num_rows)
        return Patterns(values=keys, customers=each, keys=pa.table({}), columns=rows)
    number, shown_by = distinct_rows(list(keys.values()))
    distinct = {name: value[shown_by] for name, value in keys.items()}
    customers = np.bincount(number, weights_of(rows, weight), minlength=len(shown_by)).astype(np.int64)
    return Patterns(
        values=distinct, customers=customers, keys=pa.table(distinct), rows=number, columns=rows,
        added=None if added is None else added_of(rows[added], rows["frequency"], added),
    )  # fmt: skip


def _to_arrow(history: Any, columns: tuple[str, ...]) -> pa.Table:
    if not hasattr(history, "__arrow_c_stream__"):
        raise failure(ArgumentError, "models.history_kind", came=type(history).__name__, allowed=listing(columns))
    table = pa.table(history)
    _check_columns(columns, table.column_names)
    return table


def _floats(column: Any, name: str) -> Floats:
    """Return an Arrow column as numbers, with NaN where there is none."""
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise _not_numbers(name, kind)
    flat = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    return flat if pa.types.is_integer(kind) else flat + 0.0  # so that -0.0 is no pattern of its own


def _not_numbers(name: str, kind: Any) -> ArgumentError:
    return failure(ArgumentError, "models.history_type", column=name, came=str(kind))


def _check_columns(columns: Sequence[str], came: Sequence[str]) -> None:
    for name in columns:
        if name not in came:
            raise failure(
                ContractError, "errors.contract_column_missing", table="history", column=name, came=listing(came),
                allowed="float64", hint=did_you_mean(name, came),
            )  # fmt: skip


def _check(patterns: Patterns, optional: Sequence[str]) -> None:
    """Refuse histories that no customer can have, naming the first fault and how many customers show it."""
    if not len(patterns.customers):
        raise failure(ArgumentError, "models.history_empty")
    for key, column, found in _faults(patterns, optional):
        if found.any():
            came = int(patterns.customers[found].sum())
            raise failure(ArgumentError, f"models.{key}", column=column, came=came, customers=patterns.total)


def _faults(patterns: Patterns, optional: Sequence[str]) -> list[tuple[str, str, NDArray[np.bool_]]]:
    faults = []
    for name, value in patterns.values.items():
        if name not in optional:
            faults.append(("history_missing", name, np.isnan(value)))
        faults.append(("history_infinite", "monetary_value" if name == SPENT else name, np.isinf(value)))
        if name != "monetary_value":
            faults.append(("history_negative", name, value < 0))
    x, t, T = (patterns.values.get(name) for name in ("frequency", "recency", "T"))
    if x is not None:
        faults.append(("history_whole", "frequency", x != np.floor(x)))
    if t is not None and T is not None and x is not None:
        faults.append(("history_recency_after_T", "recency", t > T))
        faults.append(("history_recency_without_repeat", "recency", (x == 0) & (t > 0)))
    return faults

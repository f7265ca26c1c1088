"""A table of features as numbers: one row per customer and day, one column per feature.

Numbers are rounded to seven digits (32-bit floating point): the last digits of a sum depend on the order in which
threads came to it, and a tree must not cut between two sums of the same numbers. Words become the number of their
place among the words that were learned; a word that was not is missing. Days become days before the row's day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError, LeakError
from patron.language import did_you_mean, failure, listing

KEY = ("customer_id", "as_of")
MOST_WORDS = 50  # of one column; rarer words are missing

Matrix = NDArray[np.float32]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column: its name, whether it holds numbers, words or days, and the words that were learned."""

    name: str
    kind: str = "number"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FeatureTable:
    """Features of some customers, in the order of the rows that came.

    `days` is each row's day (all equal where the table names none); `order` sorts the rows by day and customer.
    """

    features: tuple[Feature, ...]
    matrix: Matrix
    customers: pa.Array
    days: Days
    order: NDArray[np.int64]
    source: Any

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.customers)


def read_features(features: Any, *, known: Sequence[Feature] | None = None) -> FeatureTable:
    """Read a table of features, in one engine call.

    Parameters
    ----------
    features : Table
        Ibis, Arrow, pandas, Polars, or anything that offers an Arrow stream: ``customer_id``, ``as_of`` where the rows
        are of several days, and a column per feature.
    known : sequence of Feature, optional
        What a model learned from: these columns are read, as they were then. Without it all columns are.

    Raises
    ------
    ContractError
        A column is missing, or a customer stands twice on one day.
    ArgumentError
        The table is of no known kind or has no rows, or a column holds what is no number, word or day.
    LeakError
        A column holds days that lie after `as_of`.
    """
    table = to_arrow(features)
    _check_columns(("customer_id", *(one.name for one in known or ())), table.column_names)
    if not table.num_rows:
        raise failure(ArgumentError, "propensity.no_rows")
    wanted = list(known) if known is not None else _found(table)
    if not wanted:
        raise failure(ArgumentError, "propensity.no_features", came=listing(table.column_names))
    customers, days = _whole(table["customer_id"].cast(pa.string())), _days(table)
    matrix = np.empty((table.num_rows, len(wanted)), dtype=np.float32)
    for place, feature in enumerate(wanted):
        matrix[:, place] = _numbers(_whole(table[feature.name]), feature, days)
    order = np.asarray(
        pc.sort_indices(pa.table({"day": days, "who": customers}), [("day", "ascending"), ("who", "ascending")])
    )
    _check_once(customers, days, order)
    return FeatureTable(
        features=tuple(wanted), matrix=matrix, customers=customers, days=days, order=order, source=features
    )


def read_outcome(outcome: Any, table: FeatureTable) -> NDArray[np.float64]:
    """Return 0 or 1 for each row of a feature table.

    Parameters
    ----------
    outcome : array, or Table
        In the order of the features' rows; or with the columns ``customer_id`` (and ``as_of``) and ``outcome``.
    table : FeatureTable
        The rows that are asked for.

    Raises
    ------
    ArgumentError
        A row has no outcome, or one that is neither 0 nor 1.
    """
    values = _by_key(outcome, table) if _is_table(outcome) else np.asarray(outcome)
    if values.shape != (table.rows,):
        raise failure(ArgumentError, "propensity.outcome_rows", came=len(np.atleast_1d(values)), allowed=table.rows)
    numbers = values.astype(np.float64)
    wrong = int((~np.isin(numbers, (0.0, 1.0))).sum())
    if wrong:
        raise failure(ArgumentError, "propensity.outcome_values", came=wrong, rows=table.rows)
    return numbers


def _by_key(outcome: Any, table: FeatureTable) -> NDArray[Any]:
    came = to_arrow(outcome)
    _check_columns(("customer_id", "outcome"), came.column_names)
    dated = "as_of" in came.column_names
    keys = ["who", "day"] if dated else ["who"]
    right = pa.table({"who": came["customer_id"].cast(pa.string()), "outcome": came["outcome"].cast(pa.float64())})
    if dated:
        right = right.append_column("day", came["as_of"].cast(pa.date32()))
    if right.num_rows != right.group_by(keys).aggregate([]).num_rows:
        raise failure(ContractError, "propensity.twice", table="outcome")
    left = pa.table({"who": table.customers, "day": pa.array(table.days), "row": np.arange(table.rows)})
    both = left.join(right, keys, join_type="left outer").sort_by("row")
    return np.asarray(both["outcome"].to_numpy(zero_copy_only=False))


def _is_table(thing: Any) -> bool:
    return isinstance(thing, ir.Table) or (hasattr(thing, "__arrow_c_stream__") and hasattr(thing, "columns"))


def to_arrow(features: Any) -> pa.Table:
    """Return a table of any kind as an Arrow table.

    Raises
    ------
    ArgumentError
        It is no table.
    """
    if isinstance(features, ir.Table):
        return features.to_pyarrow()
    if not hasattr(features, "__arrow_c_stream__") or isinstance(features, (pa.ChunkedArray, pa.Array)):
        raise failure(ArgumentError, "propensity.kind", came=type(features).__name__)
    return pa.table(features)


def _check_columns(wanted: Sequence[str], came: Sequence[str]) -> None:
    for name in wanted:
        if name not in came:
            raise failure(
                ContractError, "errors.contract_column_missing", table="features", column=name, came=listing(came),
                allowed="any", hint=did_you_mean(name, came),
            )  # fmt: skip


def _found(table: pa.Table) -> list[Feature]:
    return [_described(name, _whole(table[name])) for name in table.column_names if name not in KEY]


def _described(name: str, column: pa.Array) -> Feature:
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return Feature(name=name, kind="day")
    if any(test(kind) for test in _WORDS):
        counts = pc.value_counts(column.cast(pa.string()).drop_null()).to_pylist()
        ranked = sorted(counts, key=lambda one: (-one["counts"], one["values"]))[:MOST_WORDS]
        return Feature(name=name, kind="word", words=tuple(sorted(one["values"] for one in ranked)))
    if not _is_number(kind):
        raise failure(ArgumentError, "propensity.column_kind", column=name, came=str(kind))
    return Feature(name=name)


_WORDS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_dictionary)


def _is_number(kind: pa.DataType) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean, pa.types.is_null)
    return any(test(kind) for test in tests)


def _numbers(column: pa.Array, feature: Feature, days: Days) -> NDArray[Any]:
    if feature.kind == "day":
        return _days_before(column, feature, days)
    if feature.kind == "word":
        places = pc.index_in(column.cast(pa.string()), pa.array(feature.words, pa.string()))
        return np.asarray(places.cast(pa.float64()).to_numpy(zero_copy_only=False))
    if not _is_number(column.type):
        raise failure(ArgumentError, "propensity.column_kind", column=feature.name, came=str(column.type))
    flat = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    values = np.asarray(flat.cast(pa.float64()).to_numpy(zero_copy_only=False))
    if infinite := int(np.isinf(values).sum()):
        raise failure(ArgumentError, "propensity.infinite", column=feature.name, came=infinite)
    return values


def _days_before(column: pa.Array, feature: Feature, days: Days) -> NDArray[Any]:
    if np.isnat(days).any():
        raise failure(ArgumentError, "propensity.day_without_as_of", column=feature.name)
    came = np.asarray(column.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)).astype("datetime64[D]")
    before: NDArray[np.float64] = (days - came).astype(np.float64)
    before[np.isnat(came)] = np.nan
    if later := int((before < 0).sum()):
        raise failure(LeakError, "propensity.leak_later", feature=feature.name, came=later, rows=len(days))
    return before


def _days(table: pa.Table) -> Days:
    if "as_of" not in table.column_names:
        return np.full(table.num_rows, np.datetime64("NaT"), dtype="datetime64[D]")
    return np.asarray(_whole(table["as_of"]).cast(pa.date32()).to_numpy(zero_copy_only=False)).astype("datetime64[D]")


def _whole(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def _check_once(customers: pa.Array, days: Days, order: NDArray[np.int64]) -> None:
    if customers.null_count:
        raise failure(ContractError, "propensity.nobody", came=customers.null_count)
    sorted_ids, sorted_days = customers.take(pa.array(order)), days[order].astype(np.int64)
    same = pc.equal(sorted_ids[1:], sorted_ids[:-1]).to_numpy(zero_copy_only=False)
    if (same.astype(bool) & (sorted_days[1:] == sorted_days[:-1])).any():
        raise failure(ContractError, "propensity.twice", table="features")


def columns_of(known: Sequence[Feature]) -> list[dict[str, Any]]:
    """Return features as plain data, for JSON."""
    return [{"name": one.name, "kind": one.kind, "words": list(one.words)} for one in known]


def features_of(columns: Sequence[Mapping[str, Any]]) -> tuple[Feature, ...]:
    """Return the features that `columns_of` described."""
    return tuple(Feature(name=one["name"], kind=one["kind"], words=tuple(one["words"])) for one in columns)


def given_back(table: FeatureTable, columns: dict[str, pa.Array], plain: Any) -> Any:
    """Return scores as they were asked for: joined to an Ibis table, else as they are."""
    source = table.source
    if not isinstance(source, ir.Table):
        return plain
    keys = {"customer_id": "_who", "as_of": "_day"} if "as_of" in source.columns else {"customer_id": "_who"}
    scored = pa.table({"_who": table.customers, "_day": pa.array(table.days), **columns})
    left = source.drop(*(name for name in columns if name in source.columns))
    right = ibis.memtable(scored.select([*keys.values(), *columns]))
    joined = left.left_join(
        right, [left[ours].cast(right[theirs].type()) == right[theirs] for ours, theirs in keys.items()]
    )
    return joined.drop(*keys.values())

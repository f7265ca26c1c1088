"""Paths of touches from any kind of table: one row per path, counted, or one row per touch.

In   a table of paths (``path``, ``conversions``, and where known ``value`` and ``nulls``),
     or one of touches (``path_id``, ``at``, ``channel``, ``converted``, and where known ``value``)
Out  `Paths`, batch by batch, so that no more than some millions of touches are in memory at once
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError
from patron.kpis.counted_paths import Codes, Floats, Ints, Paths
from patron.kpis.in_order import in_order
from patron.language import did_you_mean, failure, listing

SEPARATOR = " > "

COUNTED: Mapping[str, Sequence[str]] = {
    "path": ("path",),
    "conversions": ("conversions", "total_conversions"),
    "value": ("value", "total_conversion_value"),
    "nulls": ("nulls", "total_null"),
}
TOUCHES: Mapping[str, Sequence[str]] = {
    "path_id": ("path_id",),
    "at": ("at",),
    "channel": ("channel",),
    "converted": ("converted",),
    "value": ("value",),
}
"""What each column may be called."""

NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
OPTIONAL = ("value", "nulls")
AT_ONCE = 10_000_000
"""Touches of an Ibis table that are read at once."""

TICKS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}  # a second

GAPS = 4  # times as many numbers as touches may lie between the smallest id and the largest


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some paths, and what each of them is known by: its id, or itself."""

    paths: Paths
    name: str
    keys: pa.Array


def read_paths(table: Any) -> Iterator[Batch]:
    """Read paths, of which none is divided between two batches.

    Raises
    ------
    ArgumentError
        The table is of no known kind; or a count, value, channel, path or moment is none that can be.
    ContractError
        A column is missing.
    """
    if not isinstance(table, ir.Table) and not hasattr(table, "__arrow_c_stream__"):
        raise failure(ArgumentError, "attribution.kind", came=type(table).__name__)
    if not isinstance(table, ir.Table):
        table = pa.table(table)
    names = table.columns if isinstance(table, ir.Table) else table.column_names
    touches = "path_id" in names
    found = _found(TOUCHES if touches else COUNTED, list(names))
    if not isinstance(table, ir.Table):
        batches = iter([table.select(list(found.values())).rename_columns(list(found))])
    else:
        batches = _pulled(table.select(**found), AT_ONCE if touches else None)
    return (_touches(each) if touches else _counted(each) for each in batches if each.num_rows)


def _found(wanted: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, str]:
    """Return what the table calls each column that it has."""
    found = {}
    for column, called in wanted.items():
        there = [name for name in called if name in names]
        if there:
            found[column] = there[0]
        elif column not in OPTIONAL:
            raise failure(
                ContractError, "errors.contract_column_missing", table="paths", column=column, came=listing(names),
                allowed=listing(called), hint=did_you_mean(column, names),
            )  # fmt: skip
    return found


def _pulled(table: ir.Table, at_once: int | None) -> Iterator[pa.Table]:
    """Pull a table, in parts by the hash of the path where it has more rows than `at_once`."""
    rows = 0 if at_once is None else int(table.count().to_pyarrow().as_py())
    parts = 1 if at_once is None else -(-rows // at_once)
    if parts <= 1:
        yield table.to_pyarrow()
        return
    part = (table.path_id.hash() % parts + parts) % parts
    for number in range(parts):
        yield table.filter(part == number).to_pyarrow()


def _touches(table: pa.Table) -> Batch:
    """Put touches into the order of their paths, days and channels, and say what came of each path."""
    for column in ("path_id", "at", "channel", "converted"):
        _check_none_missing(table[column], column)
    channels, codes = _by_name(_coded(table["channel"]))
    path, keys = _numbered(_flat(table["path_id"]))
    moments, day = _moments(table["at"])
    touches = in_order(path, moments, codes)
    first = np.append(0, np.flatnonzero(touches.path[1:] != touches.path[:-1]) + 1)
    starts = np.append(first, len(path))
    each = {
        name: _of_paths(table[name], name, touches.rows, starts)
        for name in ("converted", "value") if name in table.column_names
    }  # fmt: skip
    _check_nobodys(each["converted"], each.get("value"))
    row = first if touches.rows is None else touches.rows[first]
    return Batch(
        paths=Paths(
            channels=channels, codes=touches.channel, starts=starts, conversions=each["converted"],
            nulls=(each["converted"] == 0).astype(np.float64), value=each.get("value"), moments=touches.moment, day=day,
            path_of=np.arange(len(first)),
        ),
        name="path_id", keys=keys.take(pa.array(row)),
    )  # fmt: skip


def _counted(table: pa.Table) -> Batch:
    """Take the paths of a table apart; text is cut at " > "."""
    _check_none_missing(table["path"], "path")
    whole = _flat(table["path"])
    lists = whole
    if not _is_list(whole.type):
        lists = pc.split_pattern(whole.cast(pa.string()), SEPARATOR)
    lengths = np.asarray(pc.list_value_length(lists)).astype(np.int64)
    flat = pc.utf8_trim_whitespace(pc.list_flatten(lists).cast(pa.string()))
    empty = int((lengths == 0).sum()) + flat.null_count
    if empty:
        raise failure(ArgumentError, "attribution.missing", column="path", count=empty)
    channels, codes = _by_name(_coded(pa.chunked_array([flat])))
    numbers = {
        name: _checked(_numbers(table[name], name), name) for name in COUNTED
        if name != "path" and name in table.column_names
    }  # fmt: skip
    _check_nobodys(numbers["conversions"], numbers.get("value"))
    nothing = np.zeros(len(lengths))
    return Batch(
        paths=Paths(
            channels=channels, codes=codes, starts=np.concatenate([[0], np.cumsum(lengths)]),
            conversions=numbers["conversions"], nulls=numbers.get("nulls", nothing), value=numbers.get("value"),
            path_of=np.arange(len(lengths)),
        ),
        name="path", keys=whole,
    )  # fmt: skip


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _flat(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, its texts as Arrow can take them apart."""
    whole = column.combine_chunks()
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if pa.types.is_string_view(whole.type):
        return whole.cast(pa.string())
    return whole.cast(pa.large_list(pa.string())) if _is_list(whole.type) else whole


def _coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return channels as numbers and their names; a column that is coded already stays as it is."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column.cast(pa.string()))
    return column.unify_dictionaries().combine_chunks()


def _by_name(coded: pa.DictionaryArray) -> tuple[tuple[str, ...], Codes]:
    """Return the channels in the order of their names, and each touch's place among them."""
    names = coded.dictionary.cast(pa.string()).to_pylist()
    if "" in names or None in names:
        raise failure(ArgumentError, "attribution.missing", column="channel", count=1)
    ascending = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int32)
    rank[ascending] = np.arange(len(names), dtype=np.int32)
    return tuple(names[place] for place in ascending), rank[coded.indices.to_numpy()]


def _numbered(ids: pa.Array) -> tuple[Ints, pa.Array]:
    """Return paths as numbers from 0 on with few gaps, and their ids as they came."""
    if pa.types.is_integer(ids.type):
        ends = pc.min_max(ids).as_py()
        if ends["max"] - ends["min"] <= GAPS * len(ids):
            whole = ids.to_numpy().astype(np.int64, copy=False)
            return (whole - ends["min"] if ends["min"] else whole), ids
    return ids.dictionary_encode().indices.to_numpy().astype(np.int64), ids


def _moments(column: pa.ChunkedArray) -> tuple[Ints, float]:
    """Return moments as the table counts them, and how many of its ticks a day has."""
    kind = column.type
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("s")), pa.timestamp("s")
    if not pa.types.is_timestamp(kind):
        raise failure(ArgumentError, "attribution.moment", came=str(kind))
    return np.asarray(_flat(column).cast(pa.int64()).to_numpy()), 86_400.0 * TICKS[kind.unit]


def _numbers(column: pa.ChunkedArray, name: str) -> NDArray[Any]:
    """Return counts or money; what is missing is nothing."""
    kind = column.type
    if not any(is_one(kind) for is_one in NUMBERS):
        raise failure(ArgumentError, "attribution.numbers", column=name, came=str(kind))
    filled = pc.fill_null(column, pa.scalar(0).cast(kind)) if column.null_count else column
    return np.asarray((filled.cast(pa.float64()) if pa.types.is_decimal(kind) else filled).to_numpy())


def _checked(numbers: NDArray[Any], name: str) -> Floats:
    """Return counts or money as they are computed with; refuse what is negative or endless."""
    values = numbers.astype(np.float64)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        came = float(values[wrong][0])
        raise failure(ArgumentError, "attribution.negative", column=name, came=came, count=int(wrong.sum()))
    return values


def _of_paths(column: pa.ChunkedArray, name: str, rows: Codes | None, starts: Ints) -> Floats:
    """Return what stands beside every touch of each path."""
    values = _numbers(column, name)
    if rows is not None:
        values = values[rows]
    each = _checked(values[starts[:-1]], name)
    differs = values[1:] != values[:-1]
    differs[starts[1:-1] - 1] = False
    if differs.any():
        raise failure(ArgumentError, "attribution.differs", column=name, count=int(differs.sum()))
    return each


def _check_nobodys(conversions: Floats, value: Floats | None) -> None:
    """Refuse money of paths that led to nothing: no channel could be given it."""
    if value is not None and (found := (value > 0) & (conversions == 0)).any():
        raise failure(ArgumentError, "attribution.nobodys", count=int(found.sum()))


def _check_none_missing(column: pa.ChunkedArray, name: str) -> None:
    if column.null_count:
        raise failure(ArgumentError, "attribution.missing", column=name, count=column.null_count)

"""What messages brought, counted by segment and message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.contracts.arrow_table import arrow_table, check_named
from patron.decisions.learning.message_parts import MessageParts
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, listing

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def cell_counts(parts: MessageParts, results: Any) -> tuple[Floats, Floats]:
    """Return sends and responses, each of shape (segments, messages).

    Raises
    ------
    ArgumentError, ContractError
        Columns that are missing, options or segments that are not the learner's, counts that are missing.
    """
    table = pa.table(dict(results)) if isinstance(results, Mapping) else arrow_table(results, "results")
    needed = [*parts.names, "responses", *(["segment"] if len(parts.segments) > 1 else [])]
    check_named(table, {name: name for name in needed}, "results")
    cell = np.zeros(table.num_rows, dtype=np.int64)
    if len(parts.segments) > 1:
        cell = _places(table["segment"], parts.segments, "segment")
    for part, options in parts.parts.items():
        cell = cell * len(options) + _places(table[part], options, part)
    sends = _numbers(table, "sends") if "sends" in table.column_names else np.ones(table.num_rows)
    responses = _numbers(table, "responses")
    shape = len(parts.segments), parts.count

    def counted(numbers: Floats) -> Floats:
        return np.bincount(cell, numbers, shape[0] * shape[1]).astype(np.float64).reshape(shape)

    return counted(sends), counted(responses)


def segment_places(parts: MessageParts, context: str | Sequence[str] | None, count: int) -> Ints:
    """Return the number of each customer's segment.

    Raises
    ------
    ArgumentError
        A segment that the learner does not have, none where it needs one, or not one for each.
    """
    if context is None and len(parts.segments) == 1:
        return np.zeros(count, dtype=np.int64)
    named = [context] * count if isinstance(context, str) else list(context or ())
    if len(named) != count:
        raise failure(ArgumentError, "learning.context", argument="context", came=len(named), allowed=count)
    return _places(pa.chunked_array([pa.array(named, pa.string())]), parts.segments, "context")


def _places(values: pa.ChunkedArray, allowed: Sequence[str], column: str) -> Ints:
    """Return each value's place among those that are allowed."""
    place = pc.index_in(values.cast(pa.string()), pa.array(list(allowed), pa.string()))
    if place.null_count:
        strange = str(pc.unique(values.filter(pc.is_null(place)))[0].as_py())
        raise failure(
            ArgumentError, "learning.option", argument=column, came=strange, allowed=listing(allowed),
            hint=did_you_mean(strange, allowed),
        )  # fmt: skip
    return np.asarray(place.to_numpy(), dtype=np.int64)


def _numbers(table: pa.Table, column: str) -> Floats:
    """Return counts; booleans are 0 and 1."""
    values = table[column]
    if values.null_count:
        raise failure(ArgumentError, "learning.counts", argument=column, came=values.null_count)
    whole = values.cast(pa.int8()) if pa.types.is_boolean(values.type) else values
    return np.asarray(whole.cast(pa.float64()).to_numpy(), dtype=np.float64)

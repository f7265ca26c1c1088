"""What sets the people of a segment apart, attribute by attribute?

Each value is compared with all other customers of whom the attribute is known: the ratio of the shares with its
interval, and a q-value over all tests of the segmentation. Whether a value is tested depends on how many people have
it at all and how many are in the segment, never on how many of the segment have it: a choice by the outcome would make
chance look like a finding. What too few people of a segment have is tested, and not told.

In   ``customer_id, attribute, value``; contracts.customer.MEMBERSHIPS
Out  contracts.portrait.PORTRAITS
Ref  see `patron.stats.share_ratio` and `patron.stats.false_discovery`
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.portrait import PORTRAITS
from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.portraits.attributes import attributes, opened
from patron.portraits.counted import Counted, counted
from patron.portraits.kinds import kind_of
from patron.privacy.anonymity import LEAST, checked
from patron.stats.false_discovery import q_values
from patron.stats.share_ratio import ShareRatio, share_ratio

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_TESTED = 20
"""People who have a value, members and others of whom its attribute is known: with fewer nothing can be told."""

LEVEL = 0.05
"""The false discovery rate."""

SEGMENTATION = "segment"
"""What a segmentation is called that is the column of a table."""


def portrait(
    people: Any, *, by: str | None = None, members: Any = None, least: int = LEAST,
    defined_by: Mapping[str, Collection[str]] | None = None, allowed: Collection[str] = (),
) -> ir.Table:  # fmt: skip
    """Tell what sets each segment apart from everybody else.

    Parameters
    ----------
    people : Table
        With `by`: one row per person, ``customer_id``, the segment and a column per attribute. With `members`: the
        same without the segment, or ``customer_id, attribute, value`` (see `attributes`). Ibis, Arrow, pandas, Polars.
    by : str, optional
        The column that holds the segment.
    members : Table, optional
        Who is in which segment: contracts.customer.MEMBERSHIPS, without `by`.
    least : int
        The smallest number of people that anything is told of.
    defined_by : mapping of segmentation to attributes, optional
        What the segments are made by: no discovery where they differ in it.
    allowed : collection of str
        Specially protected attributes that may be used all the same.

    Returns
    -------
    Table, one row per segment, attribute and value
        contracts.portrait.PORTRAITS; without rows where too few people are known.

    Raises
    ------
    ArgumentError
        Neither or both of `by` and `members` are given; there is no such column; `least` is below 2; somebody stands
        in two segments of one segmentation.
    SettingsError
        An attribute's name says that it is specially protected.

    Examples
    --------
    >>> town = ["Ulm"] * 60 + ["Bonn"] * 40 + ["Ulm"] * 20 + ["Bonn"] * 80
    >>> people = pa.table({"customer_id": range(200), "kind": ["a"] * 100 + ["b"] * 100, "town": town})
    >>> first = portrait(people, by="kind").order_by("segment", "rank").to_pyarrow().to_pylist()[0]
    >>> first["segment"], first["value"], first["people"], round(first["lift"], 1), first["found"]
    ('a', 'Ulm', 60, 3.0, True)
    """
    facts, inside = _read(people, by, members, allowed)
    _check_once(inside)
    return ibis.memtable(portrait_rows(counted(facts, inside), least=least, defined_by=defined_by))


def portrait_rows(
    cells: Counted, *, least: int = LEAST, defined_by: Mapping[str, Collection[str]] | None = None
) -> pa.Table:
    """Return contracts.portrait.PORTRAITS from what was counted; parameters as in `portrait`."""
    least = checked(least)
    row, column = np.nonzero(_tested(cells, least))
    if not len(row):
        return PORTRAITS.schema.to_pyarrow().empty_table()
    a, n = cells.people[row, column], cells.known[row, column]
    b, m = cells.everybody[column] - a, cells.everybody_known[column] - n
    found = share_ratio(a, n, b, m)
    q = _q_values(found.p_value, [cells.segments[place][0] for place in row])
    sure = (q <= LEVEL) & ((found.low > 1) | (found.high < 1))
    defines = _defines(cells, defined_by or {})[row, column]
    told = a >= least
    columns = {
        **_named(cells, row, column), "people": a, "known": n, "share": found.share, "others": b, "others_known": m,
        "share_others": found.share_others, "lift": _none(found.ratio), "lift_low": found.low,
        "lift_high": _none(found.high), "p_value": found.p_value, "q_value": q, "defines": defines, "found": sure,
    }  # fmt: skip
    table = pa.table(columns).append_column("_apart", pa.array(_apart(found))).append_column("_row", pa.array(row))
    return _ranked(table.filter(pa.array(told)))


def _read(people: Any, by: str | None, members: Any, allowed: Collection[str]) -> tuple[ir.Table, ir.Table]:
    if (by is None) == (members is None):
        raise failure(ArgumentError, "portraits.by_or_members")
    table = opened(people)
    if by is None:
        inside = opened(members).select("customer_id", "segmentation", "segment")
        long = {"customer_id", "attribute", "value"} <= set(table.columns)
        return table if long else attributes(table, allowed=allowed), inside
    if by not in table.columns:
        raise failure(ArgumentError, "portraits.column", came=by, allowed=listing(table.columns))
    facts = attributes(table, leave_out=(by,), allowed=allowed)
    kept = table.filter(table[by].notnull())
    inside = kept.select(
        customer_id=kept.customer_id.cast("string"),
        segmentation=ibis.literal(SEGMENTATION),
        segment=kept[by].cast("string"),
    )
    return facts, inside


def _check_once(members: ir.Table) -> None:
    counts = members.aggregate(rows=members.count())
    keys = members.select("customer_id", "segmentation").distinct().aggregate(keys=lambda t: t.count())
    row = counts.cross_join(keys).to_pyarrow().to_pylist()[0]
    if row["rows"] != row["keys"]:
        raise failure(ArgumentError, "portraits.twice", came=row["rows"] - row["keys"])


def _tested(cells: Counted, least: int) -> NDArray[np.bool_]:
    """Tell which cells are tested: by their margins alone."""
    enough = max(LEAST_TESTED, least)
    others = cells.everybody_known - cells.known
    several = (cells.everybody >= enough) & (cells.everybody < cells.everybody_known)
    return (cells.known >= enough) & (others >= enough) & several


def _q_values(p: Floats, segmentations: list[str]) -> Floats:
    """Return q-values, each segmentation's over its own tests: each is a question of its own."""
    found = np.ones(len(p))
    names = np.array(segmentations)
    for name in dict.fromkeys(segmentations):
        found[names == name] = q_values(p[names == name])
    return found


def _defines(cells: Counted, defined_by: Mapping[str, Collection[str]]) -> NDArray[np.bool_]:
    return np.array(
        [
            [attribute in defined_by.get(segmentation, ()) for attribute, _ in cells.values]
            for segmentation, _ in cells.segments
        ]
    )


def _apart(found: ShareRatio) -> Floats:
    """Return how far a value sets a segment apart for certain.

    Its share times the logarithm of the end of the interval that is nearer to 1: its part of the divergence of the two
    groups, with the lift taken as small as it may be. What hardly anybody has sets few apart, however rare elsewhere.
    """
    with np.errstate(divide="ignore"):
        more = found.share * np.log(np.maximum(found.low, 1.0))
        less = -found.share_others * np.log(np.minimum(found.high, 1.0))
    return np.maximum(more, np.minimum(less, found.share_others * 5))


def _named(cells: Counted, row: Ints, column: Ints) -> dict[str, Any]:
    segments, values = np.array(cells.segments, dtype=object), np.array(cells.values, dtype=object)
    kinds = {name: kind_of(name) for name, _ in cells.values}
    attribute = values[column, 0].tolist()
    return {
        "segmentation": segments[row, 0].tolist(), "segment": segments[row, 1].tolist(), "attribute": attribute,
        "value": values[column, 1].tolist(), "kind": [kinds[name] for name in attribute],
    }  # fmt: skip


def _none(values: Floats) -> pa.Array:
    """Return numbers, none where they have no end."""
    return pa.array(values, mask=~np.isfinite(values))


def _ranked(table: pa.Table) -> pa.Table:
    """Return the rows with their place in their segment."""
    order = [
        ("_row", "ascending"), ("found", "descending"), ("_apart", "descending"), ("p_value", "ascending"),
        ("attribute", "ascending"), ("value", "ascending"),
    ]  # fmt: skip
    sorted_ = table.sort_by(order)
    rows = sorted_["_row"].to_numpy()
    first = np.searchsorted(rows, rows, side="left")
    ranked = sorted_.append_column("rank", pa.array(np.arange(len(rows)) - first + 1))
    schema = PORTRAITS.schema.to_pyarrow()
    return ranked.select(schema.names).cast(schema)

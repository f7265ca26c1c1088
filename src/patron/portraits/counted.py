"""How many people of each segment, and of all, have each value of each attribute? Counted in the engine.

In   ``customer_id, attribute, value`` and contracts.customer.MEMBERSHIPS
Out  counts as arrays: a cell for each segment and value, also where it holds nobody
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_VALUES = 40
"""Of one attribute, those of most people; rarer ones count as known and as none of these."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Cells of segments by values.

    `segments` are pairs of segmentation and segment, `values` pairs of attribute and value; `people` has shape
    (segments, values), `known` the same: of how many of the segment the value's attribute is known.
    """

    segments: tuple[tuple[str, str], ...]
    sizes: Ints  # of the segments
    values: tuple[tuple[str, str], ...]
    everybody: Floats  # who has each value
    everybody_known: Floats  # of whom its attribute is known
    people: Floats
    known: Floats


def counted(facts: ir.Table, members: ir.Table, *, most: int = MOST_VALUES) -> Counted:
    """Count people by segment and value, in two questions to the engine.

    Parameters
    ----------
    facts : Table, one row per customer and attribute
        ``customer_id, attribute, value``; of everybody who may be compared.
    members : Table, one row per customer and segmentation
        ``customer_id, segmentation, segment``.
    most : int
        Values of one attribute.
    """
    values = _values(facts, most)
    told = facts.inner_join(
        members.select(_who="customer_id", segmentation="segmentation", segment="segment"), [("customer_id", "_who")]
    )
    cells = told.group_by("segmentation", "segment", "attribute", "value").aggregate(people=told.count())
    sizes = members.group_by("segmentation", "segment").aggregate(people=members.count())
    nothing = ibis.null("string")
    both = cells.union(sizes.mutate(attribute=nothing, value=nothing).select(*cells.columns))
    return _arrays(values, both.to_pyarrow())


def _values(facts: ir.Table, most: int) -> pa.Table:
    """Return the values of most people of each attribute, and of how many it is known."""
    found = facts.group_by("attribute", "value").aggregate(people=facts.count())
    mine = ibis.window(group_by="attribute")
    ordered = ibis.window(group_by="attribute", order_by=[found.people.desc(), found["value"]])
    ranked = found.mutate(known=found.people.sum().over(mine), place=ibis.row_number().over(ordered))
    return ranked.filter(ranked.place < most).order_by("attribute", "place").to_pyarrow()


def _arrays(values: pa.Table, cells: pa.Table) -> Counted:
    named = cells.filter(pa.compute.is_valid(cells["attribute"]))
    whole = cells.filter(pa.compute.is_null(cells["attribute"])).sort_by(
        [("segmentation", "ascending"), ("segment", "ascending")]
    )
    segments = _pairs(whole, "segmentation", "segment")
    kept = _pairs(values, "attribute", "value")
    row = {pair: place for place, pair in enumerate(segments)}
    column = {pair: place for place, pair in enumerate(kept)}
    places = np.array([row[pair] for pair in _pairs(named, "segmentation", "segment")], dtype=np.int64)
    of = [pair[0] for pair in kept]
    attributes = {name: place for place, name in enumerate(dict.fromkeys(of))}
    own = named["attribute"].to_pylist()
    count = named["people"].to_numpy().astype(np.float64)
    known = np.zeros((len(segments), len(attributes)))
    np.add.at(known, (places, _codes(own, attributes)), count)
    people = np.zeros((len(segments), len(kept)))
    told = np.array([column.get(pair, -1) for pair in _pairs(named, "attribute", "value")], dtype=np.int64)
    people[places[told >= 0], told[told >= 0]] = count[told >= 0]
    return Counted(
        segments=segments, sizes=whole["people"].to_numpy().astype(np.int64), values=kept,
        everybody=values["people"].to_numpy().astype(np.float64),
        everybody_known=values["known"].to_numpy().astype(np.float64), people=people,
        known=known[:, _codes(of, attributes)],
    )  # fmt: skip


def _codes(names: Sequence[str], places: dict[str, int]) -> Ints:
    return np.array([places[name] for name in names], dtype=np.int64)


def _pairs(table: pa.Table, first: str, second: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(table[first].to_pylist(), table[second].to_pylist(), strict=True))

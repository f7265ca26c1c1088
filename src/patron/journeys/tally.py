"""Count the ways between steps: what leaves the engine is counted patterns, never people.

In   the rows that `moves` returns, with the segments they count in
Out  `Tally`: arrays of counts by part of the people, from which all of the map is worked out
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.journeys.moves import MOST_BOUGHT, NOWHERE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DIVISION = ("segmentation", "segment")
SITUATIONS = MOST_BOUGHT + 1
ANYWHERE = -2
"""Stands for every way from a step, where the people who were there are counted."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts of one segment, or of everybody.

    ``ways``    one row per from, situation, to and part of the people: their codes, how often, the money after it, and
                what the step itself brought
    ``firsts``  one row per step and part: journeys that came to it, and in how many of them each step came later
    ``people``  one row per way: from, to (-2 for anywhere), people, and the median seconds
    """

    names: tuple[str, ...]
    ways: dict[str, Ints]
    firsts: dict[str, Ints]
    people: dict[str, Floats]


def tallies(rows: ir.Table, names: tuple[str, ...]) -> dict[tuple[str, str], Tally]:
    """Return the counts of each segment.

    Parameters
    ----------
    rows : Table
        As `moves` returns them, once for each segment that a row counts in: ``segmentation, segment``.
    names : tuple of str
        The names of the codes.
    """
    ways = _split(_ways(rows).to_pyarrow())
    firsts = _split(_firsts(rows, len(names)).to_pyarrow())
    people = _split(_people(rows).to_pyarrow())
    return {
        key: Tally(
            names=names, ways=_whole(ways[key]), firsts=_whole(firsts[key]),
            people={name: np.asarray(values, dtype=np.float64) for name, values in people[key].items()},
        )
        for key in sorted(ways)
    }  # fmt: skip


def _ways(rows: ir.Table) -> ir.Table:
    """Count by situation: the step before, whether the step is new in the journey, and purchases so far."""
    situation = ((rows.before + 1) * 2 + rows["first"].cast("int64")) * SITUATIONS + rows.bought
    placed = rows.mutate(situation=situation.cast("int64"))
    counted = placed.group_by(*DIVISION, "step", "situation", "next", "cluster").aggregate(
        times=placed.count(), cents=_cents(placed.after), own_cents=_cents(placed["value"])
    )
    return counted.mutate(cents=counted.cents.cast("int64"), own_cents=counted.own_cents.cast("int64"))


def _cents(money: ir.NumericColumn) -> ir.NumericScalar:
    return (money.sum() * 100).cast("decimal(38, 0)")  # a cast that looks idle would be dropped


def _firsts(rows: ir.Table, steps: int) -> ir.Table:
    first = rows.filter(rows["first"])
    began = first.before == NOWHERE
    later = {place: ((first.later >> place) & 1) == 1 for place in range(steps)}
    return first.group_by(*DIVISION, "step", "cluster").aggregate(
        times=first.count(), began=first.count(where=began), ended=first.count(where=first.next == NOWHERE),
        **{f"later_{place}": first.count(where=bit) for place, bit in later.items()},
        **{f"from_start_{place}": first.count(where=bit & began) for place, bit in later.items()},
    )  # fmt: skip


def _people(rows: ir.Table) -> ir.Table:
    ways = rows.select(*DIVISION, "who", "seconds", origin="step", to="next")
    began = rows.filter(rows.before == NOWHERE)
    starts = began.select(
        *DIVISION, "who", seconds=ibis.null("int64"), origin=ibis.literal(NOWHERE, "int64"), to="step"
    )
    there = rows.select(*DIVISION, "who", seconds=ibis.null("int64"), origin="step", to=ibis.literal(ANYWHERE, "int64"))
    every = ibis.union(ways, starts, there)
    return every.group_by(*DIVISION, "origin", "to").aggregate(
        people=every.who.nunique(), seconds=every.seconds.median().cast("float64")
    )


def _split(counted: pa.Table) -> dict[tuple[str, str], dict[str, NDArray[np.generic]]]:
    """Divide a counted table by segment."""
    whole = counted.sort_by([(name, "ascending") for name in DIVISION])
    labels = list(zip(*(whole[name].to_pylist() for name in DIVISION), strict=True))
    columns = {name: whole[name].to_numpy() for name in whole.column_names if name not in DIVISION}
    found: dict[tuple[str, str], dict[str, NDArray[np.generic]]] = {}
    begins = [place for place in range(len(labels)) if place == 0 or labels[place] != labels[place - 1]]
    for start, stop in zip(begins, [*begins, len(labels)][1:], strict=True):
        found[labels[start]] = {name: values[start:stop] for name, values in columns.items()}
    return found


def _whole(columns: dict[str, NDArray[np.generic]]) -> dict[str, Ints]:
    return {name: values.astype(np.int64) for name, values in columns.items()}

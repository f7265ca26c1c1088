"""Where do people go, where do they stop, and what does it cost?

In   any table of events with who, what and when
Out  contracts.journey.JOURNEY_EDGES   one row per way from one step to the next

A journey is a visit where the table knows visits; all that a person did where it does not; and with `within_days` all
that a person did without a longer silence. Then a step has dropped off when so many days have gone by without another,
and steps that are younger than that are left out: of them nobody can tell yet.

Ref  Norris (1997), Markov Chains, section 1.1 (transition counts)
     Cochran (1977), Sampling Techniques, 6.11 (shares of clusters)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.journey import JOURNEY_EDGES
from patron.errors import ArgumentError, NotEnoughData
from patron.identity.keep import Keep, in_memory
from patron.journeys.edges import Edges, edges_of, rows_of
from patron.journeys.moves import moves, step_names
from patron.journeys.read import read_steps
from patron.journeys.tally import DIVISION, tallies
from patron.language import failure, listing

ALL = ("all", "all")
MOST_DAYS = 3_650

Segment = tuple[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class JourneyMap:
    """The map of everybody and, where it was asked for, of each group.

    ``edges``      Arrow table, contracts.journey.JOURNEY_EDGES
    ``left_out``   rows that could not be used, by reason: incomplete, too_early, later than as_of, too_young to tell
    ``as_of``      the last day that was looked at
    """

    edges: pa.Table
    left_out: Mapping[str, int]
    as_of: date
    within_days: int | None
    counted: Mapping[Segment, Edges] = field(repr=False)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segmentation and segment of each map."""
        return tuple(self.counted)

    def of(self, segmentation: str = "all", segment: str = "all") -> JourneyMap:
        """Return the map of one segment.

        Raises
        ------
        ArgumentError
            There is no such segment.
        """
        key = segmentation, segment
        if key not in self.counted:
            known = listing("/".join(one) for one in self.counted)
            raise failure(ArgumentError, "journeys.segment", came="/".join(key), allowed=known)
        return _made({key: self.counted[key]}, self.left_out, self.as_of, self.within_days)

    def only(self) -> Edges:
        """Return the counts of everybody, or of the only segment that there is."""
        return self.counted.get(ALL) or next(iter(self.counted.values()))


def journey_map(
    events: Any, *, by: str | Sequence[str] | None = None, as_of: date | None = None, within_days: int | None = None,
    keep: Keep = in_memory,
) -> JourneyMap:  # fmt: skip
    """Draw the map of journeys.

    Parameters
    ----------
    events : Table, one row per event
        Ibis, Arrow, pandas or Polars. Who: ``customer_id`` or ``visitor_id`` (or person, anonymous_id, user_id; of
        several the first that is not missing). What: ``step`` or ``event``. When: ``at``, ``occurred_at`` or
        ``timestamp``. And, if there is one: ``session_id``; ``value`` or ``amount``, the money that the step brought;
        ``position``, which of several events of one moment came first (without it they stand in the order of their
        names).
    by : str or sequence of str, optional
        Columns to draw further maps by, one for each value; a journey belongs where its first event does.
    as_of : date, optional
        The last day to know about; without it the last one in the table.
    within_days : int, optional
        After so many days without an event a journey has ended. Without it a journey is a visit, or all that a person
        did, and its end is a drop-off whenever it was.
    keep : callable
        Writes a table aside and returns it as it is read again; in memory when absent.

    Raises
    ------
    ContractError
        Who, what or when is missing, or when is no moment.
    ArgumentError
        `by` names no column, the days are none, or an event is called ``start`` or ``drop_off``.
    NotEnoughData
        No event is left, or none is old enough that it can be told what came after it.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from datetime import datetime
    >>> seen = pa.table({
    ...     "customer_id": ["a", "a", "b", "b", "c"],
    ...     "event": ["cart", "order", "cart", "order", "cart"],
    ...     "at": [datetime(2024, 1, day) for day in (1, 2, 1, 3, 1)],
    ... })
    >>> drawn = journey_map(seen).edges
    >>> [(row["from_step"], row["to_step"], row["times"]) for row in drawn.to_pylist()]
    [('start', 'cart', 3), ('cart', 'drop_off', 1), ('cart', 'order', 2), ('order', 'drop_off', 2)]
    """
    columns = [by] if isinstance(by, str) else list(by or ())
    if within_days is not None and not (isinstance(within_days, int) and 1 <= within_days <= MOST_DAYS):
        raise failure(ArgumentError, "journeys.within", came=within_days, most=MOST_DAYS)
    read = read_steps(events, by=columns, as_of=as_of)
    names = step_names(read.steps)
    if not names:
        raise failure(NotEnoughData, "journeys.none", **read.left_out)
    groups = [f"by_{place}" for place in range(len(columns))]
    made = moves(read.steps, names=names, groups=groups, within_days=within_days)
    rows = keep("journey_moves", made.rows)
    last = as_of or rows.day.max().to_pyarrow().as_py()
    told = told_by(rows, as_of=last, within_days=within_days)
    young = 0 if within_days is None else _size(rows) - _size(told)
    divided = [_placed(told, ibis.literal(ALL[0]), ibis.literal(ALL[1]))]
    divided += [
        _placed(told.filter(told[group].notnull()), ibis.literal(name), told[group])
        for group, name in zip(groups, columns, strict=True)
    ]
    return drawn(
        ibis.union(*divided) if columns else divided[0], names, valued=read.valued, as_of=last,
        left_out={**read.left_out, "too_young": young}, within_days=within_days,
    )  # fmt: skip


def told_by(rows: ir.Table, *, as_of: date, within_days: int | None) -> ir.Table:
    """Return the rows of `moves` that are old enough for it to be known what came after them."""
    if within_days is None:
        return rows
    return rows.filter(rows.day <= ibis.literal(as_of - timedelta(days=within_days)))


def drawn(
    rows: ir.Table, names: tuple[str, ...], *, valued: bool, as_of: date, left_out: Mapping[str, int],
    within_days: int | None,
) -> JourneyMap:  # fmt: skip
    """Return the maps of rows of `moves` with the segments that each counts in.

    Raises
    ------
    NotEnoughData
        There is no row.
    """
    counts = tallies(rows, names)
    if not counts:
        raise failure(NotEnoughData, "journeys.none", **{"incomplete": 0, "too_early": 0, "later": 0, **left_out})
    return _made({key: edges_of(one, valued=valued) for key, one in counts.items()}, left_out, as_of, within_days)


def _size(rows: ir.Table) -> int:
    return int(rows.count().to_pyarrow().as_py())


def _placed(rows: ir.Table, segmentation: ir.StringValue, segment: ir.StringValue) -> ir.Table:
    placed = rows.mutate(segmentation=segmentation, segment=segment)
    return placed.select(*(name for name in placed.columns if not name.startswith("by_")))


def _made(
    counted: Mapping[Segment, Edges], left_out: Mapping[str, int], as_of: date, within_days: int | None
) -> JourneyMap:
    rows = [
        {**dict(zip(DIVISION, key, strict=True)), **row} for key, edges in counted.items() for row in rows_of(edges)
    ]
    table = pa.Table.from_pylist(rows, schema=JOURNEY_EDGES.schema.to_pyarrow())
    return JourneyMap(edges=table, left_out=left_out, as_of=as_of, within_days=within_days, counted=counted)

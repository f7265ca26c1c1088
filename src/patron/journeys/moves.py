"""What came before each step, what came next, what came later, and what it brought?

In   the steps that `read_steps` returns
Out  one row per step: codes of the steps around it, and the money after it

Everything is told by windows over one person's steps in their order. Equals in time stand in the order of `position`,
then by the step's name and what it brought, so that the answer never depends on the order of the rows.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.journey import OTHER

CLUSTERS = 100
"""Into how many parts people are put to see how much figures differ between people."""

MOST_STEPS = 60
"""Steps with a name of their own; the later ones of a journey are the bits of one whole number."""

NOWHERE = -1
"""Stands for no step: before the first and after the last."""

MOST_BOUGHT = 3
"""From as many purchases on people count as equally experienced."""

DAY = 86_400  # seconds
_TIES = 4096  # steps of one second that can be told apart in time; further ones count as one moment


@dataclass(frozen=True, kw_only=True)
class Moves:
    """The rows, and the name of each code."""

    rows: ir.Table
    names: tuple[str, ...]


def step_names(steps: ir.Table) -> tuple[str, ...]:
    """Return the steps' names in order; where they are too many, the rarest stand together as `other`, the last one."""
    counted = steps.group_by("step").aggregate(times=steps.count())
    rows = counted.order_by(counted.times.desc(), "step").limit(MOST_STEPS + 1).to_pyarrow()["step"].to_pylist()
    if len(rows) <= MOST_STEPS:
        return tuple(sorted(rows))
    return (*sorted([name for name in rows if name != OTHER][: MOST_STEPS - 1]), OTHER)


def moves(
    steps: ir.Table,
    *,
    names: Sequence[str],
    groups: Sequence[str] = (),
    within_days: int | None = None,
    whole: bool = False,
) -> Moves:
    """Return what surrounds each step.

    Parameters
    ----------
    steps : Table, one row per step
        As `read_steps` returns them.
    names : sequence of str
        As `step_names` returns them.
    groups : sequence of str
        Columns of which a journey has the value of its first step.
    within_days : int, optional
        After so many days without a step a journey has ended, and the person's next step begins another one. Without it
        journeys are visits where there are visits, else all that a person did.
    whole : bool
        Also tell the person, the journey of each step and its place there, which paths are made of.

    Returns
    -------
    Moves
        ``rows``: ``who`` (a whole number a person), ``cluster``, ``step, before, next`` (places in `names`; -1 for
        none), ``first`` (whether the step is new in the journey), ``bought`` (purchases before, at most 3),
        ``seconds`` (until the next), ``later`` (steps that come later, one bit each), ``after`` (money after it),
        ``day`` and the groups.
    """
    coded = _coded(_numbered(steps), names)
    order, journey = ["at", "position", "step", "value"], ["who", "session_id"]
    if within_days is not None:
        coded, order, journey = _cut(_timed(coded, order), within_days), ["moment"], ["who", "journey"]
    inside = ibis.window(group_by=journey, order_by=order)
    earlier = ibis.window(group_by=journey, order_by=order, preceding=(None, 1))
    so_far = ibis.window(group_by=journey, order_by=order, preceding=(None, 0))
    ever = ibis.window(group_by=["who"], order_by=order, preceding=(None, 1))
    ahead = (
        ibis.window(group_by=journey, order_by=order, following=(1, None))
        if within_days is None
        else ibis.range_window(group_by=["who"], order_by="moment", following=(1, within_days * DAY * _TIES))
    )
    found = coded.mutate(
        bit=ibis.literal(1, "int64") << coded.step, paid=ibis.ifelse(coded["value"] > 0, 1, 0).cast("int16")
    )
    rows = found.select(
        "who", "cluster", "step", "value", "bit",
        before=found.step.lag().over(inside).fill_null(NOWHERE),
        next=found.step.lead().over(inside).fill_null(NOWHERE),
        seconds=found.second.lead().over(inside) - found.second,
        earlier=_steps_in(found, earlier, len(names)),
        later=_steps_in(found, ahead, len(names)),
        bought=found.paid.sum().over(ever).fill_null(0),
        after=found["value"].sum().over(ahead).fill_null(0),
        day=found["at"].date(),
        **(_whole(found, journey[1], inside) if whole else {}),
        **{name: found[name].first().over(so_far) for name in groups},
    )  # fmt: skip
    return Moves(
        rows=rows.mutate(
            first=(rows.earlier & rows.bit) == 0, bought=ibis.least(rows.bought, MOST_BOUGHT).cast("int8"),
        ).drop("earlier", "bit"),
        names=tuple(names),
    )  # fmt: skip


def _steps_in(found: ir.Table, window: Any, steps: int) -> ir.IntegerValue:
    """Return the steps in a window, one bit each. Ibis knows no such sum on Spark: there each step is looked for."""
    if ibis.get_backend(found).name != "pyspark":
        return found.bit.bit_or().over(window).fill_null(0)
    there = [
        ibis.ifelse(found.step == place, 1, 0).cast("int64").max().over(window).fill_null(0) << place
        for place in range(steps)
    ]
    return functools.reduce(operator.or_, there)


def _whole(found: ir.Table, journey: str, inside: Any) -> dict[str, ir.Value]:
    """Return what paths are made of."""
    return {
        "person": found.person, "journey": found[journey], "place": ibis.row_number().over(inside),
        "second": found.second,
    }  # fmt: skip


def _numbered(steps: ir.Table) -> ir.Table:
    """Give each person a number, so that no text is sorted, and a part of the people."""
    people = steps.select("person").distinct()
    counted = people.select(owner="person", who=ibis.row_number().over(ibis.window(order_by=people.person)))
    named = steps.inner_join(counted, steps.person == counted.owner).drop("owner")
    return named.mutate(cluster=(named.who % CLUSTERS).cast("int64"))


def _coded(steps: ir.Table, names: Sequence[str]) -> ir.Table:
    """Write the steps as numbers, with the second of each and its place among those of one second."""
    places = pa.table({"name": pa.array(list(names), pa.string()), "place": pa.array(range(len(names)), pa.int64())})
    known = ibis.memtable(places)
    named = steps.left_join(known, steps.step == known.name)
    code = ibis.coalesce(named.place, ibis.literal(len(names) - 1, "int64"))
    # Spark puts nulls first and DuckDB last: what is missing has a place of its own.
    return named.mutate(
        code=code, second=named["at"].truncate("s").epoch_seconds().cast("int64"),
        position=named.position.fill_null(0), session_id=named.session_id.fill_null(""),
        value=named["value"].fill_null(0),
    ).drop("step", "name", "place").rename(step="code")  # fmt: skip


def _timed(steps: ir.Table, order: Sequence[str]) -> ir.Table:
    """Give each step a moment of its own, so that windows of time can tell what came later from what came at once."""
    tie = ibis.row_number().over(ibis.window(group_by=["who", "second"], order_by=order))
    timed = steps.mutate(tie=ibis.least(tie, ibis.literal(_TIES - 1)).cast("int64"))
    return timed.mutate(moment=timed.second * _TIES + timed.tie)


def _cut(steps: ir.Table, within_days: int) -> ir.Table:
    """Count the journeys of each person: after a long silence a new one begins."""
    order = ["moment"]
    before = steps.second.lag().over(ibis.window(group_by=["who"], order_by=order))
    began = steps.mutate(new=ibis.ifelse(steps.second - before > within_days * DAY, 1, 0).fill_null(0))
    so_far = ibis.window(group_by=["who"], order_by=order, preceding=(None, 0))
    return began.mutate(journey=began.new.sum().over(so_far).cast("int64"))

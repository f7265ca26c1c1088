"""What did customers do after an anchor, counted small enough for mathematics: by anchor, deed, day and outcome.

A landmark is the day on which the time for a deed is over. Of those who were watched to it and may still do the
outcome, it is counted on which day after it the outcome came, or how long they were watched without it. The engine
groups; what comes to Python has one row per anchor, outcome, deed, time allowed and day, however many customers there
are.

Ref  Anderson, Cain & Gelber (1983), Analysis of survival by tumor response, Journal of Clinical Oncology 1(11), 710-719
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EVERYBODY = -1
"""Code of the deed that everybody has done: being there."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which rules are looked at; events by name, times in days."""

    anchors: tuple[str, ...]
    deeds: tuple[str, ...]
    outcomes: tuple[str, ...]
    again: tuple[str, ...]  # outcomes that count anew after the landmark for who did them before
    within_days: tuple[int, ...]
    horizon_days: int
    on_the_day: tuple[str, ...] = ()  # deeds that are a part of the anchor: only its own day is asked about

    @property
    def names(self) -> tuple[str, ...]:
        """All events, in the order of their codes."""
        return tuple(sorted({*self.anchors, *self.deeds, *self.outcomes}))


@dataclass(frozen=True, kw_only=True)
class HabitCounts:
    """One entry a row: how many customers, by codes of the events, time allowed, day after the landmark and outcome."""

    anchor: Ints
    outcome: Ints
    deed: Ints  # EVERYBODY for all who are at risk
    within: Ints  # days
    day: Ints  # 0 where nothing was watched after the landmark
    came: NDArray[np.bool_]
    customers: Ints


def habit_counts(dated: ir.Table, asked: Asked, *, as_of: date) -> HabitCounts:
    """Count doers, and everybody, by the day of the outcome after each landmark.

    Parameters
    ----------
    dated : Table, one row per event
        ``customer_id, day, event``, none later than `as_of`.
    asked : Asked
        The rules.
    as_of : date
        The last day that customers were watched.
    """
    coded = coded_events(dated, asked.names)
    after = _after_anchor(coded, asked, as_of=as_of)
    watched = _watched(after, asked)
    done = _done(after, asked)
    both = done.inner_join(watched, [("who", "whose"), ("anchor", "from_anchor"), ("within", "allowed")])
    key = ("anchor", "outcome", "deed", "within", "time", "came")
    return _collected(both.group_by(*key).aggregate(customers=both.count()))


def coded_events(dated: ir.Table, names: Sequence[str]) -> ir.Table:
    """Return the events of some names with a number for a name, days counted once."""
    codes = ibis.memtable(
        pa.table({"name": pa.array(names, pa.string()), "code": pa.array(range(len(names)), pa.int64())})
    )
    both = dated.inner_join(codes, [("event", "name")])
    return both.group_by("customer_id", "day", "code").aggregate(rows=both.count())


def from_anchors(coded: ir.Table, anchors: Sequence[int], *, as_of: date) -> ir.Table:
    """Return what each customer did from each anchor, by its code, on.

    Returns
    -------
    Table, one row per customer, anchor and event of a day
        ``who, anchor, code``; ``offset`` and ``watched``, days from the anchor to the event and to `as_of`.
    """
    begins = coded.filter(coded.code.isin(list(anchors)))
    starts = begins.group_by(who=begins.customer_id, anchor=begins.code).aggregate(start=begins.day.min())
    both = starts.inner_join(coded, [("who", "customer_id")])
    later = both.filter(both.day >= both.start)
    return later.select(
        "who", "anchor", "code", offset=later.day.delta(later.start, unit="day").cast("int64"),
        watched=ibis.literal(as_of).delta(later.start, unit="day").cast("int64"),
    )  # fmt: skip


def _after_anchor(coded: ir.Table, asked: Asked, *, as_of: date) -> ir.Table:
    """Return by customer, anchor and event: whether on the anchor's day, and the first day after each time allowed."""
    places = [place for place, name in enumerate(asked.names) if name in asked.anchors]
    each = from_anchors(coded, places, as_of=as_of)
    return each.group_by("who", "anchor", "code").aggregate(
        watched=each.watched.max(),
        same=(each.offset == 0).any(),
        **{
            _after(days): each.offset.min(where=each.offset > days) for days in sorted({0, *asked.within_days})
        },
    )  # fmt: skip


def _after(days: int) -> str:
    return f"after_{days}"


def _done(after: ir.Table, asked: Asked) -> ir.Table:
    """Return who did which deed in which time; everybody did being there."""
    codes = {name: code for code, name in enumerate(asked.names)}
    deeds = after.filter(after.code.isin([codes[name] for name in asked.deeds]))
    windows = ibis.memtable(pa.table({"within": pa.array(asked.within_days, pa.int64())}))
    timed = deeds.select("who", "anchor", "same", deed=deeds.code, first=deeds[_after(0)]).cross_join(windows)
    later = timed.deed.notin([codes[name] for name in asked.on_the_day]) if asked.on_the_day else ibis.literal(True)
    in_time = later & (timed["first"] <= timed.within)
    did = ibis.ifelse(timed.within == 0, timed.same & (timed.deed != timed.anchor), in_time)
    doers = timed.filter(did).select("who", "anchor", "deed", "within")
    anchored = after.filter(after.code == after.anchor).select("who", "anchor").cross_join(windows)
    everybody = anchored.select("who", "anchor", deed=ibis.literal(EVERYBODY, "int64"), within=anchored.within)
    return doers.union(everybody)


def _watched(after: ir.Table, asked: Asked) -> ir.Table:
    """Return, for who is at risk at each landmark, on which day after it the outcome came or the watching ended."""
    codes = {name: code for code, name in enumerate(asked.names)}
    anchored = after.filter(after.code == after.anchor).select("who", "anchor", "watched")
    parts = []
    for name in asked.outcomes:
        firsts = [_after(days) for days in sorted({0, *asked.within_days})]
        came = after.filter(after.code == codes[name]).select(*firsts, one="who", of="anchor")
        both = anchored.left_join(came, [("who", "one"), ("anchor", "of")])
        parts += [_after_landmark(both, codes[name], days, name in asked.again, asked) for days in asked.within_days]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _after_landmark(both: ir.Table, code: int, days: int, again: bool, asked: Asked) -> ir.Table:  # noqa: FBT001
    first = both[_after(0)]
    seen = both.filter((both.watched >= days) & (ibis.literal(again) | first.isnull() | (first > days)))
    ahead, end = seen[_after(days)] - days, ibis.least(seen.watched - days, asked.horizon_days)
    came = (ahead <= end).fill_null(False)
    return seen.select(
        whose="who", from_anchor="anchor", outcome=ibis.literal(code, "int64"), allowed=ibis.literal(days, "int64"),
        time=ibis.ifelse(came, ahead, end), came=came,
    )  # fmt: skip


def _collected(counts: ir.Table) -> HabitCounts:
    names = ("anchor", "outcome", "deed", "within", "time", "came", "customers")
    table = counts.order_by(*names[:-1]).to_pyarrow()
    whole = {name: table[name].cast(pa.int64()).to_numpy() for name in names if name != "came"}
    came = table["came"].to_numpy(zero_copy_only=False).astype(np.bool_)
    return HabitCounts(day=whole.pop("time"), came=came, **whole)

"""For whom does which signal fire today?

In   tables of a run, with the run's own customer ids
Out  contracts.signal.SIGNALS        one row per customer, signal and subject
     contracts.signal.SIGNAL_STATES  one row per signal
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import TABLES
from patron.contracts.signal import LIBRARY, SIGNALS
from patron.decisions.signals.fires import later, written
from patron.decisions.signals.known import Keep, known
from patron.decisions.signals.library import SIGNALS as LIBRARY_SIGNALS
from patron.decisions.signals.own import OwnSignal
from patron.decisions.signals.signal import Signal
from patron.decisions.signals.states import Asked, states
from patron.engines.constant import constant
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure
from patron.segments.tiers import CUTS

One = TypeVar("One", Signal, OwnSignal)

READS = (
    "profiles", "forecasts", "stages", "experience", "memberships", "memberships_before", "orders", "replenishments",
    "next_products", "affinity", "stuck_points", "golden_records",
)  # fmt: skip
"""Tables of a run that signals read."""

SOURCES = (
    "order_lines", "products", "events", "market", "subscriptions", "loyalty", "referrals", "reviews", "tickets",
    "messages",
)  # fmt: skip
"""Sources that they read: cleaned, with the customers' own ids."""

MOST_SUBJECTS = 3
"""Subjects of one customer and signal: who looked at thirty products gets no thirty messages."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a project wants of signals.

    Parameters
    ----------
    fresh_days : mapping of signal to days
        Where it is not the library's.
    off : collection of str
        Signals that nobody wants.
    own : sequence of OwnSignal
        The project's own, each with the rows for whom it fires.
    """

    fresh_days: Mapping[str, int] = field(default_factory=dict)
    off: Collection[str] = ()
    own: Sequence[OwnSignal] = ()


@dataclass(frozen=True, kw_only=True)
class Found:
    """The tables `signals` and `signal_states`."""

    signals: ir.Table
    states: ir.Table


def signals(
    tables: Mapping[str, ir.Table], *, as_of: date, tiers: Mapping[str, float] = CUTS, wanted: Wanted | None = None,
    customers: Collection[str] | None = None, event_names: Collection[str] | None = None,
    keep: Keep = lambda _name, table: table,
) -> Found:  # fmt: skip
    """Find what asks for an answer today.

    Parameters
    ----------
    tables : mapping of name to Table
        Of `READS` and `SOURCES`; what is absent counts as empty, and the signals that need it say so.
    as_of : date
        The last day we may know about. Rows of later days change nothing.
    tiers : mapping of tier to share
        The tiers of value, best first, as in `memberships`.
    wanted : Wanted, optional
        What the settings say; by default the whole library.
    customers : collection of str, optional
        For whom alone they are asked; everybody else still counts where others are compared with.
    event_names : collection of str, optional
        How the source calls its events, where that is known; else it is read.
    keep : callable
        Materialises a table under a name: what several signals share is computed once.

    Raises
    ------
    ArgumentError
        A name in `wanted` is no signal.
    """
    wanted = wanted or Wanted()
    own, off = wanted.own, wanted.off
    _check({*wanted.fresh_days, *off}, {*LIBRARY, *(one.name for one in own)})
    whole = {name: tables.get(name, _empty(name)) for name in (*READS, *SOURCES)}
    fresh = {one.name: one.fresh_days for one in LIBRARY_SIGNALS} | dict(wanted.fresh_days)
    there = known(whole, as_of=as_of, tiers=tiers, fresh=fresh, keep=keep, event_names=event_names)
    every = [Asked.of(one, there.present, off, days=fresh[one.name]) for one in LIBRARY_SIGNALS]
    every += [Asked.of_own(one, off) for one in own]
    rows = {one.name: one.function(there) for one in _answering(LIBRARY_SIGNALS, every)}
    rows |= {one.name: one.rows for one in _answering(own, every) if one.rows is not None}
    fired = keep("signals_fired", _fresh(rows, every, as_of=as_of, customers=customers)) if rows else SIGNALS.empty()
    return Found(signals=fired, states=states(every, fired, as_of=as_of))


def _answering(some: Sequence[One], every: Sequence[Asked]) -> list[One]:
    """Return the signals that are wanted, and whose data is there."""
    asked = {one.name for one in every if not one.off and not one.lacks}
    return [one for one in some if one.name in asked]


def _check(named: Collection[str], allowed: Collection[str]) -> None:
    for name in sorted(named):
        if name not in allowed:
            raise failure(ArgumentError, "signals.unknown", came=name, hint=did_you_mean(name, allowed))


def _empty(name: str) -> ir.Table:
    return TABLES[f"raw_{name}" if name in SOURCES else name].empty()


def _fresh(
    parts: Mapping[str, ir.Table], every: Sequence[Asked], *, as_of: date, customers: Collection[str] | None
) -> ir.Table:
    """Return what is fresh of all signals, and of each customer and signal the subjects that most money is about."""
    named = [rows.mutate(signal=ibis.literal(name)) for name, rows in parts.items()]
    about = ibis.memtable(
        pa.table(
            {
                "signal": pa.array([one.name for one in every], pa.string()),
                "family": pa.array([one.family for one in every], pa.string()),
                "subject_kind": pa.array([one.subject for one in every], pa.string()),
                "days": pa.array([one.days for one in every], pa.int64()),
            }
        )
    )
    rows = ibis.union(*named) if len(named) > 1 else named[0]
    if customers is not None:
        rows = rows.filter(rows.customer_id.isin(list(customers)))
    rows = rows.inner_join(about, "signal")
    today = ibis.literal(as_of)
    rows = rows.mutate(fresh_until=ibis.coalesce(rows.until, later(rows.fired_on, rows.days)))
    rows = rows.filter((rows.fired_on <= today) & (rows.fresh_until >= today))
    rows = rows.mutate(
        strength=rows.strength.clip(constant(0.0), constant(1.0)), subject=rows.subject.fill_null(""),
        facts=written(rows),
    )  # fmt: skip
    order = [rows["value"].fill_null(0).desc(), rows.strength.fill_null(0.0).desc(), rows.subject]
    placed = rows.mutate(place=ibis.row_number().over(ibis.window(group_by=["customer_id", "signal"], order_by=order)))
    return SIGNALS.shape(placed.filter(placed.place < MOST_SUBJECTS).select(*SIGNALS.names))

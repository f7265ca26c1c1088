"""For whom did which trigger fire, and who is at which step of a sequence?

In   contracts.signal.SIGNALS, Trigger, Known
Out  one row per customer and trigger: what it is about, since when, and what she was sent of it before

A signal of several subjects fires once: for the one with most money. A sequence goes on after its signal has passed;
who entered it is known from the firings of earlier days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.decisions.hash_space import digits, places
from patron.decisions.triggers.known import Known
from patron.decisions.triggers.trigger import Trigger

SUBJECT = ("subject_kind", "subject")
EXIT = ":exit"

_HIT = ibis.schema(
    {
        "customer_id": "string", "trigger": "string", "subject_kind": "string", "subject": "string",
        "fired_on": "date", "fresh_until": "date", "strength": "float64", "stake": "float64",
    }
)  # fmt: skip


def fired(signals: ir.Table, triggers: Sequence[Trigger], *, as_of: date, known: Known) -> ir.Table:
    """Return for whom triggers fire on a day.

    Parameters
    ----------
    signals : Table
        `SIGNALS` of the day.
    triggers : sequence of Trigger
        Those that run on the day, each name once.
    as_of : date
        The day.
    known : Known
        Who there is, who meets which audience, and the firings up to the day before.

    Returns
    -------
    Table, one row per customer and trigger
        ``customer_id, trigger, subject_kind, subject, fired_on, fresh_until, strength, stake`` (the signal's own
        value), and of the running iteration ``entered_on`` (when it first fired), ``sent``, ``sent_on`` and ``step``.
    """
    found = _hits(signals, triggers, as_of=as_of, known=known)
    found = _within(found, triggers, known.audiences)
    before = _before(known.firings, triggers, as_of=as_of)
    joined = found.left_join(before, ["customer_id", "trigger"])
    joined = joined.select(
        *(joined[name] for name in _HIT), "sent_on", "step", sent=joined.sent.fill_null(0),
        entered_on=ibis.coalesce(joined.entered_on, ibis.literal(as_of)),
    )  # fmt: skip
    going_on = _going_on(before, joined, triggers, known, as_of=as_of)
    return joined if going_on is None else joined.union(going_on)


def _hits(signals: ir.Table, triggers: Sequence[Trigger], *, as_of: date, known: Known) -> ir.Table:
    """Return for whom signals fire, and everybody for campaigns."""
    parts = []
    by_signal = [(one.name, one.signal) for one in triggers if one.signal is not None]
    if by_signal:
        bound = ibis.memtable([{"trigger": name, "signal": signal} for name, signal in by_signal])
        hits = signals.inner_join(bound, "signal").filter(lambda t: t.fired_on <= ibis.literal(as_of))
        hits = hits.mutate(stake=hits.value.cast("float64"))
        first = ibis.row_number().over(
            group_by=["customer_id", "trigger"], order_by=[hits.stake.fill_null(0.0).desc(), hits.fired_on.desc(),
                                                           hits.subject_kind, hits.subject],
        )  # fmt: skip
        parts.append(hits.mutate(_place=first).filter(lambda t: t["_place"] == 0).select(*_HIT))
    campaigns = [one for one in triggers if one.first_day is not None and one.last_day is not None]
    for one in campaigns:
        parts.append(
            known.customers.select(
                customer_id="customer_id", trigger=ibis.literal(one.name), subject_kind=ibis.literal("none"),
                subject=ibis.literal(""), fired_on=ibis.literal(one.first_day), fresh_until=ibis.literal(one.last_day),
                strength=ibis.null("float64"), stake=ibis.null("float64"),
            )
        )  # fmt: skip
    found = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return found.semi_join(known.customers, "customer_id")


def _within(found: ir.Table, triggers: Sequence[Trigger], audiences: ir.Table | None) -> ir.Table:
    """Keep whom the triggers are for: their audience, and of a pilot its share of the customers."""
    for one in triggers:
        if one.state == "pilot":
            outside = places(found, salt=one.pilot_salt) >= digits(one.pilot)
            found = found.filter(~((found.trigger == one.name) & outside))
    asked = [one.name for one in triggers if one.audience is not None]
    if not asked or audiences is None:
        return found
    meeting = audiences.filter(audiences.segmentation.isin(asked)).select("customer_id", trigger="segmentation")
    free = found.filter(~found.trigger.isin(asked))
    return free.union(found.filter(found.trigger.isin(asked)).semi_join(meeting, ["customer_id", "trigger"]))


def _before(firings: ir.Table | None, triggers: Sequence[Trigger], *, as_of: date) -> ir.Table:
    """Return what customers were sent in the running iteration; the last message counts whatever the iteration."""
    empty = {"customer_id": "string", "trigger": "string", "entered_on": "date", "sent": "int64", "sent_on": "date",
             "step": "string"}  # fmt: skip
    if firings is None:
        return ibis.memtable(ibis.schema(empty).to_pyarrow().empty_table())
    firings = firings.filter(firings.fired_on <= ibis.literal(as_of))
    running = ibis.memtable([{"trigger": one.name, "running": one.iteration} for one in triggers])
    told = firings.inner_join(running, "trigger")
    now = told.iteration == told.running
    return told.group_by("customer_id", "trigger").aggregate(
        entered_on=told.fired_on.max(where=now), sent=told.sent.sum(where=now).fill_null(0).cast("int64"),
        sent_on=told.sent_on.max(), step=told.step.max(where=now),
    )  # fmt: skip


def _going_on(
    before: ir.Table, fresh: ir.Table, triggers: Sequence[Trigger], known: Known, *, as_of: date
) -> ir.Table | None:
    """Return who is in a sequence whose signal is fresh for her no more."""
    sequences = {one.name: one.within_days or 0 for one in triggers if one.steps}
    if not sequences or known.firings is None:
        return None
    latest = {name: as_of - timedelta(days=days) for name, days in sequences.items()}
    within = ibis.cases(*((before.trigger == name, before.entered_on >= ibis.literal(day)) for name, day in
                          latest.items()), else_=False)  # fmt: skip
    still = before.filter(within).semi_join(known.customers, "customer_id")
    still = still.anti_join(fresh.select("customer_id", "trigger"), ["customer_id", "trigger"])
    return still.select(
        "customer_id", "trigger", subject_kind=ibis.literal("none"), subject=ibis.literal(""),
        fired_on=still.entered_on, fresh_until=ibis.literal(as_of), strength=ibis.null("float64"),
        stake=ibis.null("float64"), sent_on=still.sent_on, step=still.step, sent=still.sent,
        entered_on=still.entered_on,
    ).select(fresh.columns)  # fmt: skip


__all__ = ["EXIT", "fired"]

"""Of those for whom triggers fired: who is due a message today, and which step of a sequence?

In   `fired`, Trigger, Known
Out  one row per customer and trigger that has something to say to her today

A trigger speaks once for each time that its signal fires, a campaign once, a sequence one step after the other. What
stands in the way of it alone, a cap or another trigger, is written down and not dropped: every "no" has its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.decisions.triggers.fired import EXIT
from patron.decisions.triggers.known import Known
from patron.decisions.triggers.trigger import Trigger

LONGEST_DAYS = 36_500  # an expiry that nobody set


def due(found: ir.Table, triggers: Sequence[Trigger], *, as_of: date, known: Known) -> ir.Table:
    """Return who is due a message on a day.

    Parameters
    ----------
    found : Table
        From `fired`.
    triggers : sequence of Trigger
        Those that run on the day.
    as_of : date
        The day.
    known : Known
        Who has left which sequence.

    Returns
    -------
    Table, one row per customer and trigger
        The columns of `found`, and ``place`` (number of the step that is due, from 0; of others 0), ``due_on``,
        ``expires_on``, ``capped`` and ``yields_to``.
    """
    sequences = [one for one in triggers if one.steps]
    others = [one for one in triggers if not one.steps]
    parts = []
    if others:
        parts.append(_once(found.filter(found.trigger.isin([one.name for one in others])), others))
    parts += [_step_of(found.filter(found.trigger == one.name), one, known=known) for one in sequences]
    ready = ibis.union(*parts) if len(parts) > 1 else parts[0]
    today = ibis.literal(as_of)
    ready = ready.filter((ready.due_on <= today) & (ready.expires_on >= today))
    return _yielding(_capped(ready, triggers, as_of=as_of), triggers)


def _once(found: ir.Table, triggers: Sequence[Trigger]) -> ir.Table:
    """Return those who got nothing since the signal fired."""
    waits = ibis.memtable([
        {"trigger": one.name, "_days": LONGEST_DAYS if one.expires_days is None else one.expires_days}
        for one in triggers
    ])  # fmt: skip
    new = found.filter(found.sent_on.isnull() | (found.sent_on < found.fired_on)).inner_join(waits, "trigger")
    expires = ibis.least(new.fresh_until, _later(new.fired_on, new["_days"].cast("int64")))
    return new.mutate(place=ibis.literal(0, "int64"), due_on=new.fired_on, expires_on=expires).drop("_days")


def _step_of(found: ir.Table, one: Trigger, *, known: Known) -> ir.Table:
    """Return the next step of a sequence for each who is in it."""
    if one.exits is not None and known.audiences is not None:
        gone = known.audiences.filter(known.audiences.segmentation == f"{one.name}{EXIT}").select("customer_id")
        found = found.anti_join(gone, "customer_id")
    last = ibis.cases(*((found.step == step.name, place) for place, step in enumerate(one.steps)), else_=-1)
    found = found.mutate(place=ibis.ifelse(found.step.isnull(), -1, last).cast("int64") + 1)
    found = found.filter(found.place < len(one.steps))
    waits = ibis.cases(*((found.place == place, step.wait_days) for place, step in enumerate(one.steps)), else_=0)
    from_day = ibis.ifelse(found.place == 0, found.entered_on, ibis.coalesce(found.sent_on, found.entered_on))
    ends = _later(found.entered_on, ibis.literal(one.within_days or LONGEST_DAYS, "int64"))
    return found.mutate(due_on=_later(from_day, waits.cast("int64")), expires_on=ends)


def _later(day: ir.DateValue, days: ir.IntegerValue) -> ir.DateValue:
    return (day.cast("timestamp") + days.as_interval("D")).cast("date")


def _capped(ready: ir.Table, triggers: Sequence[Trigger], *, as_of: date) -> ir.Table:
    """Say which cap of the trigger itself speaks against a message; `per_day` follows when values are known."""
    cases = []
    for one in triggers:
        mine = ready.trigger == one.name
        if one.caps.every_days:
            recent = ibis.literal(as_of).delta(ready.sent_on, unit="day") < one.caps.every_days
            cases.append((mine & ready.sent_on.notnull() & recent, ibis.literal("every")))
        if one.caps.per_customer is not None:
            cases.append((mine & (ready.sent >= one.caps.per_customer), ibis.literal("per_customer")))
    return ready.mutate(capped=ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string"))


def _yielding(ready: ir.Table, triggers: Sequence[Trigger]) -> ir.Table:
    """Say before which trigger another steps back for the same customer."""
    pairs = [{"trigger": one.name, "_other": other} for one in triggers for other in one.gives_way_to]
    if not pairs:
        return ready.mutate(yields_to=ibis.null("string"))
    free = ready.filter(ready.capped.isnull())
    others = free.select("customer_id", _other="trigger").inner_join(ibis.memtable(pairs), "_other")
    first = others.group_by("customer_id", "trigger").aggregate(yields_to=others["_other"].min())
    joined = ready.left_join(first, ["customer_id", "trigger"])
    return joined.select(*(joined[name] for name in ready.columns), "yields_to")

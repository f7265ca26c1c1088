"""Whom did triggers ever fire for? What earlier days knew, what was sent since, and what fired today.

In   contracts.trigger.FIRINGS of the run before, what was sent since, `fired` of today, hold-outs
Out  contracts.trigger.FIRINGS

The arm is a hash of the id, so it needs no memory; that a trigger fired does, for its signal passes. Whom the shop's or
a programme's hold-out holds is in neither arm.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.trigger import FIRINGS
from patron.decisions.hash_space import digits, places
from patron.decisions.holdouts import TRIGGER, Holdout, applying
from patron.decisions.triggers.trigger import Trigger

KEY = ("trigger", "iteration", "customer_id")


def firings_of(today: ir.Table, before: ir.Table, triggers: Sequence[Trigger], holdouts: Sequence[Holdout], *,
               as_of: date) -> ir.Table:  # fmt: skip
    """Return all firings up to a day.

    Parameters
    ----------
    today : Table
        From `fired`: ``customer_id, trigger``.
    before : Table
        `FIRINGS` up to the day before, with what was sent since (`with_sent`).
    triggers : sequence of Trigger
        Those that run today.
    holdouts : sequence of Holdout
        All of the shop.
    as_of : date
        The day.
    """
    if not triggers:
        return before
    drawn = _drawn(today.select("customer_id", "trigger"), triggers, holdouts)
    now = ibis.literal(as_of)
    running = ibis.memtable([{"trigger": one.name, "iteration": one.iteration} for one in triggers])
    fresh = drawn.inner_join(running, "trigger").mutate(_now=now)
    seen = before.left_join(fresh.select(*KEY, "_now"), list(KEY))
    past = seen.select(
        **{name: seen[name] for name in FIRINGS.names if name != "last_on"},
        last_on=ibis.coalesce(seen["_now"], seen.last_on),
    ).select(*FIRINGS.names)  # fmt: skip
    new = fresh.anti_join(before.select(*KEY), list(KEY))
    return past.union(
        FIRINGS.shape(
            new.select(
                *KEY, "arm", fired_on=now, last_on=now, sent=ibis.literal(0, "int64"), sent_on=ibis.null("date"),
                step=ibis.null("string"),
            )
        )
    )  # fmt: skip


def _drawn(today: ir.Table, triggers: Sequence[Trigger], holdouts: Sequence[Holdout]) -> ir.Table:
    """Add the arm, and leave out whom a wider hold-out holds."""
    control: list[ir.BooleanValue] = []
    nobodys: list[ir.BooleanValue] = []
    for one in triggers:
        for held in applying(holdouts, programme=one.programme, trigger=one.name):
            inside = (today.trigger == one.name) & (places(today, salt=held.salt) < digits(held.share))
            (control if held.name == f"{TRIGGER}{one.name}" else nobodys).append(inside)
    arm = (
        ibis.cases(*((inside, "control") for inside in control), else_="treated")
        if control
        else ibis.literal("treated")
    )
    drawn = today.mutate(arm=arm)
    for inside in nobodys:
        drawn = drawn.filter(~inside)
    return drawn.select("customer_id", "trigger", "arm")


def with_sent(firings: ir.Table, sent: ir.Table) -> ir.Table:
    """Return firings with what was sent since the run that left them.

    Parameters
    ----------
    firings : Table
        `FIRINGS` as the run before left them.
    sent : Table
        Messages that went out: ``customer_id, trigger, sent_on, step``. Decisions and the sender may both tell of one:
        of a customer and trigger a day has one message. What is known already is not counted again.
    """
    daily = sent.group_by("customer_id", "trigger", "sent_on").aggregate(step=sent.step.max())
    running = firings.group_by("customer_id", "trigger").aggregate(iteration=firings.iteration.max())
    latest = firings.select(*KEY, "fired_on", known_on="sent_on").semi_join(running, list(KEY))
    joined = latest.inner_join(daily, ["customer_id", "trigger"])
    new = joined.known_on.isnull() & (joined.sent_on >= joined.fired_on) | (joined.sent_on > joined.known_on)
    joined = joined.filter(new)
    since = joined.group_by(*KEY).aggregate(
        more=joined.count(), last_sent=joined.sent_on.max(), last_step=joined.step.argmax(joined.sent_on)
    )
    both = firings.left_join(since, list(KEY), rname="{name}_since")
    return both.select(
        *(both[name] for name in FIRINGS.names if name not in ("sent", "sent_on", "step")),
        sent=both.sent + both.more.fill_null(0), sent_on=ibis.coalesce(both.last_sent, both.sent_on),
        step=ibis.coalesce(both.last_step, both.step),
    ).select(*FIRINGS.names)  # fmt: skip


def firing_once(firings: ir.Table) -> ir.Table:
    """Return firings by today's ids, each customer once: of two who turned out to be one the first stands."""
    first = ibis.row_number().over(group_by=list(KEY), order_by=[firings.fired_on, firings.arm])
    return firings.mutate(_first=first).filter(lambda t: t["_first"] == 0).drop("_first")


def fired_live(
    sends: ir.Table, triggers: Sequence[Trigger], holdouts: Sequence[Holdout], *, as_of: date
) -> ir.Table:  # fmt: skip
    """Return the firings of live triggers: `FIRINGS`, from what was decided at once, whatever became of it.

    Parameters
    ----------
    sends : Table
        ``customer_id, trigger, iteration, step, decided_on, left``: one row a decision about a message, by today's
        ids; ``left`` where it left or is to leave.
    triggers : sequence of Trigger
        The live ones.
    holdouts : sequence of Holdout
        All of the shop.
    as_of : date
        The last day we may know about.
    """
    known = sends.filter(sends.trigger.isin([one.name for one in triggers]), sends.decided_on <= ibis.literal(as_of))
    summed = known.group_by(*KEY).aggregate(
        fired_on=known.decided_on.min(), last_on=known.decided_on.max(),
        sent=known.left.sum().cast("decimal(38, 0)").cast("int64"), sent_on=known.decided_on.max(where=known.left),
        step=known.step.argmax(known.decided_on, where=known.left),
    )  # fmt: skip
    drawn = _drawn(summed.select("customer_id", "trigger").distinct(), triggers, holdouts)
    arms = drawn.select(_who="customer_id", _what="trigger", arm="arm")
    return FIRINGS.shape(summed.inner_join(arms, [("customer_id", "_who"), ("trigger", "_what")]))

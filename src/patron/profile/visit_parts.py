"""Which things that were done are one visit?

A visit is the source's own where it has an id, within what one visitor did; else what one visitor did in one channel
without 30 minutes of silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.event_words import AT_HOME, event_kind, visit_channel
from patron.profile.known import known_by

SILENCE = 30 * 60  # seconds

_SAME = ("visitor", "customer_id", "session_id", "channel", "at", "event", "product_id", "order_id")

VISIT = ("visitor", "own", "part")
"""The columns that name a visit."""


def things_done(events: ir.Table, *, as_of: date, also: Sequence[str] = ()) -> ir.Table:
    """Return each thing that a visitor did by `as_of`, once, with the columns `also`.

    Customers and visitors who are not known have names of their own.
    """
    known = known_by(events, as_of=as_of, column="occurred_at")
    visitor = ibis.coalesce(
        ibis.literal("customer:").concat(known.customer_id), ibis.literal("visitor:").concat(known.anonymous_id)
    )
    told = known.select(
        "customer_id", "session_id", "event", "product_id", "order_id", *also, visitor=visitor, at=known.occurred_at,
        channel=visit_channel(known.channel),
    )  # fmt: skip
    # An event of no kind is called so: where a condition is null in every row, Spark counts null, and not 0.
    kinds = told.select(*_SAME, *also).distinct().mutate(kind=lambda t: event_kind(t.event).fill_null("other"))
    return kinds.filter(kinds.kind.notin(AT_HOME))


def in_visits(done: ir.Table) -> ir.Table:
    """Say of each thing of which visit it was: the source's `own` or one cut by silence, and which `part`."""
    named = done.filter(done.session_id.notnull())
    own = named.mutate(own=ibis.literal(value=True), part=named.session_id)
    cut = _cut(done.filter(done.session_id.isnull()))
    return ibis.union(own, cut.select(*own.columns))


def _cut(done: ir.Table) -> ir.Table:
    """Cut where a visitor was silent in a channel: `part` numbers what lies between."""
    # Every column, so that events of one second stand in one order in both windows.
    order = ["at", "event", "product_id", "order_id", *(name for name in done.columns if name not in (*_SAME, "kind"))]
    before = second(done["at"]).lag().over(ibis.window(group_by=["visitor", "channel"], order_by=order))
    new = ibis.ifelse(second(done["at"]) - before > SILENCE, 1, 0).fill_null(1)
    began = done.mutate(new=new)
    rows = ibis.cumulative_window(group_by=["visitor", "channel"], order_by=order)
    number = began.new.sum().over(rows).cast("decimal(38, 0)").cast("string")
    part = ibis.coalesce(began.channel, ibis.literal("")).concat("\n", number)
    return began.mutate(own=ibis.literal(value=False), part=part)


def second(moment: ir.TimestampValue) -> ir.IntegerValue:
    """Return the whole second of a moment, alike on each engine."""
    return moment.truncate("s").epoch_seconds().cast("int64")

"""What did each iteration of each trigger change, among those for whom it fired?

In   contracts.trigger.FIRINGS, what customers did (`acts`), what they had bought before (`bought`)
Out  figures by trigger, iteration and metric

Both arms fire alike: the signal is told by what happened before anything was sent, and the arm is a hash of the id. So
those of both arms for whom it fired are compared, whether or not a message arrived, from the day after it first fired
to the end of the goal. Read among all customers, the same effect would drown in those for whom it never fired.

Only whose days are all over count: else those who fired lately would stand in one arm as in the other with part of
their days, and the figure would grow from run to run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.experiments.acts import WIDE, summed
from patron.experiments.compare import compare
from patron.experiments.known_then import WINDOW_DAYS

METRICS = ("margin", "revenue", "orders", "conversion")

Key = tuple[str, int]
Row = dict[str, Any]


def trigger_readings(
    firings: ir.Table,
    acts: ir.Table,
    bought: ir.Table,
    *,
    days: Mapping[str, int],
    as_of: date,
    keep: Callable[[str, ir.Table], ir.Table] = lambda _name, table: table,
) -> dict[tuple[Key, str], Row]:
    """Read every iteration of every trigger by every metric.

    Parameters
    ----------
    firings : Table
        `FIRINGS` up to `as_of`.
    acts : Table
        As `patron.experiments.acts.acts` makes it: orders, revenue and margin by customer and day.
    bought : Table
        As `patron.experiments.known_then.bought` makes it.
    days : mapping of trigger to days
        How long outcomes count after it fired.
    as_of : date
        The last day we may know about.
    keep : callable
        Writes a table that is read several times.

    Returns
    -------
    dict from (trigger, iteration) and metric to figures
        ``n`` and ``n_control``, ``mean``, ``mean_control``, ``effect`` with its ends, ``standard_error``,
        ``status``: as `compare` tells them. Nobody whose days are over: no entry.
    """
    units = keep("units", trigger_units(firings, acts, bought, days=days, as_of=as_of))
    if not days or not units.count().to_pyarrow().as_py():
        return {}
    read = compare(
        units, metric=METRICS, covariates="past_spend", by="launch", control="control", arms=("treated", "control"),
        correction="none",
    ).to_pylist()  # fmt: skip
    return {(_key(row["segment"]), row["metric"]): row for row in read if row["segmentation"] == "launch"}


def trigger_units(
    firings: ir.Table, acts: ir.Table, bought: ir.Table, *, days: Mapping[str, int], as_of: date
) -> ir.Table:
    """Return one row per customer and iteration whose days are over: arm, what came after, what was before."""
    spans = ibis.memtable({"trigger": list(days), "days": list(days.values())})
    over = firings.inner_join(spans, "trigger")
    over = over.filter(ibis.literal(as_of).delta(over.fired_on, unit="day") >= over.days)
    who = over.select(
        "customer_id", "arm", "fired_on", "days",
        launch=over.trigger.concat("|", over.iteration.cast("string")),
    )  # fmt: skip
    after = who.inner_join(acts, ["customer_id", acts.day > who.fired_on])
    after = after.filter(after.day.delta(after.fired_on, unit="day") <= after.days)
    came = after.group_by("launch", "customer_id").aggregate(
        margin=after.margin.sum().cast(WIDE), revenue=after.revenue.sum().cast(WIDE),
        orders=summed(after.orders, "int64"),
    )  # fmt: skip
    past = who.inner_join(bought, ["customer_id", bought.day <= who.fired_on])
    past = past.filter(past.fired_on.delta(past.day, unit="day") < WINDOW_DAYS)
    spent = past.group_by("launch", "customer_id").aggregate(past_spend=past.spend.sum().cast(WIDE))
    whole = who.left_join(came, ["launch", "customer_id"], rname="{name}_came")
    whole = whole.left_join(spent, ["launch", "customer_id"], rname="{name}_spent")
    orders = whole.orders.fill_null(0)
    number = {name: whole[name].cast("float64").fill_null(0.0) for name in ("margin", "revenue", "past_spend")}
    return whole.select("launch", "customer_id", "arm", orders=orders, conversion=orders > 0, **number).order_by(
        "launch", "customer_id"
    )  # so that sums of floats do not depend on the order in which rows came


def _key(launch: str) -> Key:
    trigger, _, iteration = launch.rpartition("|")
    return trigger, int(iteration)

"""How does each segment respond to each channel and message?

In   what `profile.message_facts` says of each message, contracts.customer.MEMBERSHIPS
Out  contracts.visit.MESSAGE_RESPONSES   one row per segment and channel, message or variant

Messages are counted by customer first. Only sums over customers, and of their squares and products, leave the engine:
from them come the rates, and intervals that allow for several messages to one customer.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts.visit import ALL, MESSAGE_RESPONSES
from patron.kpis.monthly import TOTAL
from patron.profile.message_facts import COUNTS, UNNAMED, WITHIN_DAYS
from patron.stats.clustered_rate import clustered_rate

RATES = {
    "opened": "open_of", "clicked": "click_of", "unsubscribed": "leave_of", "ordered": "watched",
    "ordered_before": "watched",
}  # fmt: skip
"""Each rate, and the trials that it is over."""

_CELL = ("channel", "message", "variant")
_GROUP = ("segmentation", "segment", *_CELL)
_SQUARES = ("deeds_2", "both", "trials_2", "people")


def message_responses(
    facts: ir.Table,
    memberships: ir.Table,
    *,
    keep: Callable[[str, ir.Table], ir.Table] = lambda _name, table: table,
    within_days: int = WITHIN_DAYS,
) -> ir.Table:
    """Return the responses by channel, message and segment; by variant in total.

    Parameters
    ----------
    facts : Table, one row per message
        As `profile.message_facts` returns them.
    memberships : Table
        contracts.customer.MEMBERSHIPS.
    keep : callable
        Writes a table and returns it as it is read again.
    within_days : int
        What the facts were made with.
    """
    mine = keep("messages_by_customer", _by_customer(facts))
    everyone = {"segmentation": ibis.literal(TOTAL), "segment": ibis.literal(TOTAL)}
    wide = ibis.union(*(_rolled(mine, by) for by in ((), ("channel",), ("channel", "message"))))
    variants = mine.filter(mine.variant != UNNAMED)
    in_total = ibis.union(wide, variants).mutate(**everyone)
    divided = wide.inner_join(memberships.select("customer_id", "segmentation", "segment"), "customer_id")
    every = ibis.union(in_total, divided.select(*in_total.columns))
    return ibis.memtable(_rated(_summed(every).to_pyarrow(), within_days))


def _by_customer(facts: ir.Table) -> ir.Table:
    counted = facts.group_by("customer_id", *_CELL).aggregate(**{name: facts[name].sum() for name in COUNTS})
    return counted.mutate(**{name: _whole(counted[name]) for name in COUNTS})


def _whole(value: ir.NumericValue) -> ir.IntegerValue:
    return value.cast("decimal(38, 0)").cast("int64")  # a cast that looks idle would be dropped


def _rolled(mine: ir.Table, by: tuple[str, ...]) -> ir.Table:
    """Add up each customer's messages over what is not in `by`."""
    summed = mine.group_by("customer_id", *by).aggregate(**{name: mine[name].sum() for name in COUNTS})
    named = {name: summed[name] if name in by else ibis.literal(ALL) for name in _CELL}
    return summed.select("customer_id", **named, **{name: _whole(summed[name]) for name in COUNTS})


def _summed(every: ir.Table) -> ir.Table:
    sums = {name: every[name].sum() for name in COUNTS}
    for rate, trials in RATES.items():
        deeds, tried = every[rate], every[trials]
        sums |= {
            f"{rate}_deeds_2": (deeds * deeds).sum(), f"{rate}_both": (deeds * tried).sum(),
            f"{rate}_trials_2": (tried * tried).sum(), f"{rate}_people": every.count(where=tried > 0),
        }  # fmt: skip
    summed = every.group_by(*_GROUP).aggregate(customers=every.count(), **sums)
    return summed.mutate(**{name: _whole(summed[name]) for name in ("customers", *sums)}).order_by(*_GROUP)


def _rated(sums: pa.Table, within_days: int) -> pa.Table:
    """Return the counted groups with their rates, in the shape of the contract."""
    columns = {name: sums[name] for name in (*_GROUP, "customers", "sent", "delivered", "bounced", "watched")}
    columns["within_days"] = pa.array(np.full(len(sums), within_days, dtype=np.int64))
    for rate, trials in RATES.items():
        squares = [sums[f"{rate}_{part}"].to_numpy() for part in _SQUARES]
        found = clustered_rate(
            sums[rate].to_numpy(), sums[trials].to_numpy(), people=squares[3],
            squares=(squares[0], squares[1], squares[2]),
        )  # fmt: skip
        for name, values in ((rate, found.rate), (f"{rate}_low", found.low), (f"{rate}_high", found.high)):
            columns[name] = pa.array(values, mask=~np.isfinite(found.rate))
    return pa.table({name: columns[name] for name in MESSAGE_RESPONSES.names}).cast(
        MESSAGE_RESPONSES.schema.to_pyarrow()
    )

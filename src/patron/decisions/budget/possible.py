"""What could be done for each customer today, with what it would bring and cost: what a budget is shared among.

In   contracts.decision.DECISIONS        messages that triggers could send
     contracts.signal.SIGNALS            what is fresh for whom
     contracts.action.ACTION_EFFECTS     what the actions of the catalogue bring
     contracts.customer.MEMBERSHIPS      who is in which segment
Out  one row per customer, action and channel
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.budget import EVERY

OPEN = ("sent", "queued")
"""Decisions that leave the money free to be spent; what is refused, held out or over costs nothing."""

FREE = ("transactional", "legal")
"""Kinds of messages that go out whatever they cost."""

COLUMNS = (
    "customer_id", "source", "name", "signal", "action", "channel", "product", "value", "low", "high", "cost",
    "evidence",
)  # fmt: skip


def possible(
    decisions: ir.Table, signals: ir.Table, memberships: ir.Table, effects: ir.Table, reachable: ir.Table
) -> ir.Table:
    """Return what could be done, the best of each customer, action and channel.

    Where a trigger of the settings answers a signal of a customer, whatever was decided, the catalogue's plays for that
    signal are no option for her. A play brings what `ACTION_EFFECTS` tells of her segment, or of everybody where it
    tells nothing of it.

    Parameters
    ----------
    decisions, signals, memberships, effects : Table
        `DECISIONS`, `SIGNALS`, `MEMBERSHIPS` and `ACTION_EFFECTS` of the day.
    reachable : Table
        ``customer_id, channel``: to whom a play may be sent.

    Returns
    -------
    Table, one row per customer, action and channel
        ``source``, ``name``, ``signal``, ``product``, ``value`` (margin less cost), ``low``, ``high``, ``cost``,
        ``evidence``. Only what is expected to gain something.
    """
    rows = _of_triggers(decisions).union(_of_plays(decisions, signals, memberships, effects, reachable))
    rows = rows.filter(rows.value > 0)
    best = ibis.window(
        group_by=["customer_id", "action", "channel"],
        order_by=[rows.source.desc(), rows.value.desc(), rows.name, rows.product],
    )
    return rows.mutate(_place=ibis.row_number().over(best)).filter(lambda t: t._place == 0).drop("_place")


def _of_triggers(decisions: ir.Table) -> ir.Table:
    able = decisions.filter(decisions.outcome.isin(OPEN), decisions.kind.notin(FREE))
    return able.select(
        "customer_id", source=ibis.literal("trigger"), name="trigger", signal="signal", action="action",
        channel="channel", product=_product(able), value=able.value - able.cost, low=able.value_low - able.cost,
        high=able.value_high - able.cost, cost=able.cost, evidence="evidence",
    )  # fmt: skip


def _of_plays(
    decisions: ir.Table, signals: ir.Table, memberships: ir.Table, effects: ir.Table, reachable: ir.Table
) -> ir.Table:
    answered = decisions.select("customer_id", "signal").distinct()
    fresh = signals.anti_join(answered, ["customer_id", "signal"])
    fresh = fresh.select("customer_id", "signal", "fired_on", product=_product(fresh))
    pays = effects.filter(effects.gain > 0)
    everybody = pays.filter(pays.segmentation == EVERY)
    member = memberships.select("customer_id", "segmentation", "segment")
    mine = fresh.inner_join(member, "customer_id").inner_join(pays, ["signal", "segmentation", "segment"])
    told = _told(mine, special=1).union(_told(fresh.inner_join(everybody, "signal"), special=0))
    told = told.semi_join(reachable, ["customer_id", "channel"])
    nearest = ibis.window(
        group_by=["customer_id", "signal", "action", "channel"],
        order_by=[told.special.desc(), told.segmentation, told.value.desc(), told.product],
    )
    return told.mutate(_place=ibis.row_number().over(nearest)).filter(lambda t: t._place == 0).select(*COLUMNS)


def _told(joined: ir.Table, *, special: int) -> ir.Table:
    return joined.select(
        "customer_id", "segmentation", source=ibis.literal("play"), name="signal", signal="signal", action="action",
        channel="channel", product="product", value="gain", low="gain_low", high="gain_high", cost="cost",
        evidence="evidence", special=ibis.literal(special, "int64"),
    )  # fmt: skip


def _product(rows: ir.Table) -> ir.StringValue:
    return ibis.ifelse(rows.subject_kind == "product", rows.subject, ibis.null("string"))


def nobody() -> ir.Table:
    """Return the table of `possible` without rows."""
    kinds = dict.fromkeys(COLUMNS, "string") | dict.fromkeys(("value", "low", "high", "cost"), "float64")
    return ibis.memtable([], schema=kinds)

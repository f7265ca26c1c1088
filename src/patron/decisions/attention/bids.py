"""Let the messages of a day bid, customer by customer.

Of those that reach the price of her next contact: one of each exclusive group, by each channel as many as its own budget
leaves, in all as many as hers leaves, each of them at the price of the contact that it uses. What one is worth falls
with every message before it, and the price of the next contact rises: so the first that does not reach it ends the row.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.decisions.attention.budget import ContactBudget
from patron.decisions.attention.fatigue import MOST_LOAD, Fatigue
from patron.decisions.attention.worth import Worth
from patron.decisions.eligibility.rules import UNHELD

UNBOUND = 1_000_000
"""Contacts by a channel that has no budget of its own."""


def bidding(
    rows: ir.Table,
    used: ir.Table | None,
    worths: Mapping[int, Worth],
    fatigue: Mapping[str, Fatigue],
    *,
    budget: ContactBudget,
    reserve: bool,
) -> ir.Table:
    """Return every row with its outcome: contracts.decision.DECISIONS, and ``level``.

    Parameters
    ----------
    rows : Table
        The candidates with what eligibility said, and ``level``.
    used : Table, optional
        The contacts of the window: contracts.decision.CONTACTS.
    worths, fatigue : mappings
        By level, and by channel.
    budget : ContactBudget
        What may be sent.
    reserve : bool
        Whether a contact has a shadow price.
    """
    found = _loaded(rows, used, budget)
    loaded = found.mutate(_bids=found.outcome.isnull() & found.kind.notin(UNHELD))
    first = _priced(_bid(loaded, fatigue, worths, loaded.used), "used", worths, budget, reserve)
    free = (first["_left"] > 0) & (first["_channel_left"] > 0)
    good = first.mutate(_good=first["_bids"] & free & (first.bid > 0) & (first.bid >= first.price))
    placed = _placed(good)
    after = placed.mutate(_load=placed.used + placed["_place"])
    again = _priced(_bid(after, fatigue, worths, after["_load"]), "_load", worths, budget, reserve)
    wins = again["_in_row"] & (again["_place"] < again["_left"]) & (again.bid > 0) & (again.bid >= again.price)
    return _told(again.mutate(_wins=wins.fill_null(False)))


def _loaded(rows: ir.Table, used: ir.Table | None, budget: ContactBudget) -> ir.Table:
    """Add how many contacts are used up, and how many are left, in all and by the row's channel."""
    zero = ibis.literal(0, "int64")
    if used is None:
        told = rows.mutate(used=zero, _by_channel=zero)
    else:
        by_channel = used.group_by("customer_id", "channel").aggregate(
            by_channel=used.messages.sum().cast("decimal(38, 0)").cast("int64")
        )
        every = by_channel.by_channel.sum().over(group_by=by_channel.customer_id)
        per = by_channel.mutate(every=every.cast("decimal(38, 0)").cast("int64"))
        mine = per.select(_who="customer_id", _how="channel", _many="by_channel")
        whole = per.select(_whose="customer_id", _every="every").distinct()
        joined = rows.left_join(whole, [("customer_id", "_whose")])
        joined = joined.left_join(mine, [("customer_id", "_who"), ("channel", "_how")])
        told = joined.select(
            *rows.columns, used=joined["_every"].fill_null(0).cast("int64"),
            _by_channel=joined["_many"].fill_null(0).cast("int64"),
        )  # fmt: skip
    most = ibis.literal(budget.most, "int64")
    own = [(told.channel == name, ibis.literal(many, "int64")) for name, many in sorted(budget.per_channel.items())]
    unbound = ibis.literal(UNBOUND, "int64")
    by = ibis.cases(*own, else_=unbound) if own else unbound
    return told.mutate(_left=most - told.used, _channel_left=by - told["_by_channel"])


def _bid(
    rows: ir.Table, fatigue: Mapping[str, Fatigue], worths: Mapping[int, Worth], load: ir.IntegerValue
) -> ir.Table:
    """Add ``fatigue_cost`` and ``bid``, after `load` contacts in the window."""
    names = sorted(fatigue)
    levels = sorted(worths)
    table = pa.table(
        {
            "_of": pa.array([name for name in names for _ in levels], pa.string()),
            "_at": pa.array([level for _ in names for level in levels], pa.int64()),
            "_leave": [fatigue[name].unsubscribe * worths[at].leaving.get(name, 0.0) for name in names for at in levels],
            "_heed": [fatigue[name].habituation * worths[at].heeding for name in names for at in levels],
            "_growth": [float(np.log(fatigue[name].growth)) for name in names for _ in levels],
            "_fall": [-float(np.log1p(-min(fatigue[name].habituation, 0.999))) for name in names for _ in levels],
            "_mean": [fatigue[name].mean_used for name in names for _ in levels],
        }
    )
    joined = rows.left_join(ibis.memtable(table), [("channel", "_of"), ("level", "_at")])
    felt = ibis.least(load, ibis.literal(MOST_LOAD, "int64")).cast("float64")
    cost = joined["_leave"] * (joined["_growth"] * felt).exp() + joined["_heed"]
    worn = (joined["_fall"] * (joined["_mean"] - felt)).exp()
    none = ibis.null("float64")
    columns = [name for name in rows.columns if name not in ("bid", "fatigue_cost")]
    return joined.select(
        *columns,
        fatigue_cost=ibis.ifelse(joined["_bids"], cost, none),
        bid=ibis.ifelse(joined["_bids"], joined.value * worn - joined.cost - cost, none),
    )


def _priced(
    rows: ir.Table, load: str, worths: Mapping[int, Worth], budget: ContactBudget, reserve: bool
) -> ir.Table:
    """Add ``price``: that of the contact that comes after those in the column `load`; none where none is left."""
    prices = [
        (level, used, float(price) if reserve else 0.0)
        for level, one in sorted(worths.items())
        for used, price in enumerate(one.price.prices)
    ]
    table = pa.table(
        {
            "_priced_level": pa.array([row[0] for row in prices], pa.int64()),
            "_priced_used": pa.array([row[1] for row in prices], pa.int64()),
            "_price": pa.array([row[2] for row in prices], pa.float64()),
        }
    )
    joined = rows.left_join(ibis.memtable(table), [("level", "_priced_level"), (load, "_priced_used")])
    price = ibis.ifelse(joined["_bids"], joined["_price"], ibis.null("float64"))
    return joined.select(*(name for name in rows.columns if name != "price"), price=price)


def _placed(rows: ir.Table) -> ir.Table:
    """Say of each bid its ``rank`` for the customer, and its place among those that can still be sent to her."""
    order = [rows.bid.desc(), rows.expires_on, rows.trigger, rows.channel]
    bids = ibis.ifelse(rows["_bids"], 1, 0)
    ranked = rows.mutate(
        rank=ibis.ifelse(
            rows["_bids"],
            ibis.row_number().over(ibis.window(group_by=[rows.customer_id, bids], order_by=order)) + 1,
            ibis.null("int64"),
        )
    )
    alone = ibis.ifelse(ranked.exclusive.isnull(), ranked.trigger, ibis.literal("\x00").concat(ranked.exclusive))
    group = ibis.window(group_by=[ranked.customer_id, ranked["_good"], alone], order_by=ranked["rank"])
    grouped = ranked.mutate(_first=ranked["_good"] & (ibis.row_number().over(group) == 0))
    by = ibis.window(group_by=[grouped.customer_id, grouped["_first"], grouped.channel], order_by=grouped["rank"])
    fits = grouped.mutate(_in_row=grouped["_first"] & (ibis.row_number().over(by) < grouped["_channel_left"]))
    row = ibis.window(group_by=[fits.customer_id, fits["_in_row"]], order_by=fits["rank"])
    return fits.mutate(_place=ibis.ifelse(fits["_in_row"], ibis.row_number().over(row), 0).cast("int64"))


def _told(rows: ir.Table) -> ir.Table:
    """Put it into an outcome and a reason."""
    owed = rows.outcome.isnull() & rows.kind.isin(UNHELD)
    none = ibis.null("string")
    waits = ibis.cases(
        (rows["_left"] <= 0, "contact_budget"),
        (rows["_channel_left"] <= 0, "channel_budget"),
        (~rows["_good"], "price"),
        (~rows["_first"], "group_today"),
        (~rows["_in_row"], "channel_budget"),
        else_="outbid",
    )
    sent = owed | rows["_wins"]
    goes = rows["_bids"] & ~rows["_wins"]
    return rows.mutate(
        outcome=ibis.cases((sent, "sent"), (goes, "queued"), else_=rows.outcome),
        reason=ibis.cases((sent, none), (goes, waits), else_=rows.reason),
        send_on=ibis.ifelse(goes, ibis.null("date"), rows.send_on),
        send_at=ibis.ifelse(goes, ibis.null(rows.send_at.type()), rows.send_at),
        variant=none,
        variant_propensity=ibis.null("float64"),
    )


__all__ = ["bidding"]

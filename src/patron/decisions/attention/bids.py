"""Let the messages of a day bid, customer by customer.

Of those that reach the price of her next contact: one of each exclusive group, by each channel as many as its own
budget leaves, in all as many as hers leaves, each of them at the price of the contact that it uses. What one is worth
falls with every message before it, and the price of the next contact rises: the first that does not reach it ends the
row.

Service brings no margin, and need not: it reaches every price, but ranks by its bid, behind what brings more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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

SERVICE = "service"

OWN_MOST = "most"
"""The column of what a customer wants at most, where anybody said so."""

KEY = ("customer_id", "trigger", "channel")
_BIDDING = (*KEY, "kind", "exclusive", "value", "cost", "expires_on", "level")
_FOUND = ("used", "fatigue_cost", "bid", "price", "rank", "_wins", "_waits")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """By what messages are judged: what attention is worth by level, what fatigue costs by channel, what may be sent.

    Without `reserve` a contact has no shadow price. `grouped` says whether any message is of an exclusive group.
    """

    worths: Mapping[int, Worth]
    fatigue: Mapping[str, Fatigue]
    budget: ContactBudget
    reserve: bool = True
    grouped: bool = True


def bidding(rows: ir.Table, used: ir.Table | None, terms: Terms) -> ir.Table:
    """Return every row with its outcome: contracts.decision.DECISIONS.

    Parameters
    ----------
    rows : Table
        The candidates with what eligibility said, and ``level``; where there is a column ``most``, it says how many
        messages in the window the customer wants at most, or nothing.
    used : Table, optional
        The contacts of the window: contracts.decision.CONTACTS.
    terms : Terms
        By what they are judged.
    """
    may = rows.outcome.isnull() & rows.kind.notin(UNHELD)
    # Only what bids is sorted, and only the columns that count: a million rows are moved once, not five times.
    own = [name for name in (*_BIDDING, OWN_MOST) if name in rows.columns]
    found = _auctioned(_loaded(rows.filter(may).select(own), used, terms.budget), terms)
    told = found.select(**{f"_of_{name}": found[name] for name in KEY}, **{f"_{name}": found[name] for name in _FOUND})
    return _told(rows.left_join(told, [(name, f"_of_{name}") for name in KEY]), rows.columns)


def _auctioned(loaded: ir.Table, terms: Terms) -> ir.Table:
    """Add to what bids whether it wins, and else for what it waits."""
    first = _bid(loaded, terms, "used")
    free = (first["_left"] > 0) & (first["_channel_left"] > 0)
    good = first.mutate(_good=(free & _reaches(first)).fill_null(False))
    placed = _placed(good, terms)
    again = _bid(placed.mutate(_load=placed.used + placed["_place"]), terms, "_load")
    wins = again["_in_row"] & (again["_place"] < again["_left"]) & _reaches(again)
    waits = ibis.cases(
        (again["_left"] <= 0, "contact_budget"),
        (again["_channel_left"] <= 0, "channel_budget"),
        (~again["_good"], "price"),
        (~again["_first"], "group_today"),
        (~again["_in_row"], "channel_budget"),
        else_="outbid",
    )
    return again.mutate(_wins=wins.fill_null(False), _waits=waits)


def _reaches(rows: ir.Table) -> ir.BooleanValue:
    """Tell which messages are worth the contact that they would use."""
    return ((rows.bid > 0) & (rows.bid >= rows.price)) | (rows.kind == SERVICE)


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
    unbound = ibis.literal(UNBOUND, "int64")
    most = _most(told, budget)
    own = [(told.channel == name, ibis.literal(many, "int64")) for name, many in sorted(budget.per_channel.items())]
    by = ibis.cases(*own, else_=unbound) if own else unbound
    return told.mutate(_left=most - told.used, _channel_left=by - told["_by_channel"])


def _most(rows: ir.Table, budget: ContactBudget) -> ir.IntegerValue:
    """Return how many messages in the window the customer of each row gets at most."""
    most = ibis.literal(budget.most, "int64")
    return ibis.least(rows[OWN_MOST].fill_null(budget.most), most) if OWN_MOST in rows.columns else most


def _bid(rows: ir.Table, terms: Terms, load: str) -> ir.Table:
    """Add ``fatigue_cost``, ``bid`` and ``price``, after as many contacts in the window as the column `load` says."""
    told = ibis.memtable(_priced(terms))
    place = ibis.least(rows[load], ibis.literal(terms.budget.most, "int64"))
    joined = rows.mutate(_at=place).left_join(told, [("channel", "_of"), ("level", "_level"), ("_at", "_used")])
    felt = ibis.least(joined[load], ibis.literal(MOST_LOAD, "int64")).cast("float64")
    cost = joined["_leave"] * (joined["_growth"] * felt).exp() + joined["_heed"]
    worn = (joined["_fall"] * (joined["_mean"] - felt)).exp()
    columns = [name for name in rows.columns if name not in ("bid", "fatigue_cost", "price")]
    return joined.select(
        *columns, fatigue_cost=cost, bid=joined.value * worn - joined.cost - cost, price=joined["_price"]
    )


def _priced(terms: Terms) -> pa.Table:
    """Return what a message by each channel, to each level, after so many contacts, is judged by.

    After the last contact there is no price: none is left.
    """
    rows = [
        {
            "_of": channel, "_level": level, "_used": used,
            "_leave": tired.unsubscribe * worth.leaving.get(channel, 0.0), "_heed": tired.habituation * worth.heeding,
            "_growth": float(np.log(tired.growth)), "_fall": -float(np.log1p(-min(tired.habituation, 0.999))),
            "_mean": tired.mean_used, "_price": price,
        }
        for channel, tired in sorted(terms.fatigue.items())
        for level, worth in sorted(terms.worths.items())
        for used, price in enumerate([*(worth.price.prices * terms.reserve).tolist(), None])
    ]  # fmt: skip
    kinds = {"_of": pa.string(), "_level": pa.int64(), "_used": pa.int64()}
    numbers = ("_leave", "_heed", "_growth", "_fall", "_mean", "_price")
    return pa.Table.from_pylist(rows, schema=pa.schema({**kinds, **dict.fromkeys(numbers, pa.float64())}))


def _placed(rows: ir.Table, terms: Terms) -> ir.Table:
    """Say of each bid its ``rank`` for the customer, and its place among those that can still be sent to her."""
    order = [rows.bid.desc(), rows.expires_on, rows.trigger, rows.channel]
    ranked = rows.mutate(rank=ibis.row_number().over(ibis.window(group_by=rows.customer_id, order_by=order)) + 1)
    if terms.grouped:
        alone = ibis.ifelse(ranked.exclusive.isnull(), ranked.trigger, ibis.literal("in ").concat(ranked.exclusive))
        part = [ranked.customer_id, ranked["_good"], ranked.exclusive.isnull(), alone]
        group = ibis.window(group_by=part, order_by=ranked["rank"])
        first = ranked.mutate(_first=ranked["_good"] & (ibis.row_number().over(group) == 0))
    else:
        first = ranked.mutate(_first=ranked["_good"])
    if terms.budget.per_channel:
        by = ibis.window(group_by=[first.customer_id, first["_first"], first.channel], order_by=first["rank"])
        fits = first.mutate(_in_row=first["_first"] & (ibis.row_number().over(by) < first["_channel_left"]))
    else:
        fits = first.mutate(_in_row=first["_first"])
    row = ibis.window(group_by=[fits.customer_id, fits["_in_row"]], order_by=fits["rank"])
    return fits.mutate(_place=ibis.ifelse(fits["_in_row"], ibis.row_number().over(row), 0).cast("int64"))


def _told(rows: ir.Table, columns: tuple[str, ...]) -> ir.Table:
    """Put it into an outcome and a reason."""
    none = ibis.null("string")
    wins, loses = rows["__wins"].fill_null(False), (~rows["__wins"]).fill_null(False)
    sent = wins | (rows.outcome.isnull() & rows.kind.isin(UNHELD))
    told = {
        "outcome": ibis.cases((sent, "sent"), (loses, "queued"), else_=rows.outcome),
        "reason": ibis.cases((sent, none), (loses, rows["__waits"]), else_=rows.reason),
        "send_on": ibis.ifelse(loses, ibis.null("date"), rows.send_on),
        "send_at": ibis.ifelse(loses, ibis.null(rows.send_at.type()), rows.send_at),
        **{name: rows[f"_{name}"] for name in ("used", "fatigue_cost", "bid", "price", "rank")},
        "variant": none, "variant_propensity": ibis.null("float64"),
    }  # fmt: skip
    kept = [name for name in columns if name not in told and name != "level"]
    return rows.select(*kept, **told)


__all__ = ["OWN_MOST", "Terms", "bidding"]

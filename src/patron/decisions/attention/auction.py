"""Which of the messages that may be sent are worth a customer's attention?

In   the messages that may be sent: contracts.trigger.CANDIDATES, or as `patron.decisions.eligible` judged them
Out  contracts.decision.DECISIONS, ATTENTION, ATTENTION_PRICES, ATTENTION_WORTHS and FATIGUE

Each message bids what it is expected to bring, less its cost and what it takes away from later ones (`fatigue`). It is
sent when its bid reaches the shadow price of the contact that it would use (`price`), the better bids first. The rest
waits: it comes again with the next day's messages as long as it is fresh. What is owed by contract or law bids for
nothing and uses up nothing.

Nothing is drawn by lot: of equal bids the one that expires first is sent, then the trigger that is first by name. The
same tables give the same decisions, on each engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np

from patron.contracts.contract import MOMENT
from patron.contracts.decision import DECISIONS
from patron.contracts.trigger import CANDIDATES
from patron.decisions.attention.bids import OWN_MOST, Terms, bidding
from patron.decisions.attention.budget import ContactBudget, budget_of
from patron.decisions.attention.displaced import displaced, reasons
from patron.decisions.attention.fatigue import Fatigue, assumed_fatigue, fatigue_table
from patron.decisions.attention.worth import HORIZON_DAYS, Bids, price_table, worth_table, worths
from patron.decisions.eligibility.contacts import lately
from patron.decisions.eligibility.eligible import ADDED
from patron.decisions.eligibility.rules import UNHELD

Keep = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True, kw_only=True)
class Auction:
    """What was decided, and what attention costs."""

    decisions: ir.Table
    reasons: ir.Table
    attention: ir.Table
    shadow_prices: ir.Table
    worths: ir.Table
    fatigue: ir.Table

    @property
    def chosen(self) -> ir.Table:
        """The messages that are sent."""
        return self.decisions.filter(self.decisions.outcome == "sent")

    @property
    def queued(self) -> ir.Table:
        """The messages that wait, until ``expires_on``."""
        return self.decisions.filter(self.decisions.outcome == "queued")

    @property
    def displaced(self) -> ir.Table:
        """What was spent on each trigger of the day and each campaign before it, and what these displaced."""
        return self.attention


def in_memory(_name: str, table: ir.Table) -> ir.Table:
    """Compute a table now, so that it is computed once."""
    return ibis.memtable(table.to_pyarrow())


def auction(
    candidates: ir.Table,
    *,
    contact_budget: ContactBudget | int,
    as_of: date,
    contacts: ir.Table | None = None,
    levels: ir.Table | None = None,
    fatigue: Mapping[str, Fatigue] | None = None,
    reserve: bool = True,
    keep: Keep = in_memory,
) -> Auction:
    """Decide which messages are sent.

    Parameters
    ----------
    candidates : Table, one row per customer and trigger
        contracts.trigger.CANDIDATES, of which all bid; or what `patron.decisions.eligible` returns, of which those bid
        that have no outcome yet. Where these have a column ``most``, it says how many messages in the window the
        customer wants at most, or nothing.
    contact_budget : ContactBudget or int
        How many messages a customer may get in a window; a number stands for so many in seven days.
    as_of : date
        The last day we may know about. What is decided at its end is sent the day after.
    contacts : Table, optional
        What was sent before, of that which counts: as `patron.decisions.contacts` returns it.
    levels : Table, optional
        ``customer_id, level``: a whole number from 1, the higher the more she is foretold to bring, of all customers
        who may be written to. Prices are made for each level. Without it there is one, of those with a message. Where
        it says ``predicted_value``, too, the table of worths says from which on a customer is on a level.
    fatigue : mapping of str to Fatigue, optional
        By channel; as assumed where it is not known.
    reserve : bool
        Whether a contact has a shadow price. Without it, every bid above 0 is sent while contacts are left.
    keep : callable
        Writes a table and returns it as it is read again.

    Returns
    -------
    Auction

    Raises
    ------
    ArgumentError
        The budget cannot be.
    ContractError
        A column of the candidates is missing.
    """
    budget = budget_of(contact_budget)
    on = as_of + timedelta(days=1)
    rows = keep("judged", _judged(candidates, on))
    channels, grouped = _asked(rows)
    known = {name: (fatigue or {}).get(name) or assumed_fatigue(name) for name in channels}
    used = None if contacts is None else lately(contacts, on=on, window_days=budget.window_days)
    levelled = _levelled(rows, levels)
    found = worths(_bids(levelled), _customers(levelled, levels), known, budget=budget, horizon_days=HORIZON_DAYS)
    terms = Terms(worths=found, fatigue=known, budget=budget, reserve=reserve, grouped=grouped)
    made = keep("decided", DECISIONS.shape(bidding(levelled, used, terms)))
    return Auction(
        decisions=made,
        reasons=reasons(made),
        attention=displaced(made, used),
        shadow_prices=ibis.memtable(price_table(found, budget=budget)),
        worths=ibis.memtable(worth_table(found, channels, _floors(levels))),
        fatigue=fatigue_table(known),
    )


def _judged(candidates: ir.Table, on: date) -> ir.Table:
    """Return the rows with what eligibility says of them; where it was not asked, all may be sent."""
    if set(ADDED) <= set(candidates.columns):
        return candidates
    wanted = [name for name in (*CANDIDATES.names, OWN_MOST) if name != OWN_MOST or name in candidates.columns]
    rows = CANDIDATES.check(candidates, rows=False).select(*wanted)
    none = ibis.null("string")
    return rows.mutate(
        outcome=none, reason=none, held_by=none, send_on=ibis.literal(on), send_at=ibis.literal(on).cast(MOMENT)
    )


def _asked(rows: ir.Table) -> tuple[list[str], bool]:
    """Return the channels, and whether any message is of an exclusive group."""
    found = (
        rows.select("channel", grouped=rows.exclusive.notnull()).distinct().order_by("channel").to_pyarrow().to_pylist()
    )
    return list(dict.fromkeys(row["channel"] for row in found)), any(row["grouped"] for row in found)


def _levelled(rows: ir.Table, levels: ir.Table | None) -> ir.Table:
    one = ibis.literal(1, "int64")
    if levels is None:
        return rows.mutate(level=one)
    told = levels.select(_levelled="customer_id", _level=levels.level.cast("int64"))
    joined = rows.left_join(told, [("customer_id", "_levelled")])
    return joined.select(*rows.columns, level=ibis.coalesce(joined["_level"], one))


def _customers(rows: ir.Table, levels: ir.Table | None) -> dict[int, int]:
    """Return how many customers each level has."""
    counted = rows.group_by("level").aggregate(customers=rows.customer_id.nunique())
    if levels is not None:
        whole = levels.group_by(level=levels.level.cast("int64")).aggregate(customers=levels.count())
        counted = ibis.union(counted, whole)
    found: dict[int, int] = {}
    for row in counted.to_pyarrow().to_pylist():
        found[row["level"]] = max(found.get(row["level"], 0), int(row["customers"]))
    return found


def _floors(levels: ir.Table | None) -> dict[int, float]:
    """Return the lowest predicted value of each level."""
    if levels is None or "predicted_value" not in levels.columns:
        return {}
    least = levels.group_by("level").aggregate(least=levels.predicted_value.min())
    return {int(row["level"]): float(row["least"]) for row in least.to_pyarrow().to_pylist()}


def _bids(rows: ir.Table) -> Bids:
    """Count the messages that bid, by level, channel and amount to the cent."""
    may = rows.filter(rows.outcome.isnull() & rows.kind.notin(UNHELD))
    days = may.expires_on.delta(may.fired_on, unit="day").cast("int64") + 1
    counted = may.select(
        "level", "channel", net=(may.value - may.cost).round(2),
        fresh=ibis.greatest(days, ibis.literal(1, "int64")),
    )  # fmt: skip
    counted = counted.group_by("level", "channel", "net", "fresh").aggregate(many=counted.count())
    table = counted.order_by("level", "channel", "net", "fresh").to_pyarrow()
    return Bids(
        level=table["level"].to_numpy().astype(np.int64),
        channel=np.asarray(table["channel"].to_pylist(), dtype=object),
        net=table["net"].to_numpy().astype(np.float64),
        arrivals=table["many"].to_numpy().astype(np.float64) / table["fresh"].to_numpy(),
    )


__all__ = ["Auction", "auction", "in_memory"]

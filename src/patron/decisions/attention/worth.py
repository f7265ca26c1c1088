"""What is each customer's attention worth, and so what must a message bring?

In   the messages that may bid, with what they bring net of cost, and how fast such messages come
Out  for each level of customers a shadow price by contacts used, and what attention brings a day

How fast messages come is read off the day itself: a signal that stays fresh for ten days is found on ten days, so each
message that is possible today stands for a tenth of an arrival a day (Little's law). Fatigue is priced with what it
takes away: a message that makes a customer leave a channel costs what her attention brings through it from then on; one
that she heeds less costs its share of what comes in the window. Both rest on the worth of attention, and that on them:
they are found together, by going round until they agree.

Ref  Little (1961), A proof for the queuing formula L = lambda W, Operations Research 9(3), 383-387
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.decision import ATTENTION_PRICES, ATTENTION_WORTHS
from patron.decisions.attention.budget import ContactBudget
from patron.decisions.attention.fatigue import Fatigue
from patron.decisions.attention.price import AttentionPrice, attention_price

Floats = NDArray[np.float64]

ROUNDS = 30
CLOSE = 1e-6
HORIZON_DAYS = 365
"""How long a customer who stays would have been written to, and is not when she leaves."""


@dataclass(frozen=True, kw_only=True)
class Bids:
    """Messages that may bid, counted: one row for each level, channel and amount."""

    level: NDArray[np.int64]
    channel: NDArray[np.object_]
    net: Floats  # money after cost
    arrivals: Floats  # a day, over all customers of the level


@dataclass(frozen=True, kw_only=True)
class Worth:
    """The prices of one level, and what fatigue costs its customers by channel."""

    level: int
    customers: int
    arrivals: float  # a day and customer
    mean_bid: float | None
    price: AttentionPrice
    leaving: Mapping[str, float]  # money that is lost when she leaves the channel
    heeding: float  # money that messages of one window bring


def worths(
    bids: Bids,
    customers: Mapping[int, int],
    fatigue: Mapping[str, Fatigue],
    *,
    budget: ContactBudget,
    horizon_days: int,
) -> dict[int, Worth]:
    """Return the worth of attention by level.

    Parameters
    ----------
    bids : Bids
        The day's messages.
    customers : mapping of int to int
        Customers of each level, those without a message included.
    fatigue : mapping of str to Fatigue
        By channel.
    budget : ContactBudget
        What may be sent.
    horizon_days : int
        How long a customer who stays would have been written to.
    """
    return {
        level: _worth(level, many, bids, fatigue, budget=budget, horizon_days=horizon_days)
        for level, many in sorted(customers.items())
    }


def _worth(
    level: int, customers: int, bids: Bids, fatigue: Mapping[str, Fatigue], *, budget: ContactBudget, horizon_days: int
) -> Worth:
    own = bids.level == level
    channel, net, weights = bids.channel[own], bids.net[own], bids.arrivals[own]
    arrivals = float(weights.sum()) / max(customers, 1)
    shares = _shares(channel, net, weights)
    daily, after = 0.0, net
    found = AttentionPrice(prices=np.zeros(budget.most), daily_worth=0.0)
    for _ in range(ROUNDS):
        leaving = {name: share * daily * horizon_days for name, share in shares.items()}
        heeding = daily * budget.window_days
        after = net - fatigue_costs(channel, fatigue, leaving, heeding)
        found = attention_price(after, weights, arrivals=arrivals, contacts=budget.most, window_days=budget.window_days)
        # Half a step at a time: the higher the worth, the dearer the fatigue, which lowers the worth.
        ahead = (daily + found.daily_worth) / 2
        if abs(ahead - daily) <= CLOSE * max(ahead, 1e-12):
            break
        daily = ahead
    total = float(weights.sum())
    return Worth(
        level=level, customers=customers, arrivals=arrivals,
        mean_bid=float((after * weights).sum() / total) if total else None, price=found,
        leaving={name: share * daily * horizon_days for name, share in shares.items()},
        heeding=daily * budget.window_days,
    )  # fmt: skip


def _shares(channel: NDArray[np.object_], net: Floats, weights: Floats) -> dict[str, float]:
    """Return the share of what messages bring that comes through each channel."""
    gain = np.maximum(net, 0.0) * weights
    total = float(gain.sum())
    names = sorted(set(channel.tolist()))
    return {name: float(gain[channel == name].sum()) / total if total else 0.0 for name in names}


def fatigue_costs(
    channel: NDArray[np.object_], fatigue: Mapping[str, Fatigue], leaving: Mapping[str, float], heeding: float
) -> Floats:
    """Return what each message costs those after it, at the load at which messages are sent on average."""
    costs = {
        name: float(fatigue[name].leaves(fatigue[name].mean_used)) * leaving.get(name, 0.0)
        + fatigue[name].habituation * heeding
        for name in set(channel.tolist())
    }
    return np.array([costs[name] for name in channel.tolist()], dtype=np.float64)


def price_table(found: Mapping[int, Worth], *, budget: ContactBudget) -> pa.Table:
    """Return contracts.decision.ATTENTION_PRICES."""
    rows = [
        {
            "level": one.level, "used": used, "customers": one.customers, "contacts": budget.most,
            "window_days": budget.window_days, "arrivals": one.arrivals, "mean_bid": one.mean_bid,
            "price": float(price), "daily_worth": one.price.daily_worth,
        }
        for one in found.values()
        for used, price in enumerate(one.price.prices)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=ATTENTION_PRICES.schema.to_pyarrow())


def worth_table(found: Mapping[int, Worth], channels: Iterable[str], floors: Mapping[int, float]) -> pa.Table:
    """Return contracts.decision.ATTENTION_WORTHS; `floors` is the lowest predicted value of each level."""
    rows = [
        {
            "level": one.level, "channel": channel, "customers": one.customers, "value_from": floors.get(one.level),
            "leaving": one.leaving.get(channel, 0.0), "heeding": one.heeding,
        }
        for one in found.values()
        for channel in sorted(channels)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=ATTENTION_WORTHS.schema.to_pyarrow())

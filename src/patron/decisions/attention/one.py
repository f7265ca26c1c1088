"""Which of one customer's possible messages are worth her attention? What `auction` says of a table, said of one.

In   the messages that may be sent to one customer, the contacts that she had, and the published prices (`Terms`)
Out  each with its outcome, bid, price and rank, in microseconds and without a table

The formulas are those of `patron.decisions.attention.bids`; a property test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log1p
from typing import Any

from patron.decisions.attention.bids import SERVICE, UNBOUND, Terms
from patron.decisions.attention.fatigue import MOST_LOAD, Fatigue, assumed_fatigue
from patron.decisions.eligibility.rules import UNHELD

Row = Mapping[str, Any]


@dataclass(kw_only=True)
class Bid:
    """One message and what was decided of it: `outcome` is `sent` or `queued`, and a queued one says why it waits."""

    candidate: Row
    outcome: str = "sent"
    reason: str | None = None
    used: int | None = None
    fatigue_cost: float | None = None
    bid: float | None = None
    price: float | None = None
    rank: int | None = None


@dataclass(frozen=True, kw_only=True)
class Best:
    """What was decided for one customer: in `every` the messages stand as they came."""

    every: tuple[Bid, ...]

    @property
    def chosen(self) -> tuple[Bid, ...]:
        """What is sent, the best first; what is owed comes before."""
        return tuple(sorted((one for one in self.every if one.outcome == "sent"), key=lambda one: one.rank or 0))

    @property
    def queued(self) -> tuple[Bid, ...]:
        """What waits."""
        return tuple(one for one in self.every if one.outcome == "queued")


@dataclass
class _Standing:
    """How a bid stands in the row of those that can still be sent."""

    made: Bid
    free: bool
    good: bool = False
    first: bool = False
    place: int | None = None  # in the row; none of what is not in it


def best(
    candidates: Sequence[Row], terms: Terms, *, contacts: Iterable[Row] = (), level: int = 1, most: int | None = None
) -> Best:  # fmt: skip
    """Let the messages that may be sent to one customer bid against each other and against the shadow price.

    Parameters
    ----------
    candidates : sequence of mapping
        Rows of contracts.trigger.CANDIDATES that no refusal and no hold-out keeps back.
    terms : Terms
        The published prices, what fatigue costs, and the budget. Where no price is published for a level there is none
        to reach; where fatigue by a channel is not known it is as assumed.
    contacts : iterable of mapping
        ``channel, messages`` of the contacts of the window that count.
    level : int
        The customer's level.
    most : int, optional
        How many messages she wants in the window at most, where that is fewer than the budget.
    """
    made = [Bid(candidate=one) for one in candidates]
    bidding = [one for one in made if one.candidate["kind"] not in UNHELD]
    used, by_channel = _used(contacts)
    left = (terms.budget.most if most is None else min(most, terms.budget.most)) - used
    row = [_first_bid(one, terms, level, used, left, by_channel) for one in bidding]
    _place(row, terms, by_channel)
    for one in row:
        _close(one, terms, level, used=used, left=left, by_channel=by_channel)
    return Best(every=tuple(made))


def _used(contacts: Iterable[Row]) -> tuple[int, dict[str, int]]:
    by_channel: dict[str, int] = {}
    for one in contacts:
        by_channel[one["channel"]] = by_channel.get(one["channel"], 0) + int(one["messages"])
    return sum(by_channel.values()), by_channel


def _channel_left(made: Bid, terms: Terms, by_channel: Mapping[str, int]) -> int:
    name = made.candidate["channel"]
    return terms.budget.per_channel.get(name, UNBOUND) - by_channel.get(name, 0)


def _first_bid(made: Bid, terms: Terms, level: int, used: int, left: int, by_channel: Mapping[str, int]) -> _Standing:
    made.used = used
    _bid(made, terms, level, used)
    free = left > 0 and _channel_left(made, terms, by_channel) > 0
    return _Standing(made, free, good=free and _reaches(made))


def _bid(made: Bid, terms: Terms, level: int, load: int) -> None:
    """Set what a message bids after `load` contacts in the window, and the price of the next."""
    name = made.candidate["channel"]
    tired, worth = terms.fatigue.get(name) or _assumed(name), terms.worths.get(level)
    at, felt = min(load, terms.budget.most), float(min(load, MOST_LOAD))
    leave = tired.unsubscribe * (worth.leaving.get(name, 0.0) if worth else 0.0)
    heed = tired.habituation * (worth.heeding if worth else 0.0)
    made.fatigue_cost = leave * exp(log(tired.growth) * felt) + heed
    worn = exp(-log1p(-min(tired.habituation, 0.999)) * (tired.mean_used - felt))
    made.bid = float(made.candidate["value"]) * worn - float(made.candidate["cost"]) - made.fatigue_cost
    prices = worth.price.prices if worth else (0.0,) * terms.budget.most
    made.price = float(prices[at]) * terms.reserve if at < len(prices) else None


def _assumed(channel: str) -> Fatigue:
    found = _ASSUMED.get(channel)
    if found is None:
        found = _ASSUMED[channel] = assumed_fatigue(channel)
    return found


_ASSUMED: dict[str, Fatigue] = {}


def _reaches(made: Bid) -> bool:
    if made.candidate["kind"] == SERVICE:
        return True
    return made.bid is not None and made.price is not None and made.bid > 0 and made.bid >= made.price


def _place(row: list[_Standing], terms: Terms, by_channel: Mapping[str, int]) -> None:
    """Give each bid its rank, and its place among those that can still be sent."""
    row.sort(key=_order)
    groups: set[tuple[bool, str]] = set()
    by: dict[str, int] = {}
    places = 0
    for rank, one in enumerate(row, start=1):
        given, one.made.rank = one.made.candidate, rank
        alone = given["exclusive"] is None
        group = (alone, given["trigger"] if alone else given["exclusive"])
        one.first = one.good and group not in groups
        if not one.first:
            continue
        groups.add(group)
        by[given["channel"]] = by.get(given["channel"], 0) + 1
        if by[given["channel"]] <= _channel_left(one.made, terms, by_channel):
            one.place, places = places, places + 1


def _order(one: _Standing) -> tuple[float, Any, str, str]:
    given = one.made.candidate
    return (-(one.made.bid or 0.0), given["expires_on"], given["trigger"], given["channel"])


def _close(one: _Standing, terms: Terms, level: int, *, used: int, left: int, by_channel: Mapping[str, int]) -> None:
    """Let it bid again behind what is sent before it, and say what became of it."""
    _bid(one.made, terms, level, used + (one.place or 0))
    if one.place is not None and one.place < left and _reaches(one.made):
        return
    one.made.outcome = "queued"
    if left <= 0:
        one.made.reason = "contact_budget"
    elif _channel_left(one.made, terms, by_channel) <= 0:
        one.made.reason = "channel_budget"
    elif not one.good:
        one.made.reason = "price"
    elif not one.first:
        one.made.reason = "group_today"
    else:
        one.made.reason = "outbid" if one.place is not None else "channel_budget"


__all__ = ["Best", "Bid", "best"]

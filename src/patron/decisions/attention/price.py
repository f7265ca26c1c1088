"""What is a contact worth that is not used yet? The shadow price of attention.

A contact that is used is blocked for the whole window. So a message is worth sending when it brings more than the
messages that may come in that time and would find the place taken. That is the admission problem of a service with `b`
servers: messages arrive at random with what they bid, each one that is sent occupies a server for the window, and of a
state with j servers busy the price p_j is the fall of the value of what is still to come:

    g = a E[(X - p_j)+] + j m p_{j-1},   j = 0 .. b - 1,   and   g = b m p_{b-1}

with `a` arrivals a day, X what one bids, m = 1 / window, and g what the customer's attention brings a day. The prices
rise with j. Of a given g they follow one from another, and g is found by bisection.

The window is a fixed time and not an exponential one, and a message that is not sent may come again the next day; the
prices are those of the simpler problem. docs/auction.md shows what is lost by that.

Ref  Miller (1969), A queueing reward system with several customer classes, Management Science 16(3), 234-245
     Talluri & van Ryzin (1998), An analysis of bid-price controls for network revenue management, Management Science
     44(11), 1577-1593
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HALVINGS = 100


@dataclass(frozen=True, kw_only=True)
class AttentionPrice:
    """The prices by contacts used (money), and what the attention brings a day (money)."""

    prices: Floats  # one for each contact of the budget; none where it is 0
    daily_worth: float


def attention_price(
    bids: Floats, weights: Floats, *, arrivals: float, contacts: int, window_days: int
) -> AttentionPrice:
    """Return the shadow prices of one customer's contacts.

    Parameters
    ----------
    bids : array
        What messages bid, in money; those of 0 or less are never sent.
    weights : array of the same shape
        How often each comes; only their proportions count.
    arrivals : float
        Messages a day that become possible for one customer.
    contacts : int
        How many may be sent in a window.
    window_days : int
        Its length.

    Returns
    -------
    AttentionPrice
        All prices are 0 where nothing comes that brings anything.

    Examples
    --------
    >>> found = attention_price(np.array([1.0, 10.0]), np.array([0.5, 0.5]), arrivals=1.0, contacts=1, window_days=7)
    >>> found.prices.round(2).tolist(), round(found.daily_worth, 2)  # the 1 is not worth a week's only contact
    ([7.78], 1.11)
    """
    worth = (bids > 0) & (weights > 0)
    total = float(weights.sum())
    if not contacts or arrivals <= 0 or not worth.any():
        return AttentionPrice(prices=np.zeros(contacts), daily_worth=0.0)
    levels, excess = _excess(bids[worth], weights[worth] / total)
    free = 1.0 / window_days

    def prices(daily: float) -> Floats:
        found = np.zeros(contacts)
        before = 0.0
        for used in range(contacts):
            before = _inverse((daily - used * free * before) / arrivals, levels, excess)
            found[used] = before
        return found

    low, high = 0.0, arrivals * float(excess[0])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if contacts * free * float(prices(middle)[-1]) > middle:
            low = middle
        else:
            high = middle
    daily = (low + high) / 2
    return AttentionPrice(prices=np.maximum(prices(daily), 0.0), daily_worth=daily)


def _excess(bids: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return prices in rising order from 0, and E[(X - p)+] at each: between them it is straight."""
    order = np.argsort(bids, kind="stable")
    rising, shares = bids[order], weights[order]
    above = np.concatenate([np.cumsum((rising * shares)[::-1])[::-1], [0.0]])
    many = np.concatenate([np.cumsum(shares[::-1])[::-1], [0.0]])
    levels = np.concatenate([[0.0], rising])
    # Of those above a price: the bids that are not below it.
    first = np.searchsorted(rising, levels, side="left")
    return levels, above[first] - levels * many[first]


def _inverse(wanted: float, levels: Floats, excess: Floats) -> float:
    """Return the price at which E[(X - p)+] is `wanted`; above the highest bid it goes on rising as `wanted` falls."""
    if wanted < 0:
        return float(levels[-1]) - wanted
    return float(np.interp(wanted, excess[::-1], levels[::-1]))

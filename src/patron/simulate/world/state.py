"""What has become of each person so far: what the shop can see of her, and how tired she is of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.lines import DAY, Lines

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = -10_000
"""A day long before any other."""

HALF_LIFE = 10.0  # days in which tiredness of messages halves
USED_HALF_LIFE = 45.0  # days in which half of being used to an action is forgotten
YEAR = 365


@dataclass(kw_only=True, eq=False)
class State:
    """One entry a person in every array; days count from the shop's first. It changes from day to day."""

    day: int  # the last that has been lived
    here: Bools  # a customer of the shop, who has come of her own accord or was referred
    orders: Ints
    first_order: Ints
    last_order: Ints
    revenue: Ints  # in cents, less what came back
    margin: Ints
    looked: Ints  # the last day on which she looked without ordering
    left_cart: Ints
    subscribed: Bools
    sent: Ints  # messages
    last_sent: Ints
    tired: Floats  # the stock of messages that she has not got over
    used: Floats  # to each action, shape (people, actions)
    voucher_off: Floats
    voucher_until: Ints

    def rested(self) -> None:
        """Let a night pass."""
        self.day += 1
        self.tired *= 0.5 ** (1 / HALF_LIFE)
        self.used *= 0.5 ** (1 / USED_HALF_LIFE)

    def bought(self, lines: Lines, margin: Ints) -> None:
        """Take note of the lines of one day or many, which are in order."""
        count = len(self.here)
        paid = lines.quantity * lines.price - lines.discount
        self.revenue += np.bincount(lines.customer, paid, count).astype(np.int64)
        self.margin += np.bincount(lines.customer, margin, count).astype(np.int64)
        sold = np.flatnonzero(lines.origin < 0)
        sold = sold[np.unique(lines.order[sold], return_index=True)[1]]
        self.orders += np.bincount(lines.customer[sold], minlength=count)
        np.maximum.at(self.last_order, lines.customer[sold], lines.day[sold])
        new = np.where(self.first_order == NEVER, np.iinfo(np.int64).max, self.first_order)
        np.minimum.at(new, lines.customer[sold], lines.day[sold])
        self.first_order = np.where(new == np.iinfo(np.int64).max, NEVER, new)

    def saw(self, customer: Ints, second: Ints, *, cart: Bools) -> None:
        """Take note of visits without an order, and of the carts that were left in some of them."""
        np.maximum.at(self.looked, customer, second // DAY)
        np.maximum.at(self.left_cart, customer[cart], second[cart] // DAY)

    def got(self, who: Ints, action: Ints, kind: Floats, *, arrived: Bools) -> None:
        """Take note of messages that were sent; what did not arrive tires nobody."""
        np.add.at(self.sent, who, 1)
        self.last_sent[who] = self.day
        np.add.at(self.tired, who[arrived], kind[arrived])
        np.add.at(self.used, (who[arrived], action[arrived]), kind[arrived])


def at_first(count: int, *, actions: int, here: Bools, day: int) -> State:
    """Return the state of people of whom nothing is known yet."""
    return State(
        day=day, here=here, orders=np.zeros(count, np.int64), first_order=np.full(count, NEVER),
        last_order=np.full(count, NEVER), revenue=np.zeros(count, np.int64), margin=np.zeros(count, np.int64),
        looked=np.full(count, NEVER), left_cart=np.full(count, NEVER), subscribed=np.ones(count, np.bool_),
        sent=np.zeros(count, np.int64), last_sent=np.full(count, NEVER), tired=np.zeros(count),
        used=np.zeros((count, actions)), voucher_off=np.zeros(count), voucher_until=np.full(count, NEVER),
    )  # fmt: skip


def situations(state: State, *, who: Ints, day: int, cycle: Floats) -> Bools:
    """Tell in which situations people are on the morning of a day.

    Parameters
    ----------
    who : array
        Places of the people.
    cycle : array
        Days after which something of each of them runs out; infinite for who uses nothing up.

    Returns
    -------
    array, shape (people, SITUATIONS)
    """
    orders, since = state.orders[who], day - state.last_order[who]
    own = (state.last_order[who] - state.first_order[who]) / np.maximum(orders - 1, 1)
    fresh = state.last_order[who]
    left, looked = state.left_cart[who], state.looked[who]
    return np.column_stack([
        (day - left <= 3) & (left >= fresh),
        (day - looked <= 3) & (looked >= fresh),
        (since >= 0.8 * cycle) & (since <= 1.6 * cycle) & (orders > 0),
        (orders == 1) & (since >= 7) & (since <= 90),
        (orders >= 2) & (since > 1.3 * own) & (since >= 14) & (since <= 180),
        (orders > 0) & (since > 180),
        np.ones(len(who), np.bool_),
    ])  # fmt: skip

"""What share of each order does each channel have, by one model? Orders without a known touch belong to `none`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.contracts.touch import BASELINE, NONE
from patron.kpis.path_credits import path_credits
from patron.kpis.touch_paths import Ways

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """The shares of orders, sorted by order and channel; they add up to one over an order.

    `order` is a row of `Ways.orders`, `channel` a place in `channels`, whose last two are `none` and `baseline`.
    """

    channels: tuple[str, ...]
    orders: int
    order: Ints
    channel: Ints
    share: Floats

    def totals(self, chosen: NDArray[np.bool_] | None = None) -> Floats:
        """Return the orders of each channel, of all orders or of the chosen ones."""
        weight = self.share if chosen is None else np.where(chosen[self.order], self.share, 0.0)
        return np.asarray(np.bincount(self.channel, weight, len(self.channels)), dtype=np.float64)

    def with_share(self, share: Floats) -> Shares:
        """Return the same pairs with other shares, and what is missing to one as `baseline`."""
        rest = 1.0 - np.bincount(self.order, share, self.orders)
        # A rest this small is the rounding of a sum, not orders that came by themselves.
        own = np.flatnonzero(rest > 1e-12)
        order = np.concatenate([self.order, own])
        channel = np.concatenate([self.channel, np.full(len(own), len(self.channels) - 1)])
        place = np.lexsort((channel, order))
        return replace(
            self, order=order[place], channel=channel[place], share=np.concatenate([share, rest[own]])[place]
        )


def all_channels(ways: Ways) -> tuple[str, ...]:
    """Return the channels of the touches, then `none` and `baseline`."""
    return (*ways.channels, NONE, BASELINE)


def order_shares(ways: Ways, *, model: str, half_life_days: float) -> Shares:
    """Return the share of each channel in each order, by one model."""
    channels = all_channels(ways)
    size = ways.orders.num_rows
    led = np.flatnonzero(ways.order_of >= 0)
    untouched = np.ones(size, dtype=np.bool_)
    untouched[ways.order_of[led]] = False
    alone = np.flatnonzero(untouched)
    none = np.full(len(alone), len(channels) - 2)
    if not len(led):
        return Shares(channels=channels, orders=size, order=alone, channel=none, share=np.ones(size))
    found = path_credits(ways.touch_rows(), model=model, half_life_days=half_life_days).table
    order = np.concatenate([ways.order_of[found["path_id"].to_numpy()], alone])
    channel = np.concatenate([_places(found["channel"], channels), none])
    share = np.concatenate([found["credit"].to_numpy(), np.ones(len(alone))])
    place = np.lexsort((channel, order))
    return Shares(channels=channels, orders=size, order=order[place], channel=channel[place], share=share[place])


def touched_pairs(ways: Ways) -> Shares:
    """Return which channels touched the customer before each order, whatever a model makes of it; `share` is 1."""
    size, many = ways.orders.num_rows, len(ways.channels) + 2
    order = ways.order_of[ways.path] if len(ways.path) else np.empty(0, dtype=np.int64)
    led = order >= 0
    pairs = np.unique(order[led] * many + ways.channel[led])
    alone = np.setdiff1d(np.arange(size), pairs // many, assume_unique=False) * many + many - 2
    every = np.sort(np.concatenate([pairs, alone]))
    return Shares(
        channels=all_channels(ways), orders=size, order=every // many, channel=every % many, share=np.ones(len(every))
    )


def _places(names: pa.ChunkedArray, channels: Sequence[str]) -> Ints:
    return np.asarray(pc.index_in(names, value_set=pa.array(channels)).to_numpy(), dtype=np.int64)

"""Shares of orders that agree with what lift tests measured, and still add up.

A tested channel has its ratio times what the model gave it. What it gives up came by itself: it goes to `baseline`, not
to other channels, of which the test says nothing. What it gets more, it gets on orders before which it touched the
customer: from what came by itself, then from `direct`, which is only the name of not knowing what brought somebody, and
then from the others that were given a part of those, in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.contracts.touch import DIRECT, NONE
from patron.kpis.order_shares import Shares

CLOSE = 1e-9
ROUNDS = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibrated:
    """The corrected shares, and by channel what of its target could not be placed on orders that it touched."""

    shares: Shares
    unplaced: Mapping[str, float]


def calibrated_shares(shares: Shares, ratios: Mapping[str, float]) -> Calibrated:
    """Scale the credit of tested channels.

    Parameters
    ----------
    shares : Shares
        By one model.
    ratios : mapping of channel to ratio
        0 or more; channels without one keep their credit, except on orders of which a tested channel takes more.

    Returns
    -------
    Calibrated
        Every order's shares are 0 or more and add up to one. Each tested channel has ratio x its credit in all, unless
        that is more than all orders before which it touched anybody: then it has those, and the rest is `unplaced`.
    """
    size = len(shares.channels)
    before = shares.totals()
    wanted = before.copy()
    tested = np.zeros(size, dtype=np.bool_)
    for channel, ratio in ratios.items():
        place = shares.channels.index(channel)
        wanted[place], tested[place] = ratio * before[place], True
    factor = np.where(tested & (before > 0), wanted / np.where(before > 0, before, 1.0), 1.0)
    share = _fitted(shares, factor)
    # Where orders are full, a channel has less than its target: the next round asks for more of it on the others.
    gap, close = np.inf, CLOSE * max(float(wanted.sum()), 1.0)
    for _ in range(ROUNDS):
        reached = np.bincount(shares.channel, share, size)
        short = tested & (wanted - reached > close)
        left = float((wanted - reached)[short].sum())
        if not short.any() or left > gap - close:
            break
        gap = left
        factor = np.where(short, factor * np.clip(wanted / np.maximum(reached, 1e-300), 1.0, 4.0), factor)
        share = _fitted(shares, factor)
    reached = np.bincount(shares.channel, share, size)
    missing = {
        name: float(wanted[place] - reached[place])
        for place, name in enumerate(shares.channels)
        if tested[place] and wanted[place] - reached[place] > 1e-6 * max(wanted[place], 1.0)
    }
    return Calibrated(shares=shares.with_share(share), unplaced=missing)


def _fitted(shares: Shares, factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply, and bring orders that are given away more than once back to one."""
    share = shares.share * factor[shares.channel]
    # An order of which no touch is known is never anybody's.
    share = np.where(shares.channel == shares.channels.index(NONE), shares.share, share)
    total = np.bincount(shares.order, share, shares.orders)
    if DIRECT in shares.channels:
        direct = shares.channel == shares.channels.index(DIRECT)
        share = np.where(direct, np.maximum(share - np.maximum(total - 1.0, 0.0)[shares.order], 0.0), share)
        total = np.bincount(shares.order, share, shares.orders)
    return np.asarray(share / np.maximum(total, 1.0)[shares.order])

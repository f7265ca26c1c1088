"""What is hidden about each person: how readily she is moved, by which channel, how soon she is tired of messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.habits import ORDER_CHANNELS, Habits
from patron.simulate.world.planted import CHANNEL_PULL, CHANNELS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WEIGHTS = {"voucher": 0.4, "app": 0.3, "hidden": 0.6}  # in the log of the readiness
MOST_READY = 6.0  # times the mean
DRIVEN = 0.08  # share of the people whom nothing moves, and whom too much drives away
PROMOTERS = 0.25
OPENNESS, CLICKING = (1.3, 2.2), (1.2, 5.0)  # beta distributions over people, as of the shop's other messages
TIERS = ("top", "middle", "bottom")
TIER_SHARES = (0.2, 0.3, 0.5)


@dataclass(frozen=True, kw_only=True, eq=False)
class Nature:
    """One entry a person in every array."""

    ready: Floats  # mean 1 over those whom the growth allows
    channels: Floats  # shape (people, CHANNELS)
    voucher: Floats  # share of orders with one
    tires: Floats  # how much a message tires, mean 1
    leaves: Floats  # how readily she unsubscribes, mean 1
    driven: Bools
    promoter: Bools
    openness: Floats
    clicking: Floats
    tier: Ints  # place in TIERS, by the margin of the year before the world began


def nature(rng: np.random.Generator, *, habits: Habits, past_margin: Floats, reaches: str) -> Nature:
    """Draw what is hidden; `past_margin` is that of the year before, and of newcomers 0."""
    count = len(habits.country)
    tier = _tiers(past_margin)
    voucher = (habits.voucher - habits.voucher.mean()) / max(float(habits.voucher.std()), 1e-9)
    log_ready = (
        WEIGHTS["voucher"] * voucher
        + WEIGHTS["app"] * (habits.orders_by == ORDER_CHANNELS.index("app"))
        + WEIGHTS["hidden"] * rng.normal(size=count)
    )
    driven = rng.random(count) < DRIVEN
    ready = np.minimum(np.exp(log_ready) / np.exp(log_ready).mean(), MOST_READY)
    spread = rng.lognormal(-0.125, 0.5, (count, len(CHANNELS)))
    return Nature(
        ready=np.where(driven | ~_allowed(tier, reaches), 0.0, ready),
        channels=np.array(CHANNEL_PULL) * spread,
        voucher=habits.voucher,
        tires=rng.gamma(2.0, 0.5, count),
        leaves=rng.gamma(1.5, 1 / 1.5, count),
        driven=driven & (reaches != "nowhere"),
        promoter=rng.random(count) < PROMOTERS,
        openness=rng.beta(*OPENNESS, count),
        clicking=rng.beta(*CLICKING, count),
        tier=tier,
    )


def _allowed(tier: Ints, reaches: str) -> Bools:
    """Tell in whom actions bring anything at all."""
    if reaches in TIERS:
        return np.asarray(tier == TIERS.index(reaches))
    return np.full(len(tier), reaches == "everywhere")


def _tiers(margin: Floats) -> Ints:
    """Cut people by rank; who has brought nothing is at the bottom."""
    rank = np.empty(len(margin))
    rank[np.argsort(-margin, kind="stable")] = (np.arange(len(margin)) + 0.5) / max(len(margin), 1)
    return np.where(margin <= 0, len(TIERS) - 1, np.searchsorted(np.cumsum(TIER_SHARES)[:-1], rank))

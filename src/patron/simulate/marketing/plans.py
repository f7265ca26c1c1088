"""Which channels the simulated shop pays for, what each of them truly does, and how each of them shows in the paths.

Two channels cause much and are seen early (paid social, display); two stand next to nearly every order and cause little
(brand search, retargeting). The catalogue comes by post, so it has a price and effects, and no touch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BASELINE = "baseline"
"""The cause of an order that comes by itself."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One channel that costs money."""

    name: str
    spend: float  # money a customer of the shop and year, on average
    needs: float  # share of the later orders that come only where this channel pushes, at full pressure
    carries: float  # adstock: share of a week's pressure that is left in the next week
    half: float  # adstocked spend at which the pressure is a half, as a share of its mean
    reach: float  # share of customers whom it can reach
    early: bool = False  # seen days before the order; otherwise in its last hours
    uneven: float = 0.3  # standard deviation of a week's log spend


CHANNELS: tuple[Channel, ...] = (
    Channel(name="paid_social", spend=3.0, needs=0.22, carries=0.5, half=0.6, reach=0.65, early=True, uneven=0.45),
    Channel(name="display", spend=2.4, needs=0.14, carries=0.6, half=0.6, reach=0.6, early=True, uneven=0.45),
    Channel(name="paid_search", spend=1.8, needs=0.09, carries=0.1, half=0.5, reach=0.8),
    Channel(name="affiliates", spend=0.8, needs=0.025, carries=0.1, half=0.4, reach=0.4),
    Channel(name="catalogue", spend=1.2, needs=0.035, carries=0.7, half=0.5, reach=0.5, uneven=0.8),
    Channel(name="referral", spend=0.6, needs=0.0, carries=0.1, half=0.2, reach=0.3),
    Channel(name="brand_search", spend=1.5, needs=0.012, carries=0.1, half=0.2, reach=0.8),
    Channel(name="retargeting", spend=1.4, needs=0.02, carries=0.1, half=0.2, reach=0.7),
)

PAID = tuple(channel.name for channel in CHANNELS)
UNPAID = ("organic_search", "direct")
SEEN = (*PAID, *UNPAID)
"""All that can stand in a path, beside clicks in messages."""

TOLD = ("paid_social", "display", "paid_search", "affiliates", "catalogue", "referral", "brand_search", "retargeting",
        "organic_search")  # fmt: skip
"""What the shop's own records may call the channel that brought a customer."""

RECORDED: dict[str, dict[str, float]] = {
    "organic": {"organic_search": 0.75, "brand_search": 0.15, "retargeting": 0.10},
    "search": {"paid_search": 0.60, "brand_search": 0.40},
    "social": {"paid_social": 0.75, "retargeting": 0.20, "display": 0.05},
    "affiliate": {"affiliates": 0.85, "display": 0.15},
    "referral": {"referral": 1.0},
    "catalogue": {"catalogue": 1.0},
}
"""How the records speak of those who came in each way: the last click, so partly of channels that only harvest."""

CAUSED: dict[str, dict[str, float]] = {
    "organic": {BASELINE: 0.65, "display": 0.20, "paid_social": 0.15},
    "search": {BASELINE: 0.35, "paid_search": 0.45, "display": 0.10, "brand_search": 0.03, "paid_social": 0.07},
    "social": {BASELINE: 0.10, "paid_social": 0.82, "display": 0.08},
    "affiliate": {BASELINE: 0.20, "affiliates": 0.70, "display": 0.10},
    "referral": {BASELINE: 0.25, "referral": 0.75},
    "catalogue": {BASELINE: 0.10, "catalogue": 0.90},
}
"""What truly made those who came in each way come, at the mean pressure of the channel."""

SHOWN: dict[str, float] = {
    "paid_social": 0.06, "display": 0.06, "paid_search": 0.06, "affiliates": 0.05, "catalogue": 0.0, "referral": 0.01,
    "brand_search": 0.34, "retargeting": 0.26, "organic_search": 0.20, "direct": 0.40,
}  # fmt: skip
"""Chance that each channel is seen before an order that it did not cause, by those whom it can reach."""

AFTER_EARLY: dict[str, float] = {"brand_search": 0.50, "retargeting": 0.45, "organic_search": 0.15}
"""The same where an early channel caused the order: who wants the shop looks for its name, and is followed."""

OWN_SHOWN = 0.93
"""Chance that the channel that caused an order is seen at all."""

EARLY_DAYS = (2.0, 20.0)
LATE_HOURS = (0.3, 30.0)

IDLE: dict[str, float] = {
    "paid_social": 1.6, "display": 2.0, "paid_search": 0.4, "affiliates": 0.3, "retargeting": 0.5, "brand_search": 0.2,
    "organic_search": 0.6, "direct": 0.7,
}  # fmt: skip
"""Mean touches a year that lead nowhere, of each customer; of what costs money, by those whom it can reach."""


@dataclass(frozen=True, kw_only=True)
class LiftTest:
    """A test of one channel: half of the customers are not shown it for a while."""

    experiment: str
    channel: str
    before: int  # days before the last one on which it is drawn
    days: int
    held_back: float = 0.5


TESTS = (
    LiftTest(experiment="Social hold-out", channel="paid_social", before=210, days=182),
    LiftTest(experiment="Display hold-out", channel="display", before=210, days=182),
    LiftTest(experiment="Brand search hold-out", channel="brand_search", before=210, days=182),
    LiftTest(experiment="Retargeting hold-out", channel="retargeting", before=210, days=182),
)
"""Drawn independently of each other, so that each of them compares like with like."""


def shown() -> NDArray[np.float64]:
    """Return the chance that a channel is seen before an order, by cause: shape (baseline and channels, SEEN)."""
    chances = np.array([[SHOWN[name] for name in SEEN]] * (1 + len(CHANNELS)))
    for place, channel in enumerate(CHANNELS, start=1):
        if channel.early:
            chances[place] = [AFTER_EARLY.get(name, SHOWN[name]) for name in SEEN]
        chances[place, place - 1] = 0.0 if channel.name == "catalogue" else OWN_SHOWN
    return chances


def causes_of(way: str) -> NDArray[np.float64]:
    """Return the chance of each cause of one who came in a way, at the mean pressure: baseline first, then PAID."""
    return np.array([CAUSED[way].get(name, 0.0) for name in (BASELINE, *PAID)])


def records_of(way: str) -> NDArray[np.float64]:
    """Return the chance of each record of one who came in a way, in the order of TOLD."""
    return np.array([RECORDED[way].get(name, 0.0) for name in TOLD])

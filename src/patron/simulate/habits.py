"""What each customer likes, needs and always does."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from patron.simulate.catalogue import BRANDS, CATEGORIES, NAMES, Catalogue
from patron.simulate.people import People
from patron.simulate.types import TYPES

COUNTRIES = {"DE": 0.62, "AT": 0.12, "NL": 0.10, "FR": 0.09, "CH": 0.04, "PL": 0.03}
ORDER_CHANNELS = ("web", "app", "store", "phone")
ACQUISITION_CHANNELS = ("organic", "search", "social", "affiliate", "referral", "catalogue")

FAVOURED = 4.0  # times as likely as another category
MOST_STAPLES = max(kind.staples for kind in TYPES)


@dataclass(frozen=True, kw_only=True, eq=False)
class Habits:
    """One entry a customer in every array."""

    country: NDArray[np.int64]  # place in COUNTRIES
    arrived_by: NDArray[np.int64]  # place in ACQUISITION_CHANNELS
    orders_by: NDArray[np.int64]  # place in ORDER_CHANNELS
    category: NDArray[np.int64]  # the favourite
    brand: NDArray[np.int64]  # the favourite
    lines: NDArray[np.float64]  # mean of lines beyond the first and the staples
    units: NDArray[np.float64]  # mean of a line
    voucher: NDArray[np.float64]  # share of orders with a voucher
    returns: NDArray[np.float64]  # share of lines sent back, before the category's factor
    staples: NDArray[np.int64]  # products, shape (customers, MOST_STAPLES); -1 for none
    cycles: NDArray[np.float64]  # days a purchase of the staple lasts, same shape
    amounts: NDArray[np.int64]  # units of the staple in one purchase, same shape

    def part(self, start: int, stop: int) -> Habits:
        """Return the customers from `start` up to, not including, `stop`."""
        return replace(self, **{field.name: getattr(self, field.name)[start:stop] for field in fields(self)})


def habits(rng: np.random.Generator, *, people: People, catalogue: Catalogue) -> Habits:
    """Draw the habits of all customers around the means of their types."""
    kind, n = people.kind, len(people)
    staples, cycles, amounts = _staples(rng, kind, catalogue)
    return Habits(
        country=rng.choice(len(COUNTRIES), n, p=list(COUNTRIES.values())),
        arrived_by=pick(rng, channel_weights("arrives_by", ACQUISITION_CHANNELS)[kind]),
        orders_by=pick(rng, channel_weights("orders_by", ORDER_CHANNELS)[kind]),
        category=pick(rng, category_weights()[kind]),
        brand=rng.choice(len(BRANDS), n),
        lines=_spread(rng, "lines", kind, sigma=0.5),
        units=1 + (_spread(rng, "units", kind, sigma=0.1) - 1).clip(0) * rng.lognormal(-0.125, 0.5, n),
        voucher=rng.beta(4 * _trait("voucher")[kind], 4 * (1 - _trait("voucher")[kind])),
        returns=_spread(rng, "returns", kind, sigma=0.4),
        staples=staples,
        cycles=cycles,
        amounts=amounts,
    )


def channel_weights(field: str, channels: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the weight of each channel for each type, rows adding up to one, shape (types, channels)."""
    weights = np.array([[getattr(kind, field)[channel] for channel in channels] for kind in TYPES])
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def category_weights() -> NDArray[np.float64]:
    """Return the weight of each category for each type, rows adding up to one, shape (types, categories)."""
    weights = np.array([[FAVOURED if name in kind.categories else 1.0 for name in NAMES] for kind in TYPES])
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def pick(rng: np.random.Generator, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw one place for each row of weights that add up to one."""
    ladder = np.cumsum(weights, axis=1)
    return np.asarray((rng.random((len(weights), 1)) >= ladder[:, :-1]).sum(axis=1))


def _staples(
    rng: np.random.Generator, kind: NDArray[np.int64], catalogue: Catalogue
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Draw the consumables that a customer buys again each time they run out."""
    cycle = np.array([float(category.cycle_days) for category in CATEGORIES])
    weights = category_weights() * (cycle > 0)
    weights /= weights.sum(axis=1, keepdims=True)
    many = np.repeat(kind, MOST_STAPLES)
    category = pick(rng, weights[many])
    product = catalogue.pick(many, category, rng.random(len(many)))
    amounts = 1 + rng.poisson(0.4 * np.array([entry.units for entry in TYPES])[many])
    cycles = cycle[category] * rng.lognormal(0, 0.2, len(many)) * amounts**0.5
    wanted = np.arange(MOST_STAPLES) < np.array([entry.staples for entry in TYPES])[kind][:, None]
    form = wanted.shape
    return np.where(wanted, product.reshape(form), -1), cycles.reshape(form), amounts.reshape(form)


def _spread(rng: np.random.Generator, name: str, kind: NDArray[np.int64], *, sigma: float) -> NDArray[np.float64]:
    """Spread customers around the mean of their type (lognormal, mean kept)."""
    return np.asarray(_trait(name)[kind] * rng.lognormal(-(sigma**2) / 2, sigma, len(kind)))


def _trait(name: str) -> NDArray[np.float64]:
    """One number of every type, shape (types,)."""
    return np.array([float(getattr(kind, name)) for kind in TYPES])

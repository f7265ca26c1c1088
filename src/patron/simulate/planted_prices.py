"""Weekly sales at prices of which some were set by lot and some by demand, with every elasticity known.

Demand has seasons that a category shares and a state of each product's own that comes and goes over weeks. The shop
sees its sales and raises the price of what goes well, so that dear weeks are busy weeks and a plain regression says
that prices hardly matter. Besides there are promotions by lot, price changes that last, and a competitor whom the shop
follows and whom customers compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.arguments import positive, seeded, whole

Floats = NDArray[np.float64]

START = date(2023, 1, 2)
MOST = 100_000  # of anything
MEAN, BETWEEN, WITHIN = -2.0, 0.5, 0.4
PERSISTENCE, STATE = 0.85, 0.3
COMPETITOR = 0.8
"""Per cent by which units rise for one per cent of a competitor's price."""

SEGMENTS = ("loyal", "others")
SHIFT = 0.4  # of a segment's elasticity about the product's
TREND = 3  # weeks of sales on which the shop looks back


@dataclass(frozen=True, kw_only=True)
class PlantedPrices:
    """Rows of prices and units, and what made them.

    `rows` has ``product_id, category, period, segment, units, price, promotion, competitor_price``.
    """

    rows: pa.Table
    as_of: date
    categories: dict[str, float]  # the mean of each category's elasticities
    products: dict[str, float]
    segments: dict[str, float]  # what is added
    cross: dict[tuple[str, str], float]  # of the first product's sales, when the second one's price moves
    constant: frozenset[str]  # products whose price never moves
    followers: frozenset[str]  # products whose price moves with past sales alone


def planted_prices(  # noqa: PLR0913 - the terms of the shop
    *, categories: int = 4, products: int = 10, weeks: int = 104, units: float = 20.0, follow: float = 0.3,
    constant: int = 0, followers: int = 0, cross: float = 0.0, seed: int,
) -> PlantedPrices:  # fmt: skip
    """Draw the sales of a shop.

    Parameters
    ----------
    categories, products : int
        How many, and how many products each has.
    weeks : int
        How long.
    units : float
        That a product sells in a usual week, to both segments together; products differ.
    follow : float
        Per cent by which a price is raised for one per cent of demand above the usual.
    constant, followers : int
        Of the first category's products, how many have a price that never moves, and how many more one that moves with
        past sales alone.
    cross : float
        Of each pair of neighbours, per cent by which one's units rise for one per cent of the other's price.
    seed : int
        The same number, the same shop.

    Raises
    ------
    ArgumentError
        A number of something is below 1, or the first category has fewer products than `constant` and `followers`.

    Examples
    --------
    >>> planted = planted_prices(categories=1, products=2, weeks=10, seed=1)
    >>> planted.rows.num_rows, sorted(planted.products)
    (40, ['c0p00', 'c0p01'])
    """
    for name, came in (("categories", categories), ("weeks", weeks)):
        whole(name, came, least=1, most=MOST)
    whole("products", products, least=max(1, constant + followers), most=MOST)
    positive(units=units)
    rng = seeded(seed)
    many = categories * products
    category = np.repeat(np.arange(categories), products)
    middle = MEAN + rng.normal(0, BETWEEN, categories)
    own = np.minimum(middle[category] + rng.normal(0, WITHIN, many), -0.2)
    names = [f"c{one}p{place:02d}" for one in range(categories) for place in range(products)]
    still = np.arange(many) < constant
    led = (np.arange(many) < constant + followers) & ~still
    matrix = np.diag(own)
    pairs = {}
    for one in range(0, many - 1, 2):
        if cross and category[one] == category[one + 1]:
            matrix[one, one + 1] = matrix[one + 1, one] = cross
            pairs[names[one], names[one + 1]] = pairs[names[one + 1], names[one]] = cross
    drawn = _Shop(rng=rng, weeks=weeks, category=category, matrix=matrix, follow=follow, still=still, led=led).sell(
        units
    )
    label = [f"c{one}" for one in category]
    return PlantedPrices(
        rows=_rows(drawn, names, label, weeks), as_of=START + timedelta(weeks=weeks),
        categories={f"c{one}": float(own[category == one].mean()) for one in range(categories)},
        products=dict(zip(names, own.tolist(), strict=True)),
        segments=dict(zip(SEGMENTS, (SHIFT / 2, -SHIFT / 2), strict=True)), cross=pairs,
        constant=frozenset(name for name, one in zip(names, still, strict=True) if one),
        followers=frozenset(name for name, one in zip(names, led, strict=True) if one),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """Arrays of shape (products, weeks), `units` of (segments, products, weeks)."""

    units: NDArray[np.int64]
    price: Floats
    promotion: NDArray[np.bool_]
    competitor: Floats


@dataclass(frozen=True, kw_only=True)
class _Shop:
    """What a shop is drawn from; sales come week by week, because prices answer to them."""

    rng: np.random.Generator
    weeks: int
    category: NDArray[np.int64]
    matrix: Floats  # elasticities: own on the diagonal
    follow: float
    still: NDArray[np.bool_]
    led: NDArray[np.bool_]

    def sell(self, units: float) -> _Drawn:
        rng, many, weeks = self.rng, len(self.category), self.weeks
        season = self._season()
        lasting = np.cumsum(rng.normal(0, 0.05, (many, weeks)) * (rng.random((many, weeks)) < 1 / 13), axis=1)
        promotion = (rng.random((many, weeks)) < 0.12) & ~(self.still | self.led)[:, None]
        depth = np.where(promotion, np.log(1 - rng.uniform(0.1, 0.3, (many, weeks))), 0.0)
        rival = _states(rng, many, weeks) / 3
        level, base = np.log(units * rng.lognormal(0, 0.6, many) / 2), np.log(rng.uniform(2, 40, many))
        moving, follow = ~self.still, np.where(self.led, 1.5 * max(self.follow, 0.3), self.follow)
        state, price = _states(rng, many, weeks), np.empty((many, weeks))
        sold = np.empty((len(SEGMENTS), many, weeks), dtype=np.int64)
        seen = np.zeros((many, weeks))
        for week in range(weeks):
            going = seen[:, max(0, week - TREND) : week].mean(axis=1) if week else np.zeros(many)
            chance = np.where(self.led, 0.0, lasting[:, week] + depth[:, week] + 0.3 * rival[:, week])
            move = moving * (follow * (0.5 * season[:, week] * ~self.led + going) + chance)
            price[:, week] = base + np.round(move, 3)
            demand = level + season[:, week] + state[:, week] + self.matrix @ move + COMPETITOR * rival[:, week]
            for place, shift in enumerate((SHIFT / 2, -SHIFT / 2)):
                mean = np.exp(demand + shift * move) * rng.gamma(25.0, 1 / 25.0, many)
                sold[place, :, week] = rng.poisson(mean)
            told = 2 * np.exp(level + self.matrix @ move)
            seen[:, week] = np.log((sold[:, :, week].sum(axis=0) + 1) / (told + 1))
        return _Drawn(
            units=sold, price=np.exp(price).round(2), promotion=promotion, competitor=np.exp(base[:, None] + rival)
        )

    def _season(self) -> Floats:
        groups = int(self.category.max()) + 1
        height, phase = self.rng.uniform(0.1, 0.4, groups), self.rng.uniform(0, 2 * np.pi, groups)
        wave = height[:, None] * np.sin(2 * np.pi * np.arange(self.weeks) / 52 + phase[:, None])
        return np.asarray((wave + _states(self.rng, groups, self.weeks) / 3)[self.category])


def _states(rng: np.random.Generator, many: int, weeks: int) -> Floats:
    """Return states that come and go, of shape (many, weeks), with the standard deviation `STATE`."""
    found = np.empty((many, weeks))
    found[:, 0] = rng.normal(0, STATE, many)
    fresh = STATE * np.sqrt(1 - PERSISTENCE**2)
    for week in range(1, weeks):
        found[:, week] = PERSISTENCE * found[:, week - 1] + rng.normal(0, fresh, many)
    return found


def _rows(drawn: _Drawn, names: list[str], label: list[str], weeks: int) -> pa.Table:
    many, parts = len(names), len(SEGMENTS)

    def each(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.broadcast_to(values, (parts, many, weeks)).reshape(-1)

    days = np.array([START + timedelta(weeks=week) for week in range(weeks)], dtype="datetime64[D]")
    return pa.table({
        "product_id": each(np.array(names)[:, None]).tolist(), "category": each(np.array(label)[:, None]).tolist(),
        "period": pa.array(each(days[None]), pa.date32()), "segment": np.repeat(SEGMENTS, many * weeks).tolist(),
        "units": drawn.units.reshape(-1), "price": each(drawn.price), "promotion": each(drawn.promotion),
        "competitor_price": each(drawn.competitor),
    })  # fmt: skip

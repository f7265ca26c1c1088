"""What the market does: what two competitors ask for the shop's products, and how much everybody buys, week by week."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.catalogue import NAMES, Catalogue
from patron.simulate.tables import days_column, ids_column, money_column, names_column

COMPETITORS = {"Example Discount": 0.92, "Example Fine": 1.10}
"""What each asks, as a share of the shop's price."""

PRODUCTS, WEEK = 24, 7
SWING, GROWTH, NOISE = 0.12, 0.03, 0.03  # of the index: the season, a year's growth, chance
PRICE_NOISE = 0.02


def market(rng: np.random.Generator, *, catalogue: Catalogue, calendar: Calendar) -> pa.Table:
    """Draw the prices and indices; columns as in `contracts.raw.FIELDS`."""
    days = np.arange(0, calendar.days, WEEK)
    chosen = rng.choice(len(catalogue.name), min(PRODUCTS, len(catalogue.name)), replace=False)
    shape = (len(days), len(chosen), len(COMPETITORS))
    asked = catalogue.price_on(chosen[None, :], days[:, None])[:, :, None] * np.array(list(COMPETITORS.values()))
    price = np.maximum(np.rint(asked * np.exp(rng.normal(0, PRICE_NOISE, shape))), 1).astype(np.int64).ravel()
    week, product, whose = (place.ravel() for place in np.indices(shape))
    prices = pa.table(
        {
            "day": days_column(calendar.first_day, days[week]),
            "competitor": names_column(list(COMPETITORS), whose),
            "product_id": ids_column("P", chosen[product] + 1, digits=4),
            "price": money_column(price * 100, digits=4),
        }
    )
    phase = rng.random(len(NAMES)) * 2 * np.pi
    season = SWING * np.sin(2 * np.pi * days[:, None] / YEAR + phase) + GROWTH * days[:, None] / YEAR
    index = np.exp(season + rng.normal(0, NOISE, season.shape)).ravel()
    week, category = (place.ravel() for place in np.indices((len(days), len(NAMES))))
    indices = pa.table(
        {
            "day": days_column(calendar.first_day, days[week]),
            "category": names_column(NAMES, category),
            "category_index": np.round(index, 4),
        }
    )
    whole = pa.concat_tables([prices, indices], promote_options="default")
    return whole.select(["day", "competitor", "product_id", "category", "price", "category_index"])

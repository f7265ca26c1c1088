"""What nobody can see in the data: which brand, own label and channel each customer really prefers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.baskets import OTHER_WEB, USUAL_CHANNEL, season_weights
from patron.simulate.catalogue import BRANDS, CATEGORIES, OWN_LABELS, Catalogue
from patron.simulate.habits import ORDER_CHANNELS, Habits
from patron.simulate.people import People
from patron.simulate.tables import names_column
from patron.simulate.types import TYPES

Floats = NDArray[np.float64]


def tastes_truth(people: People, *, habits: Habits, catalogue: Catalogue, ids: pa.Array) -> pa.Table:
    """Tell what each customer prefers when she chooses a product, which is not when a staple has run out.

    Returns
    -------
    Table, one row per customer
        ``customer_id``
        ``favourite_brand``  that she comes back to
        ``brand_loyalty``    share of chosen products that she takes from it on purpose
        ``own_label_share``  share of chosen products that are own labels, at the mean season
        ``staples``          things that she buys again when they run out, whichever the brand
        ``usual_channel``    by which she mostly orders
        ``channel_share``    share of her orders by it
    """
    kind = people.kind
    loyal, focus = (np.array([getattr(entry, name) for entry in TYPES])[kind] for name in ("brand_loyalty", "focus"))
    own = _own_in_category(catalogue)
    by_season = (season_weights().mean(axis=1) * own).sum(axis=1)[kind]
    of_taste = focus * own[kind, habits.category] + (1 - focus) * by_season
    usual = np.array(ORDER_CHANNELS)[habits.orders_by]
    other = np.select([usual == "web", usual == "store"], [OTHER_WEB, 1 - OTHER_WEB], 0.0)
    return pa.table(
        {
            "customer_id": ids,
            "favourite_brand": names_column(BRANDS, habits.brand),
            "brand_loyalty": loyal,
            "own_label_share": loyal * (habits.brand < len(OWN_LABELS)) + (1 - loyal) * of_taste,
            "staples": (habits.staples >= 0).sum(axis=1),
            "usual_channel": names_column(ORDER_CHANNELS, habits.orders_by),
            "channel_share": USUAL_CHANNEL + (1 - USUAL_CHANNEL) * other,
        }
    )


def _own_in_category(catalogue: Catalogue) -> Floats:
    """Return the chance that a product of a category is an own label, as types choose it, shape (types, categories)."""
    heights = catalogue.by_category.reshape(len(TYPES), -1) - np.arange(len(TYPES))[:, None] * len(CATEGORIES)
    within = heights - catalogue.category
    first = np.diff(catalogue.category, prepend=-1) != 0
    chance = within - np.where(first, 0.0, np.roll(within, 1, axis=1))
    own = np.where(catalogue.brand < len(OWN_LABELS), chance, 0.0)
    return np.stack([np.bincount(catalogue.category, row, len(CATEGORIES)) for row in own])

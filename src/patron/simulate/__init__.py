"""A shop whose truth is known, and customers drawn from the models themselves."""

from __future__ import annotations

from patron.simulate.dependent_spend import spend_by_frequency, spend_by_rate
from patron.simulate.discrete import beta_discrete_weibull, bg_bb, shifted_beta_geometric
from patron.simulate.levels import levels
from patron.simulate.lookalikes import Lookalikes, lookalikes
from patron.simulate.planted_bundles import PlantedBundles, planted_bundles
from patron.simulate.planted_cells import PlantedCells, planted_cells
from patron.simulate.planted_habits import PlantedHabits, planted_habits
from patron.simulate.planted_journeys import PlantedJourneys, planted_journeys
from patron.simulate.planted_prices import PlantedPrices, planted_prices
from patron.simulate.planted_segments import PlantedSegments, planted_segments
from patron.simulate.processes import bg_cnbd, bg_nbd, gamma_gamma, mbg_cnbd, mbg_nbd, pareto_nbd
from patron.simulate.replenishment import Replenished, replenishment
from patron.simulate.shelf import Shelf, shelf
from patron.simulate.shop import Shop, shop
from patron.simulate.world import Planted, World

__all__ = [
    "Lookalikes",
    "Planted",
    "PlantedBundles",
    "PlantedCells",
    "PlantedHabits",
    "PlantedJourneys",
    "PlantedPrices",
    "PlantedSegments",
    "Replenished",
    "Shelf",
    "Shop",
    "World",
    "beta_discrete_weibull",
    "bg_bb",
    "bg_cnbd",
    "bg_nbd",
    "gamma_gamma",
    "levels",
    "lookalikes",
    "mbg_cnbd",
    "mbg_nbd",
    "pareto_nbd",
    "planted_bundles",
    "planted_cells",
    "planted_habits",
    "planted_journeys",
    "planted_prices",
    "planted_segments",
    "replenishment",
    "shelf",
    "shifted_beta_geometric",
    "shop",
    "spend_by_frequency",
    "spend_by_rate",
]

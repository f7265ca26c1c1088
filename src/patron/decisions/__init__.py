"""Who is treated, who is held out, and on whom to spend next."""

from __future__ import annotations

from patron.decisions.arms import arm_among, arms
from patron.decisions.assignment import arm_of, assignment
from patron.decisions.best_price import Best, Sold, best_prices, ratios
from patron.decisions.budget import Allocation, allocate
from patron.decisions.holdouts import Holdout, applying, held_out, holds
from patron.decisions.next_action import next_actions
from patron.decisions.opportunities import gaps, opportunities
from patron.decisions.price_fences import fenced, same_price
from patron.decisions.price_offers import PriceRules, price_offers
from patron.decisions.strata import stratified_arms

__all__ = [
    "Allocation",
    "Best",
    "Holdout",
    "PriceRules",
    "Sold",
    "allocate",
    "applying",
    "arm_among",
    "arm_of",
    "arms",
    "assignment",
    "best_prices",
    "fenced",
    "gaps",
    "held_out",
    "holds",
    "next_actions",
    "opportunities",
    "price_offers",
    "ratios",
    "same_price",
    "stratified_arms",
]

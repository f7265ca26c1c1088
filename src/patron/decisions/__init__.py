"""Who is treated, who is held out, and on whom to spend next."""

from __future__ import annotations

from patron.decisions.arms import arm_among, arms
from patron.decisions.assignment import arm_of, assignment
from patron.decisions.best_price import Best, Sold, best_prices, ratios
from patron.decisions.gaps import gaps, peer_gaps
from patron.decisions.holdouts import Holdout, applying, held_out, holds
from patron.decisions.opportunity import ACTIONS, Action, Trial, action_effects, action_named, answering, opportunities
from patron.decisions.price_fences import fenced, same_price
from patron.decisions.price_offers import PriceRules, price_offers
from patron.decisions.signals import SIGNALS, OwnSignal, Signal, signal_reason, signal_title, signals
from patron.decisions.strata import stratified_arms

__all__ = [
    "ACTIONS",
    "SIGNALS",
    "Action",
    "Best",
    "Holdout",
    "OwnSignal",
    "PriceRules",
    "Signal",
    "Sold",
    "Trial",
    "action_effects",
    "action_named",
    "answering",
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
    "opportunities",
    "peer_gaps",
    "price_offers",
    "ratios",
    "same_price",
    "signal_reason",
    "signal_title",
    "signals",
    "stratified_arms",
]

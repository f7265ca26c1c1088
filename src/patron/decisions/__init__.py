"""Who is treated, who is held out, and on whom to spend next."""

from __future__ import annotations

from patron.decisions.arms import arm_among, arms
from patron.decisions.assignment import arm_of, assignment
from patron.decisions.attention import (
    AttentionPrice,
    Auction,
    ContactBudget,
    Fatigue,
    FatiguePrior,
    attention_price,
    auction,
    fatigue,
)
from patron.decisions.best_price import Best, Sold, best_prices, ratios
from patron.decisions.budget import Allocation, allocate
from patron.decisions.eligibility import (
    Circumstances,
    ContactRules,
    Hours,
    Quiet,
    contacts,
    eligible,
    sending_moment,
)
from patron.decisions.gaps import gaps, peer_gaps
from patron.decisions.holdouts import Holdout, applying, held_out, holds
from patron.decisions.learning import (
    LearningStatus,
    OptionPrior,
    VariantLearner,
    variant_among,
    with_variants,
)
from patron.decisions.next_action import next_actions
from patron.decisions.opportunity import ACTIONS, Action, Trial, action_effects, action_named, answering, opportunities
from patron.decisions.price_fences import fenced, same_price
from patron.decisions.price_offers import PriceRules, price_offers
from patron.decisions.signals import SIGNALS, OwnSignal, Signal, signal_reason, signal_title, signals
from patron.decisions.strata import stratified_arms
from patron.decisions.triggers import Trigger, candidates

__all__ = [
    "ACTIONS",
    "SIGNALS",
    "Action",
    "Allocation",
    "AttentionPrice",
    "Auction",
    "Best",
    "Circumstances",
    "ContactBudget",
    "ContactRules",
    "Fatigue",
    "FatiguePrior",
    "Holdout",
    "Hours",
    "LearningStatus",
    "OptionPrior",
    "OwnSignal",
    "PriceRules",
    "Quiet",
    "Signal",
    "Sold",
    "Trial",
    "Trigger",
    "VariantLearner",
    "action_effects",
    "action_named",
    "allocate",
    "answering",
    "applying",
    "arm_among",
    "arm_of",
    "arms",
    "assignment",
    "attention_price",
    "auction",
    "best_prices",
    "candidates",
    "contacts",
    "eligible",
    "fatigue",
    "fenced",
    "gaps",
    "held_out",
    "holds",
    "next_actions",
    "opportunities",
    "peer_gaps",
    "price_offers",
    "ratios",
    "same_price",
    "sending_moment",
    "signal_reason",
    "signal_title",
    "signals",
    "stratified_arms",
    "variant_among",
    "with_variants",
]

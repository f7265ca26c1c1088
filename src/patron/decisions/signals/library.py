"""All of Patron's signals, each with what it reads: `SIGNALS`."""

from __future__ import annotations

from patron.contracts.signal import LIBRARY
from patron.decisions.signals.abandoned import browse_abandoned, cart_abandoned, payment_failed
from patron.decisions.signals.buying import discount_addict, full_price_buyer
from patron.decisions.signals.contact import channel_changed, fatigue
from patron.decisions.signals.growth import category_next, new_affinity, replenishment_due
from patron.decisions.signals.loyalty import tier_at_risk, tier_reached
from patron.decisions.signals.occasions import anniversary, birthday
from patron.decisions.signals.offers import back_in_stock, brand_offer, price_drop
from patron.decisions.signals.onboarding import first_90_days, second_order_window, stuck_at_n
from patron.decisions.signals.retention import (
    high_value_quiet,
    household_lapsing,
    lapse_risk,
    subscription_ending,
    win_back,
)
from patron.decisions.signals.service import case_resolved, return_made
from patron.decisions.signals.signal import Function, Signal
from patron.decisions.signals.voiced import (
    nps_detractor,
    nps_promoter,
    referral_made,
    review_given,
    social_mention,
)

_READ: tuple[tuple[Function, tuple[str, ...]], ...] = (
    (browse_abandoned, ("events:viewed",)),
    (cart_abandoned, ("events:carted",)),
    (payment_failed, ("events:failed",)),
    (second_order_window, ("second_orders",)),
    (stuck_at_n, ("stuck_points",)),
    (first_90_days, ("orders",)),
    (replenishment_due, ("replenishments",)),
    (category_next, ("next_products", "categories")),
    (new_affinity, ("categories",)),
    (price_drop, ("events:viewed|events:carted|events:wished", "own_prices|products_sold")),
    (back_in_stock, ("events:viewed|events:carted|events:wished", "restocks")),
    (brand_offer, ("brands", "offers")),
    (discount_addict, ("discounts",)),
    (full_price_buyer, ("discounts",)),
    (lapse_risk, ("stages",)),
    (high_value_quiet, ("tiers", "stages")),
    (household_lapsing, ("households", "stages")),
    (win_back, ("stages",)),
    (subscription_ending, ("subscriptions",)),
    (tier_reached, ("loyalty|tiers_before",)),
    (tier_at_risk, ("loyalty|tiers",)),
    (nps_promoter, ("nps",)),
    (referral_made, ("referrals",)),
    (social_mention, ("events:shared",)),
    (review_given, ("reviews",)),
    (nps_detractor, ("nps",)),
    (return_made, ("returns",)),
    (case_resolved, ("tickets",)),
    (anniversary, ("orders",)),
    (birthday, ("birth_dates",)),
    (fatigue, ("heeded",)),
    (channel_changed, ("channels",)),
)

SIGNALS: tuple[Signal, ...] = tuple(
    Signal(
        name=function.__name__, family=LIBRARY[function.__name__][0], subject=LIBRARY[function.__name__][1],
        fresh_days=LIBRARY[function.__name__][2], needs=needs, function=function,
    )
    for function, needs in _READ
)  # fmt: skip
"""The library, in the order of `LIBRARY`."""

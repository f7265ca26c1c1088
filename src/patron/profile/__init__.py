"""What is known of each customer, up to and including one day."""

from __future__ import annotations

from patron.profile.actionability import actionability, with_own_traits
from patron.profile.affinity import affinity
from patron.profile.at_home import at_home
from patron.profile.behaviour import behaviour
from patron.profile.contribution import contribution
from patron.profile.costs import COVERAGE, costed, shop_costs
from patron.profile.covariates import covariates, join_covariates
from patron.profile.deeds import deeds
from patron.profile.engagement import engagement
from patron.profile.event_kinds import OPENED, READ, SHARED, of_kinds
from patron.profile.experience import experience
from patron.profile.grown import Before, Grown, grown
from patron.profile.history import purchase_history
from patron.profile.kept_sales import kept_sales
from patron.profile.known import day_of, known_by
from patron.profile.message_facts import message_facts
from patron.profile.newcomers import newcomers
from patron.profile.orders import orders
from patron.profile.profiles import Parts, profiles
from patron.profile.purchase_ledger import known_purchases, purchase_ledger
from patron.profile.rhythm import LAPSE_FACTOR, rhythm
from patron.profile.sessions import sessions
from patron.profile.takings import ServiceCosts, takings
from patron.profile.touches import Touching, touches
from patron.profile.unsold import unsold
from patron.profile.whole_view import Attribute, whole_view

__all__ = [
    "COVERAGE",
    "LAPSE_FACTOR",
    "OPENED",
    "READ",
    "SHARED",
    "Attribute",
    "Before",
    "Grown",
    "Parts",
    "ServiceCosts",
    "Touching",
    "actionability",
    "affinity",
    "at_home",
    "behaviour",
    "contribution",
    "costed",
    "covariates",
    "day_of",
    "deeds",
    "engagement",
    "experience",
    "grown",
    "join_covariates",
    "kept_sales",
    "known_by",
    "known_purchases",
    "message_facts",
    "newcomers",
    "of_kinds",
    "orders",
    "profiles",
    "purchase_history",
    "purchase_ledger",
    "rhythm",
    "sessions",
    "shop_costs",
    "takings",
    "touches",
    "unsold",
    "whole_view",
    "with_own_traits",
]

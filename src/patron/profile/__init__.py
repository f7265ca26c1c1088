"""What is known of each customer, up to and including one day."""

from __future__ import annotations

from patron.profile.affinity import affinity
from patron.profile.at_home import at_home
from patron.profile.behaviour import behaviour
from patron.profile.contribution import contribution
from patron.profile.costs import COVERAGE, costed, shop_costs
from patron.profile.covariates import covariates, join_covariates
from patron.profile.deeds import deeds
from patron.profile.grown import Before, Grown, grown
from patron.profile.history import purchase_history
from patron.profile.kept_sales import kept_sales
from patron.profile.known import day_of, known_by
from patron.profile.newcomers import newcomers
from patron.profile.orders import orders
from patron.profile.profiles import Parts, profiles
from patron.profile.purchase_ledger import known_purchases, purchase_ledger
from patron.profile.rhythm import LAPSE_FACTOR, rhythm
from patron.profile.takings import ServiceCosts, takings
from patron.profile.unsold import unsold

__all__ = [
    "COVERAGE",
    "LAPSE_FACTOR",
    "Before",
    "Grown",
    "Parts",
    "ServiceCosts",
    "affinity",
    "at_home",
    "behaviour",
    "contribution",
    "costed",
    "covariates",
    "day_of",
    "deeds",
    "grown",
    "join_covariates",
    "kept_sales",
    "known_by",
    "known_purchases",
    "newcomers",
    "orders",
    "profiles",
    "purchase_history",
    "purchase_ledger",
    "rhythm",
    "shop_costs",
    "takings",
    "unsold",
]

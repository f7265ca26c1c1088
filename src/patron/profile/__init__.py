"""What is known of each customer, up to and including one day."""

from __future__ import annotations

from patron.profile.contribution import contribution
from patron.profile.costs import COVERAGE, costed
from patron.profile.history import purchase_history
from patron.profile.known import day_of, known_by
from patron.profile.orders import orders
from patron.profile.profiles import Parts, profiles
from patron.profile.rhythm import LAPSE_FACTOR, rhythm
from patron.profile.takings import ServiceCosts, takings

__all__ = [
    "COVERAGE",
    "LAPSE_FACTOR",
    "Parts",
    "ServiceCosts",
    "contribution",
    "costed",
    "day_of",
    "known_by",
    "orders",
    "profiles",
    "purchase_history",
    "rhythm",
    "takings",
]

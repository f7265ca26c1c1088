"""What a customer's data may be used for."""

from __future__ import annotations

from patron.privacy.consent import consents
from patron.privacy.policy import Policy, Purpose, Settled
from patron.privacy.purpose import STAGES, Guard, guard, permitted
from patron.privacy.retention import check_windows, outlived, retained
from patron.privacy.sensitive import screen, sensitive
from patron.privacy.statements import Statement, no_statements, state_consent, statements
from patron.privacy.traits import trait_names, traits

__all__ = [
    "STAGES",
    "Guard",
    "Policy",
    "Purpose",
    "Settled",
    "Statement",
    "check_windows",
    "consents",
    "guard",
    "no_statements",
    "outlived",
    "permitted",
    "retained",
    "screen",
    "sensitive",
    "state_consent",
    "statements",
    "trait_names",
    "traits",
]

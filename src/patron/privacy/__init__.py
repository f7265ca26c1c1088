"""What a customer's data may be used for."""

from __future__ import annotations

from patron.privacy.consent import consents
from patron.privacy.corrections import corrections
from patron.privacy.policy import Policy, Purpose, Settled
from patron.privacy.purpose import STAGES, Guard, guard, permitted
from patron.privacy.requests import Register, Request, requests
from patron.privacy.retention import check_windows, outlived, retained
from patron.privacy.rights import rights
from patron.privacy.sensitive import screen, sensitive
from patron.privacy.statements import Statement, no_statements, state_consent, statements
from patron.privacy.tombstones import Tombstones
from patron.privacy.trait_values import trait_values, traits_on
from patron.privacy.traits import prospect_traits, trait_names, traits, with_match_rate

__all__ = [
    "STAGES",
    "Guard",
    "Policy",
    "Purpose",
    "Register",
    "Request",
    "Settled",
    "Statement",
    "Tombstones",
    "check_windows",
    "consents",
    "corrections",
    "guard",
    "no_statements",
    "outlived",
    "permitted",
    "prospect_traits",
    "requests",
    "retained",
    "rights",
    "screen",
    "sensitive",
    "state_consent",
    "statements",
    "trait_names",
    "trait_values",
    "traits",
    "traits_on",
    "with_match_rate",
]

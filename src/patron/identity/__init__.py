"""From the records of many sources to customers."""

from __future__ import annotations

from patron.identity.components import components
from patron.identity.decisions import (
    NO_DECISIONS,
    Decisions,
    decisions,
    manual_key,
    remember_merge,
    remember_unmerge,
)
from patron.identity.explain import Edge, Explanation, Held, Obstacle, Tie, explain, obstacles
from patron.identity.golden_record import golden_records
from patron.identity.households import households
from patron.identity.id_history import current_id, id_changes, id_history, remember_id_changes
from patron.identity.identified import Identified, identifiers_again
from patron.identity.identifiers import identifiers, record_identifiers
from patron.identity.links import links, with_customer
from patron.identity.resolution import Resolution
from patron.identity.resolve import resolve
from patron.identity.rules import DEFAULT_RULES, Rule, Rules
from patron.identity.visitors import events_with_customer, shared_browsers, visitors

__all__ = [
    "DEFAULT_RULES",
    "NO_DECISIONS",
    "Decisions",
    "Edge",
    "Explanation",
    "Held",
    "Identified",
    "Obstacle",
    "Resolution",
    "Rule",
    "Rules",
    "Tie",
    "components",
    "current_id",
    "decisions",
    "events_with_customer",
    "explain",
    "golden_records",
    "households",
    "id_changes",
    "id_history",
    "identifiers",
    "identifiers_again",
    "links",
    "manual_key",
    "obstacles",
    "record_identifiers",
    "remember_id_changes",
    "remember_merge",
    "remember_unmerge",
    "resolve",
    "shared_browsers",
    "visitors",
    "with_customer",
]

"""Who are the people of each segment, what moves and what hurts them, and what does each department do about it?"""

from __future__ import annotations

from patron.portraits.attributes import attributes
from patron.portraits.counted import counted
from patron.portraits.department_card import department_cards
from patron.portraits.known_facts import Known, known_facts
from patron.portraits.pains import Pain, lost_steps, pains, said
from patron.portraits.persona import personas
from patron.portraits.portrait import portrait, portrait_rows
from patron.portraits.segment_facts import SegmentFacts, segment_facts
from patron.portraits.words import card, evidence, line, sentence, statement

__all__ = [
    "Known",
    "Pain",
    "SegmentFacts",
    "attributes",
    "card",
    "counted",
    "department_cards",
    "evidence",
    "known_facts",
    "line",
    "lost_steps",
    "pains",
    "personas",
    "portrait",
    "portrait_rows",
    "said",
    "segment_facts",
    "sentence",
    "statement",
]

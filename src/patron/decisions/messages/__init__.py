"""Messages: words with variables, in variants, checked before anybody reads them."""

from __future__ import annotations

from patron.decisions.messages.content import Finding, content_findings, sender_findings
from patron.decisions.messages.facts import message_facts
from patron.decisions.messages.fit import Audience, fit
from patron.decisions.messages.languages import language_of
from patron.decisions.messages.message import Message, Option, Sender
from patron.decisions.messages.render import Rendered, render
from patron.decisions.messages.variables import VARIABLES
from patron.decisions.messages.variants import combinations, parts_of, variant_name, variants
from patron.decisions.messages.words_of_checks import advice, said

__all__ = [
    "VARIABLES",
    "Audience",
    "Finding",
    "Message",
    "Option",
    "Rendered",
    "Sender",
    "advice",
    "combinations",
    "content_findings",
    "fit",
    "language_of",
    "message_facts",
    "parts_of",
    "render",
    "said",
    "sender_findings",
    "variant_name",
    "variants",
]

"""What sources say of people beside what they bought: one file a source, each with its rules in order."""

from __future__ import annotations

from patron.sources.people import (
    consents,
    events,
    households,
    identifiers,
    messages,
    prospects,
    subscriptions,
    tickets,
    traits,
)
from patron.sources.people.judging import People

PEOPLE: dict[str, People] = {
    "identifiers": identifiers.SOURCE,
    "events": events.SOURCE,
    "households": households.SOURCE,
    "consents": consents.SOURCE,
    "traits": traits.SOURCE,
    "tickets": tickets.SOURCE,
    "subscriptions": subscriptions.SOURCE,
    "prospects": prospects.SOURCE,
    "messages": messages.SOURCE,
}

__all__ = ["PEOPLE", "People"]

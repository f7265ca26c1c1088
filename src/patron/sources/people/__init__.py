"""What sources say of people, and of the market, beside what was bought: one file a source, each with its rules."""

from __future__ import annotations

from patron.sources.people import (
    assignments,
    consents,
    events,
    households,
    identifiers,
    invitations,
    loyalty,
    market,
    messages,
    mix_model,
    prospects,
    referrals,
    reviews,
    subscriptions,
    surveys,
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
    "reviews": reviews.SOURCE,
    "invitations": invitations.SOURCE,  # before the answers, which may know people by them
    "surveys": surveys.SOURCE,
    "referrals": referrals.SOURCE,
    "loyalty": loyalty.SOURCE,
    "market": market.SOURCE,
    "messages": messages.SOURCE,
    "assignments": assignments.SOURCE,
    "mix_model": mix_model.SOURCE,
}

__all__ = ["PEOPLE", "People"]

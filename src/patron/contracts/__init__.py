"""What flows between the folders: tables with a contract."""

from __future__ import annotations

from patron.contracts import (
    affinity,
    budget,
    channel,
    channel_evidence,
    customer,
    demand,
    effect,
    experience,
    experiment,
    habit,
    journey,
    ledger,
    market,
    micro,
    next_action,
    outcome,
    person,
    portrait,
    price,
    price_offer,
    propensity,
    raw,
    response,
    segment,
    theme,
    touch,
    visit,
    voice,
    wants,
)
from patron.contracts.contract import MOMENT, MONEY, PRICE, PURPOSES, Column, Contract

TABLES: dict[str, Contract] = {
    contract.name: contract
    for part in (
        raw, person, customer, visit, experience, propensity, wants, affinity, demand, habit, segment, micro,
        theme, voice, outcome, journey, market, portrait,
        experiment, effect, response, touch, channel, channel_evidence, price, price_offer, ledger,
        budget, next_action,
    )
    for contract in part.CONTRACTS
}  # fmt: skip
"""Every table of a run, by name, in the order of the work."""

__all__ = [
    "MOMENT",
    "MONEY",
    "PRICE",
    "PURPOSES",
    "TABLES",
    "Column",
    "Contract",
    "affinity",
    "budget",
    "channel",
    "channel_evidence",
    "customer",
    "demand",
    "effect",
    "experience",
    "experiment",
    "habit",
    "journey",
    "ledger",
    "market",
    "micro",
    "next_action",
    "outcome",
    "person",
    "portrait",
    "price",
    "price_offer",
    "propensity",
    "raw",
    "response",
    "segment",
    "theme",
    "touch",
    "visit",
    "voice",
    "wants",
]

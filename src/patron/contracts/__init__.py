"""What flows between the folders: tables with a contract."""

from __future__ import annotations

from patron.contracts import (
    affinity,
    channel,
    channel_evidence,
    customer,
    decision,
    demand,
    effect,
    experience,
    experiment,
    habit,
    journey,
    ledger,
    market,
    message,
    micro,
    outcome,
    person,
    portrait,
    price,
    price_offer,
    propensity,
    raw,
    response,
    segment,
    signal,
    team,
    theme,
    touch,
    trigger,
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
        signal, trigger, message, decision, team,
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
    "channel",
    "channel_evidence",
    "customer",
    "decision",
    "demand",
    "effect",
    "experience",
    "experiment",
    "habit",
    "journey",
    "ledger",
    "market",
    "message",
    "micro",
    "outcome",
    "person",
    "portrait",
    "price",
    "price_offer",
    "propensity",
    "raw",
    "response",
    "segment",
    "signal",
    "team",
    "theme",
    "touch",
    "trigger",
    "visit",
    "voice",
    "wants",
]

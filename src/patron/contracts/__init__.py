"""What flows between the folders: tables with a contract."""

from __future__ import annotations

from patron.contracts import affinity, customer, demand, habit, market, outcome, person, propensity, raw, segment, wants
from patron.contracts.contract import MOMENT, MONEY, PRICE, PURPOSES, Column, Contract

TABLES: dict[str, Contract] = {
    contract.name: contract
    for part in (raw, person, customer, propensity, wants, affinity, demand, habit, segment, outcome, market)
    for contract in part.CONTRACTS
}
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
    "customer",
    "demand",
    "habit",
    "market",
    "outcome",
    "person",
    "propensity",
    "raw",
    "segment",
    "wants",
]

"""What flows between the folders: tables with a contract."""

from __future__ import annotations

from patron.contracts import affinity, customer, demand, habit, market, micro, outcome, person, propensity, raw, wants
from patron.contracts.contract import MOMENT, MONEY, PRICE, PURPOSES, Column, Contract

TABLES: dict[str, Contract] = {
    contract.name: contract
    for part in (raw, person, customer, propensity, wants, affinity, demand, habit, micro, outcome, market)
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
    "micro",
    "outcome",
    "person",
    "propensity",
    "raw",
    "wants",
]

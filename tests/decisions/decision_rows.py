"""Possible messages for tests of eligibility and of the auction."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.contract import Contract
from patron.contracts.decision import CONTACTS
from patron.contracts.trigger import CANDIDATES

Row = dict[str, Any]

DAY = date(2026, 3, 2)  # a Monday
BASE: Row = {
    "trigger": "win_back", "form": "trigger", "kind": "promotion", "iteration": 1, "step": None, "programme": None,
    "team": None, "signal": "win_back", "subject_kind": "none", "subject": "", "action": "win_back",
    "channel": "email", "offer": None, "purpose": "marketing", "value": 3.0, "value_low": 1.0, "value_high": 5.0,
    "cost": 0.1, "evidence": "assumed", "fired_on": date(2026, 3, 1), "expires_on": date(2026, 3, 9),
    "exclusive": None, "yields_to": None, "capped": None,
}  # fmt: skip


def table(contract: Contract, rows: list[Row]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=contract.schema.to_pyarrow()))


def messages(*rows: Row) -> ir.Table:
    """Return contracts.trigger.CANDIDATES; what a row does not say is as in `BASE`."""
    return table(CANDIDATES, [{**BASE, **row} for row in rows])


def contacts_of(*rows: tuple[str, date] | tuple[str, date, str] | tuple[str, date, str, str]) -> ir.Table:
    """Return contracts.decision.CONTACTS of customer, day, campaign and channel."""
    filled = [(*row, *("news", "email")[len(row) - 2 :]) for row in rows]
    return table(
        CONTACTS,
        [
            {"customer_id": who, "sent_on": on, "campaign": name, "channel": by, "messages": 1, "source": "told"}
            for who, on, name, by in filled
        ],
    )


def found(made: ir.Table) -> dict[tuple[str, str], Row]:
    return {(row["customer_id"], row["trigger"]): row for row in made.to_pyarrow().to_pylist()}

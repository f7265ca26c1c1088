"""A few customers whose signals fired, and a message for them: tables as the step `messages` needs them."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import TABLES
from patron.decisions.messages.message import Message, Option, Sender

AS_OF = date(2024, 6, 30)

SENDER = Sender(
    shop="Old Mill", currency="EUR", language="en", languages={"Austria": "de"},
    links={"unsubscribe": "https://mill.example/u?c={{ customer_id }}", "shop": "https://mill.example"},
    footers={"email": {"en": "No more letters: {{ unsubscribe_url }}", "de": "Abmelden: {{ unsubscribe_url }}"}},
)  # fmt: skip


def option(*texts: str, **facts: Any) -> Option:
    """Return an option with English and, if told, German words."""
    return Option(texts=dict(zip(("en", "de"), texts, strict=False)), **facts)


def message(**parts: dict[str, Option]) -> Message:
    """Return a promotion by e-mail with a headline and a copy, or what else is told."""
    usual = {"headline": {"plain": option("Your next order")}, "copy": {"short": option("We saved you a place.")}}
    return Message(trigger="second", parts={**usual, **parts})


def rows(name: str, *told: dict[str, Any]) -> ir.Table:
    """Return rows in the columns of a contract; what is not told is missing, or a plain value of its type."""
    contract = TABLES[name]
    blank = {"string": "x", "int64": 1, "float64": 1.0, "boolean": False, "date": AS_OF}
    made = [
        {one.name: row.get(one.name, None if one.nullable else blank.get(one.type, 0)) for one in contract.columns}
        for row in told
    ]
    arrow = contract.schema.to_pyarrow()
    return ibis.memtable(pa.Table.from_pylist(made, schema=arrow) if made else arrow.empty_table())

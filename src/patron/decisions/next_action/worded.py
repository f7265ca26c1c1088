"""A customer's next action as a sentence that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patron.language import day, money, percent, say


def worded(row: Mapping[str, Any], *, currency: str, why: str = "") -> str:
    """Return what to do next for a customer, why, and what it is expected to bring.

    Parameters
    ----------
    row : mapping
        A row of NEXT_ACTIONS.
    currency : str
        ISO 4217, to write money with.
    why : str
        Of what waits or is refused: the reason in words.
    """
    parts = [_what(row, why)]
    if row["does"] in ("send", "wait", "suggested"):
        parts.append(
            say("next_action.gain", gain=money(row["gain"], currency), evidence=say(f"next_action.{row['evidence']}"))
        )
        if row["product"] is not None and row["price"] is not None:
            key = "next_action.price" if row["discount"] is None else "next_action.discounted"
            parts.append(
                say(key, product=row["product"], price=money(row["price"], currency),
                    discount=percent(row["discount"] or 0.0))
            )  # fmt: skip
    if row["in_budget"] is False and row["does"] in ("send", "wait", "suggested"):
        parts.append(say("next_action.out_of_budget"))
    return " ".join(parts)


def _what(row: Mapping[str, Any], why: str) -> str:
    """Return the first sentence."""
    facts = {name: row[name] or "" for name in ("action", "channel", "trigger", "signal", "held_by")}
    facts |= {"day": day(row["send_on"]) if row["send_on"] else "", "until": day(row["until"]) if row["until"] else ""}
    dated = row["does"] == "send" and row["signal"] is None
    key = "next_action.send_dated" if dated else f"next_action.{row['does']}"
    return say(key, reason=why or row["reason"] or "", **facts)

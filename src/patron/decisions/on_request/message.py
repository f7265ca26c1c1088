"""Which message is shown to her here? The one that brings most, of those that eligibility lets through.

What is shown on a page where she is anyway uses up none of her contacts, so that it need not win the auction against
messages that are sent. Everything else holds: consent for the channel `web`, stock, complaints, exclusive groups, one
message a firing, hold-outs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patron.decisions.eligibility.one import Judged
from patron.decisions.on_request.asked import Given, kept_back, nothing
from patron.decisions.on_request.chances import Chooser

WEB = "web"
SHOWN = ("promotion", "service")
"""Kinds that are shown on a page; what is owed has to be sent."""

Row = Mapping[str, Any]
Variant = Callable[[Row], tuple[str, float] | None]


@dataclass(frozen=True, kw_only=True)
class Messages:
    """Her possible messages: rows of contracts.decision.DECISIONS of her latest run, and how each is judged now."""

    rows: Sequence[Row]
    judge: Callable[[Row], Judged]
    variant: Variant


def message(known: Messages, chooser: Chooser) -> Given:
    """Return the message of a placement."""
    rows = [{**row, "channel": WEB} for row in known.rows if row["kind"] in SHOWN]
    judged = [(row, known.judge(row)) for row in rows]
    free = sorted((row for row, found in judged if found.free), key=_best_first)
    if free:
        by_trigger = {row["trigger"]: row for row in free}
        choice, shares = chooser.best_of(list(by_trigger))
        return _given(by_trigger[choice], known.variant, shares)
    held = sorted(
        ((row, found) for row, found in judged if found.outcome == "held_out"), key=lambda one: _best_first(one[0])
    )
    if held:
        row, found = held[0]
        return kept_back(str(found.held_by), trigger=row["trigger"], iteration=row["iteration"], action=row["action"])
    refused = [found.reason for _row, found in judged if found.reason is not None]
    return nothing("refused", why=refused[0]) if refused else nothing("no_message")


def _best_first(row: Row) -> tuple[float, str]:
    return (float(row["cost"]) - float(row["value"]), row["trigger"])


def _given(row: Row, variant: Variant, shares: Mapping[str, float]) -> Given:
    drawn = variant(row)
    return Given(
        outcome="given", reason="message", choice=row["trigger"], propensity=shares[row["trigger"]], shares=shares,
        trigger=row["trigger"], iteration=int(row["iteration"]), action=row["action"], offer=row["offer"],
        subject=row["subject"] or None, variant=None if drawn is None else drawn[0],
        variant_propensity=None if drawn is None else drawn[1], until=row["expires_on"],
        facts={"signal": row["signal"] or row["trigger"], "gain": float(row["value"]) - float(row["cost"])},
    )  # fmt: skip

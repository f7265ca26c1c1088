"""An opportunity as a person says it: what to launch, to whom, why, and what would be learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from patron.contracts.action import EVERYBODY
from patron.decisions.opportunity.trials import PRIOR
from patron.decisions.signals import signal_title
from patron.language import has, number, percent, say

Money = Callable[[float], str]
Row = Mapping[str, Any]


def action_title(action: str) -> str:
    """Return what is done, in words; of an action of the project's own its name."""
    return _titled(f"actions.{action}.title", action)


def action_doing(action: str) -> str:
    """Return how it is done; of an action of the project's own nothing."""
    key = f"actions.{action}.do"
    return say(key) if has(key) else ""


def segment_title(row: Row) -> str:
    """Return for whom, beside those for whom the signal is fresh."""
    if row["segmentation"] == EVERYBODY:
        return say("opportunities.everybody")
    kind = "past_tier" if row["segmentation"] == "tier" else row["segmentation"]
    return _titled(f"segments.{kind}.{row['segment']}.title", row["segment"])


def audience_title(row: Row) -> str:
    """Return for whom: the signal, and the segment where it is divided."""
    signal = signal_title(row["signal"])
    if row["segmentation"] == EVERYBODY:
        return signal
    return say("opportunities.audience", signal=signal, segment=segment_title(row))


def opportunity_title(row: Row) -> str:
    """Return an opportunity in one line."""
    return say(
        "opportunities.title", action=action_title(row["action"]), channel=channel_title(row["channel"]),
        audience=audience_title(row),
    )  # fmt: skip


def channel_title(channel: str) -> str:
    """Return a channel's name for people."""
    return _titled(f"opportunities.channel_{channel}", channel)


def why(row: Row, money: Money) -> str:
    """Return how the gain comes about, each number with how it is known."""
    key = "opportunities.why_measured" if row["effect_evidence"] == "measured" else "opportunities.why"
    sentences = [
        say(
            "opportunities.whom", count=row["customers"], customers=number(row["customers"]),
            reachable=number(row["reachable"]), channel=channel_title(row["channel"]),
        ),
        say(
            "opportunities.alone", chance=percent(row["probability"]), days=number(row["window_days"]),
            value=money(row["value"]), basis=say(f"gaps.basis.{row['basis']}"),
            evidence=known(row["probability_evidence"]),
        ),
        say(
            key, effect=percent(row["effect"]), low=percent(row["effect_low"]), high=percent(row["effect_high"]),
            evidence=known(row["effect_evidence"]), source=_told_by(row),
        ),
        say("opportunities.costs", cost=money(row["cost"]), evidence=known(row["cost_evidence"])),
    ]  # fmt: skip
    return " ".join(sentences)


def known(evidence: str) -> str:
    """Return how a number is known, in a word."""
    return say(f"opportunities.{evidence}")


def learned(row: Row) -> str:
    """Return what its hold-out would show, and when."""
    facts = {
        "holdout": percent(row["holdout"]), "effect": percent(row["effect"]),
        "needed": number(row["needed"] or 0), "weekly": number(row["weekly"]), "count": row["weeks"] or 0,
        "weeks": number(row["weeks"] or 0),
        "visible": percent(row["visible"]) if row["visible"] is not None else "",
    }  # fmt: skip
    sentence = say(f"opportunities.learn_{row['can_be_learned']}", **facts)
    if row["break_even"] is None:
        return sentence
    return f"{sentence} {say('opportunities.break_even', share=percent(row['break_even'], digits=1))}"


def _told_by(row: Row) -> str:
    return say("opportunities.prior") if row["effect_source"] == PRIOR else str(row["effect_source"])


def _titled(key: str, name: str) -> str:
    return say(key) if has(key) else name.replace("_", " ")

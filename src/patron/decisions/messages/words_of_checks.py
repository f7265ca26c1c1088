"""What the checks of messages found, in sentences."""

from __future__ import annotations

from patron.decisions.messages.content import Finding
from patron.decisions.messages.template import FILTERS, TESTS
from patron.language import did_you_mean, listing, say


def said(finding: Finding) -> str:
    """Return what is wrong, in one sentence."""
    facts = {"place": finding.place, "trigger": finding.trigger, "detail": finding.detail, **finding.facts}
    facts.setdefault("text_line", "")
    return say(f"message_checks.{finding.check}", **facts)


def advice(finding: Finding) -> str:
    """Return what to do about it."""
    hint = ""
    if finding.check == "unknown_variable":
        hint = did_you_mean(finding.detail, finding.facts["known"])
    return say(
        f"message_checks.{finding.check}_advice", detail=finding.detail, hint=hint, allowed=listing(FILTERS + TESTS)
    )

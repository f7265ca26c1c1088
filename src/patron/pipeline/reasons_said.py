"""What was decided about a message, in a sentence that a service agent can read to the customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patron.language import say
from patron.pipeline.contact_settings import ContactSettings


def said_why(row: Mapping[str, Any], contact: ContactSettings) -> str:
    """Return the sentence of one row of contracts.decision.DECISIONS.

    Parameters
    ----------
    row : mapping
        With ``outcome, reason, channel, send_on``.
    contact : ContactSettings
        What the shop keeps to.
    """
    if row["outcome"] == "sent":
        return say("eligibility.outcome.sent", day=row["send_on"])
    return say(
        f"eligibility.reason.{row['reason']}", channel=row["channel"], days=contact.cool_down, group=contact.group,
        most=contact.most, window=contact.window,
    )  # fmt: skip

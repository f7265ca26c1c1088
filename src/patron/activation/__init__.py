"""From a decision to a list that can be delivered."""

from __future__ import annotations

from patron.activation.audience import Audience, audience
from patron.activation.destinations import Delivery, Destination, Outcome, verified_webhook
from patron.activation.holdout import share_of
from patron.activation.members import Members, members

__all__ = [
    "Audience",
    "Delivery",
    "Destination",
    "Members",
    "Outcome",
    "audience",
    "members",
    "share_of",
    "verified_webhook",
]
